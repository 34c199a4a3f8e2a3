"""An SFTP server for one folder on loopback: `sftp_server.py FOLDER HOST_KEY AUTHORIZED_KEYS`; prints its port."""

import asyncio
import sys

import asyncssh


async def main(folder, host_key, authorized):
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=authorized,
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=folder),
    )  # fmt: skip
    print(server.get_port(), flush=True)
    await server.wait_closed()


asyncio.run(main(*(a.encode() if n == 0 else a for n, a in enumerate(sys.argv[1:]))))
