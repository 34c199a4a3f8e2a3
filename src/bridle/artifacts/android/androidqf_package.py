"""packages.json and packages.pb of AndroidQF and Bugbane: installed apps, their files, hashes and signers.

    [{"name": "com.example.app", "files": [{"path": "/data/app/…/base.apk", "local_name": "", "md5": "…", "sha256": "…",
      "verified_certificate": true, "certificate": {"Sha256": "…", "ValidFrom": "2020-…", "Issuer": "…"}, …}],
      "installer": "com.android.vending", "uid": 10123, "disabled": false, "system": false, "third_party": true}]

An array or one object per line; Bugbane's newer form is protobuf, each message after its length. The list is that of
`pm list packages -u`: an app that was removed with its data kept is in it too, without files.

Known limits: `installer` may be the word `null`. AndroidQF wrote 0 for the number of an app's user where several people
have the app, and 0 is therefore not told; since August 2026 it has a list for each of them. Hashes are those the phone
computed, so a compromised phone may lie; with the fast mode there are none. Streaming releases of AndroidQF have no
certificates, and Bugbane lists no files of system apps; an app's own file has its signers.

Sources: https://github.com/mvt-project/androidqf (adb/packages.go) ; https://github.com/osservatorionessuno/bugbane
(Packages.kt, ArtifactProtobuf.kt) ; https://github.com/avast/apkverifier (CertInfo)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import (
    CertMd5,
    CertSha1,
    CertSha256,
    FilePath,
    FormatError,
    Gap,
    Md5,
    PackageName,
    Record,
    Sha1,
    Sha256,
    SourceFile,
    Utc,
    artifact,
    record,
)
from bridle.formats import delimited
from bridle.formats.quick_forensics import digest, extra, instant, mappings, number, some_texts, text
from bridle.formats.table import col, records

_PACKAGE, _EXTRA = "(package)", "(extra)"
_MOST_FILES = 2_000


def _user(value: object) -> int | None:
    return number(value) or None


@record(surface="installed-app")
class Package(Record):
    """One app that the package manager lists."""

    package_name: PackageName = col("name", text, doc="name of the package")
    installer: PackageName | None = col(
        "installer", text, doc="what installed it, as stored; `null` is nothing on record", surface="mention"
    )
    uid: int | None = col("uid", _user, doc="number of its user; None where it is not known or not one alone")
    disabled: bool | None = col("disabled", doc="whether it is disabled")
    system: bool | None = col("system", doc="whether it is part of the system")
    third_party: bool | None = col("third_party", doc="whether it is not")
    user: int | None = col("user_id", number, doc="user of the phone whose list it is in; 0 is the first")
    installed: bool | None = col("installed", doc="whether that user has it still; False: only its data or a record")
    files_error: str | None = col("files_error", text, doc="why its files could not be listed")
    files: int | None = col(
        "(files)", doc="files of it that were listed; 0 for one that was removed with its data kept"
    )
    extra: str | None = col(_EXTRA, doc="keys that no field maps, as JSON")


@record(surface="installed-app")
class PackageFile(Record):
    """One file of an app, as the phone described it, and who signed it."""

    package_name: PackageName = col(_PACKAGE, text, doc="the package it belongs to", surface="mention")
    path: FilePath | None = col("path", text, doc="where it is on the phone", surface="file-present")
    local_name: str | None = col("local_name", text, doc="name of its copy in the acquisition")
    md5: Md5 | None = col("md5", digest, doc="MD5, computed on the phone", surface="file-present")
    sha1: Sha1 | None = col("sha1", digest, doc="SHA-1, computed on the phone", surface="file-present")
    sha256: Sha256 | None = col("sha256", digest, doc="SHA-256, computed on the phone", surface="file-present")
    sha512: str | None = col("sha512", digest, doc="SHA-512, computed on the phone")
    error: str | None = col("error", text, doc="why it could not be copied")
    verified_certificate: bool | None = col("verified_certificate", doc="whether the tool found the signature good")
    trusted_certificate: bool | None = col("trusted_certificate", doc="whether the tool knows and trusts the signer")
    certificate_error: str | None = col("certificate_error", text, doc="what was wrong with the signature")
    certificate_md5: CertMd5 | None = col("(c.md5)", digest, doc="MD5 of the first signer's certificate")
    certificate_sha1: CertSha1 | None = col("(c.sha1)", digest, doc="SHA-1 of that certificate")
    certificate_sha256: CertSha256 | None = col("(c.sha256)", digest, doc="SHA-256 of that certificate")
    valid_from: Utc | None = col("(c.validfrom)", instant, doc="first instant of that certificate")
    valid_until: Utc | None = col("(c.validto)", instant, doc="last instant of that certificate")
    issuer: str | None = col("(c.issuer)", text, doc="who issued that certificate")
    subject: str | None = col("(c.subject)", text, doc="whom it was issued to")
    algorithm: str | None = col("(c.signaturealgorithm)", text, doc="algorithm of its signature")
    serial: str | None = col("(c.serialnumber)", text, doc="its serial number, decimal or as stored")
    suspicious: bool | None = col("suspicious", doc="whether Bugbane found the file suspicious")
    infiles: tuple[str, ...] | None = col("infiles", some_texts, doc="files inside it that Bugbane lists")
    extra: str | None = col(_EXTRA, doc="keys that no field maps, as JSON")


@record(surface="installed-app")
class Certificate(Record):
    """A further signer of an app's file, where there are several."""

    package_name: PackageName = col(_PACKAGE, text, doc="the package it belongs to", surface="mention")
    path: FilePath | None = col("path", text, doc="the file that is signed", surface="mention")
    certificate_md5: CertMd5 | None = col("(c.md5)", digest, doc="MD5 of the certificate")
    certificate_sha1: CertSha1 | None = col("(c.sha1)", digest, doc="SHA-1 of the certificate")
    certificate_sha256: CertSha256 | None = col("(c.sha256)", digest, doc="SHA-256 of the certificate")
    valid_from: Utc | None = col("(c.validfrom)", instant, doc="its first instant")
    valid_until: Utc | None = col("(c.validto)", instant, doc="its last instant")
    issuer: str | None = col("(c.issuer)", text, doc="who issued it")
    subject: str | None = col("(c.subject)", text, doc="whom it was issued to")
    algorithm: str | None = col("(c.signaturealgorithm)", text, doc="algorithm of its signature")
    serial: str | None = col("(c.serialnumber)", text, doc="its serial number, decimal or as stored")


_PACKAGE_KEYS = frozenset(
    {
        "name", "files", "installer", "uid", "disabled", "system", "third_party", "thirdParty", "user_id", "installed",
        "files_error",
    }
)  # fmt: skip
_FILE_KEYS = frozenset(
    {
        "path", "local_name", "md5", "sha1", "sha256", "sha512", "error", "verified_certificate", "trusted_certificate",
        "certificate", "certificates", "certificate_error", "suspicious", "infiles",
    }
)  # fmt: skip
_CERTIFICATE_KEYS = {
    "notbefore": "validfrom", "not_before": "validfrom", "valid_from": "validfrom",
    "notafter": "validto", "not_after": "validto", "valid_to": "validto",
    "algorithm": "signaturealgorithm", "serial": "serialnumber", "serial_number": "serialnumber",
}  # fmt: skip
"""Other names of what AndroidQF calls by those on the right, all in lower case."""


@artifact("/androidqf/packages.json", "/androidqf/packages.pb")
def androidqf_package(file: SourceFile) -> Iterator[Package | PackageFile | Certificate | Gap]:
    with file.open() as stored:
        found = _packed(stored) if file.path.suffix == ".pb" else mappings(stored)
        for item in found:
            if isinstance(item, Gap):
                yield item
            else:
                yield from _package(*item)


def _package(place: str, stored: Mapping[str, Any]) -> Iterator[Package | PackageFile | Certificate | Gap]:
    files = stored.get("files") or []
    listed = files if isinstance(files, list) else []
    if "thirdParty" in stored:
        stored = {"third_party": stored["thirdParty"], **stored}
    row = {**stored, "(files)": len(listed), _EXTRA: extra(stored, _PACKAGE_KEYS)}
    yield from records([(place, row)], Package)
    if len(listed) != len(files) or len(listed) > _MOST_FILES:
        yield Gap(locator=f"{place}.files", reason=f"expected a list of at most {_MOST_FILES}, got {files!a:.60}")
    for n, file in enumerate(listed[:_MOST_FILES], 1):
        at = f"{place} file {n}"
        if isinstance(file, dict):
            yield from _file(at, stored.get("name"), file)
        else:
            yield Gap(locator=at, reason=f"expected an object, got {file!a:.60}")


def _file(at: str, package: object, stored: Mapping[str, Any]) -> Iterator[PackageFile | Certificate | Gap]:
    several = stored.get("certificates")
    signers = several if isinstance(several, list) else []
    if stored.get("certificate") is not None and not signers:
        signers = [stored["certificate"]]
    told = [_certificate(s) for s in signers[:_MOST_FILES]]
    row = {**stored, _PACKAGE: package, _EXTRA: extra(stored, _FILE_KEYS), **(told[0] if told else {})}
    yield from records([(at, row)], PackageFile)
    for n, certificate in enumerate(told[1:], 2):
        row = {"path": stored.get("path"), _PACKAGE: package, **certificate}
        yield from records([(f"{at} certificate {n}", row)], Certificate)


def _certificate(stored: object) -> dict[str, Any]:
    """A certificate under one set of names, whoever wrote it."""
    if not isinstance(stored, dict):
        return {"(c.sha256)": stored}
    hashes = stored.get("checksums")
    low = {k.lower(): v for k, v in (stored | hashes if isinstance(hashes, dict) else stored).items()}
    found = {f"(c.{_CERTIFICATE_KEYS.get(k, k)})": v for k, v in low.items()}
    serial = found.get("(c.serialnumber)")
    if isinstance(serial, int):
        found["(c.serialnumber)"] = str(serial)
    return found


def _packed(stored: BinaryIO) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for item in delimited.messages(stored):
        if isinstance(item, Gap):
            yield item
            continue
        try:
            yield item[0], _unpacked(item[1])
        except FormatError as e:
            yield Gap(locator=item[0], reason=str(e))


def _unpacked(data: bytes) -> dict[str, Any]:
    found = delimited.fields(data)
    return {
        "name": delimited.text(found.get(1)), "installer": delimited.text(found.get(2)),
        "uid": delimited.whole(found.get(3)), "disabled": delimited.truth(found.get(4)),
        "system": delimited.truth(found.get(5)), "third_party": delimited.truth(found.get(6)),
        "files": [_unpacked_file(f) for f in found.get(7, ()) if isinstance(f, bytes)],
    }  # fmt: skip


_FILE_FIELDS = {1: "path", 2: "local_name", 3: "md5", 4: "sha1", 5: "sha256", 6: "sha512"}
_CERTIFICATE_FIELDS = {
    1: "md5", 2: "sha1", 3: "sha256", 4: "notBefore", 5: "notAfter", 6: "issuer", 7: "subject", 8: "algorithm",
    9: "serialNumber",
}  # fmt: skip


def _unpacked_file(data: bytes) -> dict[str, Any]:
    found = delimited.fields(data)
    file: dict[str, Any] = {name: delimited.text(found.get(n)) for n, name in _FILE_FIELDS.items()}
    file["suspicious"] = delimited.truth(found.get(7))
    file["certificates"] = [
        {name: delimited.text(inside.get(n)) for n, name in _CERTIFICATE_FIELDS.items()}
        for inside in (delimited.fields(c) for c in found.get(8, ()) if isinstance(c, bytes))
    ]
    file["infiles"] = [delimited.text([i]) or "" for i in found.get(9, ())]
    return file
