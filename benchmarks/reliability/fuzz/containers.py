"""Every container and every kind of acquisition, opened as `bridle check` opens it and read to its last member.

The seeds are small acquisitions made here. An iTunes backup is a folder: of its files one is damaged at a time.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import plistlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyrage

from bridle.core import FormatError
from bridle.evidence import keybag, open_source
from bridle.evidence.source import Listing, SourceError
from reliability.fuzz.target import Target, fixtures_at_hand
from reliability.fuzz.traffic import captures

fixtures_at_hand()

import backups  # noqa: E402
import test_adb_backup as adb  # noqa: E402
from containers import tar_of, zip_of  # noqa: E402

from artifact_files import FIXTURES, content  # noqa: E402

_IDENTITY = pyrage.x25519.Identity.generate()
_PIECE = 1 << 20
_SYSDIAGNOSE = "sysdiagnose_2024.01.02_03-04-05+0000_iPhone-OS_iPhone_21A1"
_VERSION = {"ProductBuildVersion": "21A1", "ProductName": "iPhone OS", "ProductVersion": "17.0"}
_PHONE = {
    "private/var/mobile/Library/SMS/sms.db": "ios/sms/*.sql",
    "private/var/mobile/Library/Calendar/Calendar.sqlitedb": "ios/calendar/*.sql",
    "private/var/db/locationd/clients.plist": "ios/locationd_clients/*",
}
_DUMPSTATE = (
    b"========================================================\n== dumpstate: 2026-03-29 23:14:20\n"
    b"========================================================\n\nBuild: UQ1A.240105.004\n"
    b"Build fingerprint: 'google/oriole/oriole:14/UQ1A.240105.004/11206848:user/release-keys'\n"
    b"------ SYSTEM PROPERTIES (getprop) ------\n[ro.build.id]: [UQ1A]\n"
    b"------ 0.01s was the duration of 'SYSTEM PROPERTIES' ------\n"
)
_TIMELINE = b'"UTC Timestamp","Plugin","Event","Description"\n'
_REPORT_NAME = "bugreport-oriole-UQ1A.240105.004-2026-03-29-23-14-20.txt"


def targets() -> Iterator[Target]:
    """A target for each kind of file that can be given, and for each file of a backup."""
    for name, seeds in _files().items():
        yield Target(
            name=f"evidence.{name}",
            seeds=tuple(seeds),
            read=_opening(_written, str(_IDENTITY) if name == "age" else backups.PASSWORD),
            documented=(SourceError,),
        )
    for sealed in (False, True):
        yield from _backups(sealed)
    yield Target(name="evidence.keybag", seeds=(backups.keybag(), backups.keybag(double=False)), read=_unlock)


def _files() -> dict[str, list[bytes]]:
    phone = _phone()
    report = {"main_entry.txt": _REPORT_NAME.encode(), "version.txt": b"2.0", _REPORT_NAME: _DUMPSTATE,
              "FS/data/tombstones/tombstone_00": b"*** ***", "proto/activity.proto": b"\x0a"}  # fmt: skip
    qf = _androidqf(report)
    mvt = {"info.json": b'{"target_path": "/x", "mvt_version": "2026.10.26", "date": "2026-11-22 06:01:57"}',
           "safari_history.json": b"[]", "timeline.csv": _TIMELINE}  # fmt: skip
    sysdiagnose = {f"{_SYSDIAGNOSE}/{n}": c for n, c in _collected().items()}
    return {
        "tar": [tar_of(phone), tar_of(phone, tail=False)],
        "tar_gz": [gzip.compress(tar_of(sysdiagnose), mtime=0)],
        "tar_bz2": [bz2.compress(tar_of(phone))],
        "tar_xz": [lzma.compress(tar_of(phone))],
        "zip": [zip_of(phone), zip_of(phone, zipfile.ZIP_STORED), zip_of({}),
                zip_of({f"x{i}/a": b"" for i in range(50)})],
        "sysdiagnose": [tar_of(sysdiagnose)],
        "bugreport": [zip_of(report), zip_of(report, zipfile.ZIP_STORED), _DUMPSTATE,
                      gzip.compress(_DUMPSTATE, mtime=0)],
        "androidqf": [zip_of(qf), zip_of(qf, zipfile.ZIP_STORED)],
        "age": [pyrage.encrypt(zip_of(qf), [_IDENTITY.to_public()])],
        "adb_backup": [adb.backup(), adb.backup(compressed=False), adb.backup(version=1), adb.backup(sealed=True),
                       adb.backup(version=1, sealed=True)],
        "mvt_output": [zip_of(mvt), zip_of(mvt, zipfile.ZIP_STORED)],
        "apk": [content(f) for f in sorted(FIXTURES.glob("android/apk/*.apk"))],
        "capture": captures()[-1:],
        "intrusion_logs": [content(f) for f in sorted(FIXTURES.glob("android/intrusion_log/*.*"))
                           if f.suffix != ".jsonl"],
        "network_logs": [content(f) for kind in ("eve", "zeek", "tshark")
                         for f in sorted(FIXTURES.glob(f"network/{kind}/*.*")) if f.suffix not in (".jsonl", ".path")],
        "crash_logs": [content(f) for f in sorted(FIXTURES.glob("ios/crash_report/*.ips"))],
    }  # fmt: skip


def _phone() -> dict[str, bytes]:
    found = {"System/Library/CoreServices/SystemVersion.plist": plistlib.dumps(_VERSION)}
    for name, glob in _PHONE.items():
        for file in sorted(FIXTURES.glob(glob)):
            if file.suffix not in (".jsonl", ".path"):
                found[name] = content(file)[:20_000]
                break
    return found


def _collected() -> dict[str, bytes]:
    return {
        "ps.txt": next(FIXTURES.glob("ios/ps/*.txt")).read_bytes(),
        "logs/SystemVersion/SystemVersion.plist": plistlib.dumps(_VERSION),
        "crashes_and_spins/a.ips": next(FIXTURES.glob("ios/crash_report/*.ips")).read_bytes(),
        "sysdiagnose.log": b"log\n",
    }


def _androidqf(report: dict[str, bytes]) -> dict[str, bytes]:
    return {
        "acquisition.json": json.dumps({"uuid": "0d3f", "started": "2026-01-02T03:04:05Z"}).encode(),
        "getprop.txt": b"[ro.build.id]: [UQ1A]\n[ro.build.version.release]: [14]\n[ro.product.model]: [Pixel 6]\n",
        "packages.json": b"[]",
        "hashes.csv": b"getprop.txt," + b"00" * 32 + b"\n",
        "backup.ab": b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(tar_of({"apps/com.example/_manifest": b"1\n"})),
        "bugreport.zip": zip_of(report),
        "apks/com.example.apk": b"PK",
        "intrusion_logs/log.txt": b'{"dns_event": {}}',
    }


def _backups(sealed: bool) -> Iterator[Target]:
    """The files of an iTunes backup. What is sealed is damaged before it is encrypted, or none of it would be read."""
    kind = "sealed" if sealed else "plain"
    with tempfile.TemporaryDirectory() as folder:
        root = backups.simple(Path(folder) / "b", encrypted=sealed).finish()
        made = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    for name in ("Manifest.db", "Manifest.plist", "Info.plist"):
        seed, write = made[name], _beside(made, name, None)
        if sealed and name == "Manifest.db":
            seed = _manifest(made)
            write = _beside(made, name, lambda data: backups.encrypt(backups.MANIFEST_KEY, data))
        yield Target(
            name=f"evidence.itunes_backup.{kind}.{name}",
            seeds=(seed,),
            read=_opening(write),
            documented=(SourceError,),
        )


def _manifest(made: dict[str, bytes]) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    opened = Cipher(algorithms.AES(backups.MANIFEST_KEY), modes.CBC(bytes(16))).decryptor()
    plain = opened.update(made["Manifest.db"])
    return plain[: -plain[-1]]


def _beside(made: dict[str, bytes], name: str, seal: Callable[[bytes], bytes] | None) -> Callable[[Path, bytes], Path]:
    def write(folder: Path, data: bytes) -> Path:
        for other, stored in made.items():
            file = folder / "backup" / other
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(stored if other != name else seal(data) if seal else data)
        return folder / "backup"

    return write


def _written(folder: Path, data: bytes) -> Path:
    (folder / "given").write_bytes(data)
    return folder / "given"


def _opening(write: Callable[[Path, bytes], Path], secret: str = backups.PASSWORD) -> Callable[[bytes], None]:
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None

    def read(data: bytes) -> None:
        folder = Path(tempfile.mkdtemp(dir=where))
        try:
            examine(open_source(write(folder, data), password=lambda: secret, label="fuzz"))
        finally:
            shutil.rmtree(folder)

    return read


def examine(source: Any) -> None:
    """Every member, and all of its content; then what the source says of itself."""
    try:
        for member in source.members(lambda _: True):
            if isinstance(member, Listing) or member.content is None:
                continue
            assert str(member.path).startswith("/"), f"{member.path} is no device path"
            assert ".." not in member.path.parts, f"{member.path} leaves its folder"
            with suppress(FormatError, PermissionError):
                _drain(member.content())
        assert all(p.reason for p in source.problems())
        assert len(source.digest) == 64
        assert all(isinstance(v, str) for v in source.facts.values())
    finally:
        source.close()


def _drain(extent: Any) -> None:
    try:
        with extent.open() as file:
            while file.read(_PIECE):
                pass
    finally:
        extent.close()


def _unlock(data: bytes) -> None:
    with suppress(keybag.WrongKeyError):
        keybag.parse(data).unlock(backups.PASSWORD).unwrap(backups.wrapped(backups.FILE_KEY))
