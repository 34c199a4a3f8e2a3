"""A full file system of an iPhone as a folder: `private/var/…`, with what a backup leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from bridle.phantom import KEY, MARKER
from bridle.phantom.entry import Entry, plist
from bridle.phantom.life import Life

_ROOTS = {
    "HomeDomain": "mobile", "CameraRollDomain": "mobile", "MediaDomain": "mobile", "RootDomain": "root",
    "WirelessDomain": "wireless", "SystemPreferencesDomain": "preferences",
}  # fmt: skip
_CONTAINERS = {
    "AppDomain": "mobile/Containers/Data/Application", "AppDomainGroup": "mobile/Containers/Shared/AppGroup",
    "SysSharedContainerDomain": "containers/Shared/SystemGroup",
}  # fmt: skip
_OLD_CACHE = "Library/Preferences/com.apple.identityservices.idstatuscache.plist"


Files = Iterable[tuple[str, datetime, bytes]]
"""Device path, time and content of each file."""


def write(life: Life, entries: Sequence[Entry], files: Files, out: Path) -> None:
    """Write the files below `out`, under their paths on the device and with their times."""
    out.mkdir(parents=True)
    for e in entries:
        _put(out / device_path(e)[1:], e.content, e.modified)
    for path, time, content in files:
        _put(out / path[1:], content, time)
    version = {KEY: MARKER, "ProductVersion": "14.4.2", "ProductBuildVersion": "18D70", "ProductName": "iPhone OS"}
    _put(out / "System/Library/CoreServices/SystemVersion.plist", plist(version, xml=True), life.start)


def device_path(entry: Entry) -> str:
    """Where a file of the backup lies on the device."""
    path = "Library/IdentityServices/idstatuscache.plist" if entry.path == _OLD_CACHE else entry.path
    return f"/private/var/{_root(entry.domain)}/{path}"


def _root(domain: str) -> str:
    kind, _, identifier = domain.partition("-")
    return f"{_CONTAINERS[kind]}/{identifier}" if identifier else _ROOTS[kind]


def _put(path: Path, content: bytes, modified: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (modified.timestamp(), modified.timestamp()))
