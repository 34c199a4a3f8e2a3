"""acquisition.json of AndroidQF and Bugbane: when, with what and how the phone was examined.

    {"uuid": "0d3f…", "androidqf_version": "v1.8.3", "adb_host_public_key": "QAAAA… user@host",
     "started": "2026-01-02T03:04:05.678Z", "completed": "…", "collector": {"ExePath": "/data/local/tmp/collector",
     "Adb": {"Serial": "…"}, …}, "tmp_dir": "/data/local/tmp/", "sdcard": "/sdcard/", "cpu": "arm64-v8a"}

Bugbane has `created` in the place of `started`, a `status`, and the modules that failed or were skipped. The key is the
public one of the examiner's adb: the phone lists it among those it trusts, and that one entry is no stranger's.

Known limits: times are those of the examiner's computer (with Bugbane, the phone's). `completed` is not there, or is
year 1, where the acquisition was interrupted. Keys that no field maps are in `extra`.

Sources: https://github.com/mvt-project/androidqf (acquisition) ; https://github.com/osservatorionessuno/bugbane
(AcquisitionIndex) ; AOSP `AdbDebuggingManager.getFingerprints`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/adb/
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FilePath, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats.quick_forensics import extra, instant, some_texts, text
from bridle.formats.table import col, records

_LONGEST = 1 << 20
_MD5, _SHA256, _HOST, _SERIAL, _EXTRA = "(md5)", "(sha256)", "(host)", "(serial)", "(extra)"
_COLLECTOR = {"ExePath": "(collector)", "Installed": "(installed)", "Architecture": "(architecture)"}


@record
class Acquisition(Record):
    """The acquisition."""

    uuid: str | None = col("uuid", text, doc="its identifier, which names its folder or archive")
    version: str | None = col("androidqf_version", text, doc="version of AndroidQF, or `Bugbane-` and that of Bugbane")
    bugbane_version: str | None = col("bugbane_version", text, doc="version of Bugbane")
    format_version: int | None = col("format_version", doc="version of the layout, with Bugbane")
    status: str | None = col("status", text, doc="`running`, `complete`, `incomplete` or `cancelled`, with Bugbane")
    started: Utc | None = col("(started)", instant, doc="when it was begun; Bugbane's `created`")
    completed: Utc | None = col("completed", instant, doc="when it ended; None if it was interrupted")
    storage_path: str | None = col("storage_path", text, doc="folder on the examiner's machine")
    tmp_dir: FilePath | None = col("tmp_dir", text, doc="folder of temporary files on the phone")
    sdcard: FilePath | None = col("sdcard", text, doc="shared storage of the phone")
    cpu: str | None = col("cpu", text, doc="instruction set of the phone")
    streaming_mode: bool | None = col("streaming_mode", doc="whether it was written straight into an archive")
    encrypted: bool | None = col("encrypted", doc="whether the archive is encrypted, with Bugbane")
    collector_path: FilePath | None = col(
        _COLLECTOR["ExePath"], text, doc="where the tool put its own program on the phone: no stranger's"
    )
    collector_installed: bool | None = col(_COLLECTOR["Installed"], doc="whether that program was put there")
    collector_architecture: str | None = col(_COLLECTOR["Architecture"], text, doc="instruction set of that program")
    serial_number: str | None = col(_SERIAL, text, doc="serial number that adb calls the phone by")
    adb_host_public_key: str | None = col("adb_host_public_key", text, doc="public key of the examiner's adb")
    adb_key_md5: str | None = col(_MD5, doc="MD5 of the decoded key, `AA:BB:…`, as the phone shows it")
    adb_key_sha256: str | None = col(_SHA256, doc="SHA-256 of the decoded key, hexadecimal")
    adb_key_host: str | None = col(_HOST, doc="user and host that stand behind the key")
    failed_modules: tuple[str, ...] | None = col("failed_modules", some_texts, doc="what could not be collected")
    skipped_modules: tuple[str, ...] | None = col("skipped_modules", some_texts, doc="what was left out")
    extra: str | None = col(_EXTRA, doc="keys that no field maps, as JSON")


_KNOWN = frozenset(
    {
        "uuid", "androidqf_version", "bugbane_version", "format_version", "status", "started", "created", "completed",
        "storage_path", "tmp_dir", "sdcard", "cpu", "streaming_mode", "encrypted", "adb_host_public_key",
        "failed_modules", "skipped_modules", "collector",
    }
)  # fmt: skip


@artifact("/androidqf/acquisition.json")
def androidqf_acquisition(file: SourceFile) -> Iterator[Acquisition | Gap]:
    with file.open() as stored:
        data = stored.read(_LONGEST)
    if not data.strip():
        return
    try:
        found = json.loads(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as e:
        raise FormatError(f"expected a JSON object, got {data[:30]!a:.60}: {e!s:.60}") from None
    if not isinstance(found, dict):
        raise FormatError(f"expected a JSON object, got {found!a:.60}")
    yield from _gaps(found)
    yield from records([("acquisition", _row(found))], Acquisition)


def _gaps(found: Mapping[str, Any]) -> Iterator[Gap]:
    key = found.get("adb_host_public_key")
    if key and not _key(key):
        yield Gap(locator="adb_host_public_key", reason=f"expected a key in base 64, got {key!a:.60}")


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(found) | _key(found.get("adb_host_public_key"))
    row["(started)"] = found.get("started") or found.get("created")
    collector = found.get("collector")
    if isinstance(collector, dict):
        row |= {name: collector.get(key) for key, name in _COLLECTOR.items()}
        adb = collector.get("Adb")
        row[_SERIAL] = adb.get("Serial") if isinstance(adb, dict) else None
    row[_EXTRA] = extra(found, _KNOWN)
    return row


def _key(value: object) -> dict[str, str]:
    """Fingerprints of a key as adb stores it: base 64, a blank, and whose it is."""
    if not isinstance(value, str):
        return {}
    encoded, _, host = value.strip().partition(" ")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return {}
    if not key:
        return {}
    told = {_MD5: hashlib.md5(key, usedforsecurity=False).hexdigest(), _SHA256: hashlib.sha256(key).hexdigest()}
    told[_MD5] = ":".join(told[_MD5][i : i + 2] for i in range(0, 32, 2)).upper()
    return told | ({_HOST: host.encode("utf-8", "backslashreplace").decode()} if host else {})
