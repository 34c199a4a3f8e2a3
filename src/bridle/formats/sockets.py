"""Lines of `netstat` and `ss` of Android: sockets with their addresses, and whose they are as far as told.

    Proto Recv-Q Send-Q Local Address           Foreign Address         State
    tcp6       0      0 ::ffff:192.0.2.7:43210  ::ffff:203.0.113.9:443  ESTABLISHED
    unix  3      [ ]         SEQPACKET  CONNECTED        21846 /dev/socket/logdr
    tcp    ESTAB  0  0  192.0.2.7:43210   203.0.113.9:443   uid:10123 ino:4567 sk:1 <-> users:(("x",pid=9,fd=3))

Sources: AOSP `external/toybox/toys/net/netstat.c`, `external/iproute2/misc/ss.c`,
https://android.googlesource.com/platform/external/iproute2/+/refs/heads/main/misc/ss.c
"""

from __future__ import annotations

import re

from bridle.classes import dataclass

_INET = re.compile(
    r"(tcp6?|udp6?|raw6?|udplite6?|icmp6?)\s+(\d{1,10})\s+(\d{1,10})\s+(\S+)\s+(\S+)(?:\s+([A-Z_]\w*))?(?:\s+(\S.*))?"
)
_UNIX = re.compile(
    r"unix\s+(\d{1,10})\s+\[([^\]]{0,20})\]\s+([A-Z]+)(?:\s+([A-Z][A-Z ]*[A-Z]))?\s+(\d{1,18})(?:\s+(\S.*))?"
)
_SS = re.compile(r"(\S+)\s+([A-Z][A-Z0-9-]*)\s+(\d{1,10})\s+(\d{1,10})\s+(\S{1,200})\s+(\S{1,200})(?:\s+(\S.*))?")
_USERS = re.compile(r'\(\("([^"]*)",(?:pid=)?(\d{1,10}),')
_PROGRAM = re.compile(r"(?:(\d{1,10})\s++(\d{1,18})\s++)?(?:(\d{1,10})/(\S.*)|-)?\s*")
_NUMBER = re.compile(r"\b(uid|ino):(\d{1,18})")


@dataclass(frozen=True, kw_only=True)
class Socket:
    """One socket; what is not told is None."""

    protocol: str
    state: str | None
    local_address: str | None
    local_port: int | None
    remote_address: str | None
    remote_port: int | None
    uid: int | None = None
    inode: int | None = None
    pid: int | None = None
    program: str | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class Local:
    """One socket between processes of the phone."""

    references: int
    flags: str | None
    type: str
    state: str | None
    inode: int
    path: str | None


def netstat(line: str) -> Socket | Local | None:
    """The socket of a line of netstat; None for another line."""
    if found := _INET.fullmatch(line.rstrip()):
        local, remote = ends(found[4]), ends(found[5])
        told = _PROGRAM.fullmatch(found[7] or "")
        uid, inode, pid, program = told.groups() if told else (None,) * 4
        return Socket(
            protocol=found[1], state=found[6], local_address=local[0], local_port=local[1], remote_address=remote[0],
            remote_port=remote[1], uid=_int(uid), inode=_int(inode), pid=_int(pid), program=program,
            detail=None if told else found[7],
        )  # fmt: skip
    if found := _UNIX.fullmatch(line.rstrip()):
        return Local(
            references=int(found[1]), flags=found[2].strip() or None, type=found[3], state=found[4],
            inode=int(found[5]), path=found[6],
        )  # fmt: skip
    return None


def ss(line: str) -> Socket | None:
    """The socket of a line of ss; None for another line."""
    found = _SS.fullmatch(line.rstrip())
    if found is None:
        return None
    rest = found[7] or ""
    numbers = dict(_NUMBER.findall(rest))
    users = _USERS.search(rest)
    local, remote = ends(found[5]), ends(found[6])
    return Socket(
        protocol=found[1], state=found[2], local_address=local[0], local_port=local[1], remote_address=remote[0],
        remote_port=remote[1], uid=_int(numbers.get("uid")), inode=_int(numbers.get("ino")),
        pid=int(users[2]) if users else None, program=users[1] if users else None, detail=rest or None,
    )  # fmt: skip


def ends(text: str) -> tuple[str | None, int | None]:
    """Address and port of `[2001:db8::1]:443`, `203.0.113.9%wlan0:443`, `::ffff:203.0.113.9:443` or `*:*`.

    An IPv4 address in an IPv6 one is given by itself; none for any address, as a socket that listens has.
    """
    address, _, port = text.rpartition(":")
    address = address.strip("[]").partition("%")[0].removeprefix("::ffff:").strip("[]")
    known = None if address in ("", "*", "0.0.0.0", "::") else address  # noqa: S104 - it is read, not bound
    return known, _int(port)


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
