"""packages.xml: the package manager's own record of every package, with absolute times and whole certificates.

    <package name="com.example.app" codePath="/data/app/com.example.app-1" ft="16f7f1a2b80" it="16f7f1a2c3f"
        ut="16f7f1a2c3f" version="12" userId="10164" installer="com.android.vending">
      <sigs count="1" schemeVersion="2"> <cert index="3" key="3082…" /> </sigs>
      <perms> <item name="android.permission.INTERNET" granted="true" flags="0" /> </perms>
    </package>

`updated-package` is the copy in the system image that an update stands in for. The key of a certificate is written
where it comes first, and by its index after that. Elements that have no record of their own are kept with their
attributes; those without any only hold others.

Since Android 12 the file is binary XML, with the same elements.

Known limits: what holds for one user of the phone stands in another file, package-restrictions.xml.

Sources: AOSP `Settings.writePackageLPr`, `PackageSignatures.writeXml`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from bridle.core import (
    CertMd5,
    CertSha1,
    CertSha256,
    FilePath,
    Gap,
    PackageName,
    Record,
    SourceFile,
    Utc,
    artifact,
    record,
)
from bridle.formats import abx
from bridle.formats.package_dump import given, number, truth
from bridle.formats.table import col, records, rest
from bridle.formats.values import truth as true_or_false
from bridle.formats.values import unix_milliseconds
from bridle.formats.xml_elements import Element, elements

_HEXADECIMAL = ("ft", "it", "ut")
"""Attributes whose numbers the text form writes in hexadecimal."""
_PACKAGES = ("package", "updated-package")
_MOST_CERTIFICATES = 100_000


def _time(value: object) -> Utc | None:
    """Milliseconds since 1970, hexadecimal; 0 is no time."""
    text = str(value)
    if not re.fullmatch("[0-9a-fA-F]{1,15}", text):
        raise ValueError(f"expected a time in hexadecimal, got {text!a:.60}")
    found = int(text, 16)
    return unix_milliseconds(found) if found else None


@record(surface="installed-app")
class Package(Record):
    """A package."""

    package_name: PackageName = col("name", doc="name of the package")
    hidden_system: bool = col(
        "(hidden)", true_or_false, doc="whether it is the copy in the system image that an update stands in for"
    )
    code_path: FilePath | None = col("codePath", given, doc="where its code is", surface="file-present")
    app_id: int | None = col("userId", number, doc="its user number for phone user 0")
    shared_app_id: int | None = col("sharedUserId", number, doc="the same, where it shares one")
    version_code: int | None = col("version", number, doc="number of its version")
    modified: Utc | None = col("ft", _time, doc="when its code was last changed")
    first_install_time: Utc | None = col("it", _time, doc="when it was first installed")
    last_update_time: Utc | None = col("ut", _time, doc="when it was last installed or updated")
    installer: PackageName | None = col("installer", given, doc="app that counts as its installer", surface="mention")
    initiating_package: PackageName | None = col(
        "installInitiator", given, doc="app that asked for the installation", surface="mention"
    )
    originating_package: PackageName | None = col(
        "installOriginator", given, doc="app it came from, as the installer says", surface="mention"
    )
    orphaned: bool | None = col("isOrphaned", truth, doc="whether its installer was removed")
    public_flags: int | None = col("publicFlags", number, doc="flags; 1 is part of the system")
    private_flags: int | None = col("privateFlags", number, doc="further flags; 8 is privileged")
    extra: str | None = rest(doc="attributes that no field maps, as JSON")


@record(surface="installed-app")
class Certificate(Record):
    """A certificate a package or a shared user number is signed with."""

    package_name: PackageName | None = col("(package)", doc="the package; none for a shared user", surface="mention")
    shared_user: str | None = col("(shared user)", doc="name of the shared user number")
    past: bool = col("(past)", true_or_false, doc="whether it is one that was used before")
    index: int | None = col("index", number, doc="number of the certificate in the file")
    sha256: CertSha256 | None = col("(sha256)", doc="SHA-256 of the certificate")
    sha1: CertSha1 | None = col("(sha1)", doc="SHA-1 of the certificate")
    md5: CertMd5 | None = col("(md5)", doc="MD5 of the certificate")


@record
class Permission(Record):
    """A permission of a package or of a shared user number that holds for all users of the phone."""

    package_name: str | None = col("(package)", doc="the package; none for a shared user number")
    shared_user: str | None = col("(shared user)", doc="name of the shared user number")
    permission: str = col("name", doc="name of the permission")
    granted: bool | None = col("granted", truth, doc="whether it is granted")
    flags: str | None = col("flags", doc="flags, hexadecimal")
    extra: str | None = rest(doc="attributes that no field maps, as JSON")


@record
class OtherElement(Record):
    """An element without a record of its own."""

    path: str = col("(path)", doc="names of the elements it is in, its own last")
    package_name: str | None = col("(package)", doc="the package it is in")
    attributes: str | None = col("(attributes)", doc="its attributes, as JSON")


_TYPES: dict[str, Any] = {c.__name__: c for c in (Package, Certificate, Permission, OtherElement)}


class _Reader:
    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._keys: dict[str, dict[str, str]] = {}

    def take(self, found: Element) -> Iterator[tuple[str, dict[str, Any]] | Gap]:
        name, depth = found.path[-1], len(found.path)
        if depth == 2:
            self._owner = {}
            if not found.end and name in _PACKAGES:
                self._owner = {"(package)": found.attributes.get("name", "")}
                yield "Package", {**found.attributes, "(hidden)": name == "updated-package"}
                return
            if not found.end and name == "shared-user":
                self._owner = {"(shared user)": found.attributes.get("name", "")}
        if found.end or depth < 2:
            return
        if name == "cert" and "sigs" in found.path:
            yield from self._certificate(found)
        elif name == "item" and found.path[-2] == "perms":
            yield "Permission", {**found.attributes, **self._owner}
        elif found.attributes:
            kept = json.dumps(dict(found.attributes), sort_keys=True, ensure_ascii=False)
            yield "OtherElement", {"(path)": "/".join(found.path), "(attributes)": kept, **self._owner}

    def _certificate(self, found: Element) -> Iterator[tuple[str, dict[str, Any]] | Gap]:
        index, key = found.attributes.get("index", ""), found.attributes.get("key")
        hashes = self._keys.get(index, {})
        if key is not None:
            try:
                hashes = _hashes(binascii.unhexlify(key))
            except (ValueError, binascii.Error):
                reason = f"expected a certificate in hexadecimal, got {key!a:.60}"
                yield Gap(locator=f"offset {found.offset:#x}.key", reason=reason)
            if len(self._keys) < _MOST_CERTIFICATES:
                self._keys[index] = hashes
        stored = {"index": index, "(past)": "pastSigs" in found.path, **hashes, **self._owner}
        yield "Certificate", stored


def _hashes(der: bytes) -> dict[str, str]:
    return {
        "(sha256)": hashlib.sha256(der).hexdigest(),
        "(sha1)": hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        "(md5)": hashlib.md5(der, usedforsecurity=False).hexdigest(),
    }


def _binary(stored: BinaryIO) -> Iterator[Element]:
    """The elements of binary XML as those of the text: times are hexadecimal there, bytes too."""
    path: list[str] = []
    for event in abx.events(stored):
        if isinstance(event, abx.Start):
            path.append(event.name)
            yield Element(tuple(path), event.offset, {k: _as_text(k, v) for k, v in event.attributes.items()})
        elif isinstance(event, abx.End) and path:
            yield Element(tuple(path), 0, end=True)
            path.pop()


def _as_text(name: str, value: abx.Value) -> str:
    if name in _HEXADECIMAL and isinstance(value, int):
        return f"{value:x}"
    return abx.text(value) or ""


@artifact("/data/system/packages.xml", "/data/system/packages-backup.xml")
def packages_xml(file: SourceFile) -> Iterator[Package | Certificate | Permission | OtherElement | Gap]:
    reader = _Reader()
    with file.open() as stored:
        binary = stored.read(len(abx.MAGIC)) == abx.MAGIC
        stored.seek(0)
        for found in _binary(stored) if binary else elements(stored):
            for item in reader.take(found):
                if isinstance(item, Gap):
                    yield item
                else:
                    yield from records(((f"offset {found.offset:#x}", item[1]),), _TYPES[item[0]])
