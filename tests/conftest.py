"""What tests of feeds over HTTPS share: a throw-away authority, a local server, no proxy of the machine.

With the network cut (`unshare --map-root-user --net`) even loopback is down. It is brought up here where that is
allowed; nothing but this machine is reached by it.
"""

import socket
import struct
import sys
from contextlib import suppress

import pytest

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
"""SIOCGIFFLAGS, SIOCSIFFLAGS and IFF_UP of Linux (netdevice(7))."""


def pytest_configure():
    if sys.platform != "linux":
        return
    import fcntl

    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        asked = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack_from("16sh", fcntl.ioctl(s, _GET_FLAGS, asked))[1]
        if not flags & _UP:
            fcntl.ioctl(s, _SET_FLAGS, struct.pack("16sh22x", b"lo", flags | _UP))


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    from https_server import Authority

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority, monkeypatch):
    from https_server import HttpsServer

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = HttpsServer(authority.context())
    try:
        socket.create_connection(("127.0.0.1", made.port), 5).close()
    except OSError:
        made.close()
        pytest.skip("this machine has no loopback network")
    yield made
    made.close()
