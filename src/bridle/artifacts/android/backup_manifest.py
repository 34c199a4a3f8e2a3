"""_manifest: an app whose data an `adb backup` holds, and the certificates it was signed with.

Each app of a backup begins with `apps/PACKAGE/_manifest`, a line for each value: version of the format, package,
version code, level of the system, installer (empty where none is known), whether the APK is in the backup, number of
certificates, and each certificate in hexadecimal:

    1
    com.example.app
    29
    29
    com.android.vending
    0
    1
    308204d4308203bc…

Known limits: apps that forbid a backup are not in it. Files of apps are listed in the ledger at
`…/apps/PACKAGE/…`, those of shared storage at `…/shared/0/…`: names, sizes and times stand there and nowhere else.

Sources: AOSP AppMetadataBackupWriter and FullBackupUtils,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/backup/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from bridle.core import (
    CertMd5,
    CertSha1,
    CertSha256,
    FormatError,
    Gap,
    PackageName,
    Record,
    SourceFile,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import certificate
from bridle.formats.lines import lines, too_long

_MOST = 100
"""Certificates of one app that are read."""
_LONGEST = 1 << 20
_HEAD = 7
_NUMBER = re.compile(r"-?\d{1,18}")


@record(surface="installed-app")
class App(Record):
    """The app."""

    package_name: PackageName = note(doc="package")
    version_code: int | None = note(doc="version of the app, as a number")
    platform_version: int | None = note(doc="API level of the system the backup was made on")
    installer: PackageName | None = note(doc="app that installed it; none is stored of others", surface="mention")
    has_apk: bool = note(doc="whether the APK is in the backup")
    certificates: int | None = note(doc="number of certificates that follow")
    manifest_version: int | None = note(doc="version of the format, 1")


@record(surface="installed-app")
class Certificate(Record):
    """A certificate the app was signed with."""

    package_name: str = note(doc="package of the app")
    sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    sha1: CertSha1 = note(doc="SHA-1 of the certificate")
    md5: CertMd5 = note(doc="MD5 of the certificate")
    subject: str | None = note(doc="whom it is for")
    issuer: str | None = note(doc="who issued it; mostly the same")
    valid_from: Utc | None = note(doc="begin of its validity")
    valid_until: Utc | None = note(doc="end of its validity")


@artifact("/**/apps/*/_manifest")
def backup_manifest(file: SourceFile) -> Iterator[App | Certificate | Gap]:
    with file.open() as stored:
        head: list[str] = []
        number = 0
        for number, line in lines(stored, _LONGEST):
            if line is None:
                yield too_long(number, _LONGEST)
            if number > _HEAD + _MOST:
                yield Gap(locator=f"line {number}", reason=f"expected at most {_MOST} certificates, got more")
                break
            if number <= _HEAD:
                head.append(line or "")
                if number == _HEAD:
                    yield from _app(head)
            elif line:
                yield from _certificate(f"line {number}", head[1], line)
        if 0 < len(head) < _HEAD:
            yield from _app(head + [""] * (_HEAD - len(head)))
            yield Gap(locator="end", reason=f"expected {_HEAD} lines and certificates, got {len(head)}")
        elif head and _NUMBER.fullmatch(head[-1]) and number - _HEAD < int(head[-1]):
            yield Gap(locator="end", reason=f"expected {head[-1]} certificates, got {number - _HEAD}")


def _app(head: list[str]) -> Iterator[App | Gap]:
    version, package, code, platform, installer, has_apk, count = head
    if not package or not _NUMBER.fullmatch(version):
        raise FormatError(f"expected the version of a manifest and a package, got {version!a:.40} and {package!a:.40}")
    numbers: dict[str, int | None] = {}
    stored = {"version_code": code, "platform_version": platform, "certificates": count, "manifest_version": version}
    for name, value in stored.items():
        numbers[name] = int(value) if _NUMBER.fullmatch(value) else None
    yield App(locator="line 2", package_name=package, installer=installer or None, has_apk=has_apk == "1", **numbers)
    for name, value in stored.items():
        if numbers[name] is None and value:
            yield Gap(locator=f"line 2.{name}", reason=f"App: {name}: expected a number, got {value!a:.60}")


def _certificate(place: str, package: str, line: str) -> Iterator[Certificate | Gap]:
    try:
        data = bytes.fromhex(line)
    except ValueError:
        yield Gap(locator=place, reason=f"expected a certificate in hexadecimal, got {line!a:.60}")
        return
    try:
        read, problem = certificate.read(data), None
    except FormatError as e:
        read, problem = None, str(e)
    yield Certificate(
        locator=place, package_name=package, sha256=hashlib.sha256(data).hexdigest(),
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(), subject=read.subject if read else None,
        issuer=read.issuer if read else None, valid_from=read.not_before if read else None,
        valid_until=read.not_after if read else None,
    )  # fmt: skip
    if problem is not None:
        yield Gap(locator=f"{place}.certificate", reason=problem)
    yield from read.gaps(place) if read else ()
