"""A full file system of an iPhone as a folder: `private/var/…`, with what a backup leaves out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from bridle.phantom import KEY, MARKER
from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, plist
from bridle.phantom.life import Life

_ROOTS = {
    "HomeDomain": "mobile", "CameraRollDomain": "mobile", "MediaDomain": "mobile", "RootDomain": "root",
    "WirelessDomain": "wireless",
}  # fmt: skip
_OLD_CACHE = "Library/Preferences/com.apple.identityservices.idstatuscache.plist"
_CLIENTS = (
    "/usr/libexec/locationd",
    "/usr/libexec/nfcd",
    "/usr/sbin/wifid",
    "/usr/libexec/routined",
    "/usr/libexec/duetexpertd",
)


def write(life: Life, attack: Attack | None, entries: Sequence[Entry], out: Path) -> None:
    """Write the files below `out`, under their paths on the device and with their times."""
    var = out / "private" / "var"
    out.mkdir(parents=True)
    for e in entries:
        path = "Library/IdentityServices/idstatuscache.plist" if e.path == _OLD_CACHE else e.path
        _put(var / _root(e.domain) / path, e.content, e.modified)
    log, last = _shutdowns(life, attack)
    _put(var / "db/diagnostics/shutdown.log", log, last)
    version = {KEY: MARKER, "ProductVersion": "14.4.2", "ProductBuildVersion": "18D70", "ProductName": "iPhone OS"}
    _put(out / "System/Library/CoreServices/SystemVersion.plist", plist(version, xml=True), life.start)


def _root(domain: str) -> str:
    kind, _, identifier = domain.partition("-")
    return f"mobile/Containers/Data/Application/{identifier}" if identifier else _ROOTS[kind]


def _put(path: Path, content: bytes, modified: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (modified.timestamp(), modified.timestamp()))


def _shutdowns(life: Life, attack: Attack | None) -> tuple[bytes, datetime]:
    """shutdown.log: a reboot every other week, and one after the attack that the implant delayed."""
    random = life.random("shutdowns")
    times = [life.start + timedelta(days=d, hours=22, minutes=random.randrange(59)) for d in (8, 21, 33)]
    blocks = [_block(random, time, _CLIENTS[:3]) for time in times]
    if attack is not None and attack.infected:
        times.append(attack.shutdown)
        blocks.append(_block(random, times[-1], (_CLIENTS[0], attack.executable), rounds=4))
    return "".join(blocks).encode(), times[-1]


def _block(random: Random, time: datetime, clients: Sequence[str], rounds: int = 1) -> str:
    lines = []
    pids = {c: random.randrange(40, 900) for c in clients}
    for i in range(rounds):
        lines.append(f"After {0.5 * (i + 1) + 0.76:.2f}s, these clients are still here:")
        lines += [f"\t\tremaining client pid: {pid} ({client})" for client, pid in pids.items()]
    lines.append(f"SIGTERM: [{int(time.timestamp())}] All buffers flushed")
    return "\n".join(lines) + "\n"
