r"""The adb service and its files: computers that may debug the phone, and when each last did.

`dumpsys adb` since Android 10, and the files `adb_keys` (a key a line) and `adb_temp_keys.xml` (when each last came):

    ADB MANAGER STATE (dumpsys adb):
    {
      debugging_manager={
        connected_to_adb=true
        user_keys=QAAAAFs6sFIt… user@host
        keystore=<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
        <adbKey key="QAAAAFs6sFIt… user@host" lastConnection="1578495537856" />
      }
    }

Who made a key (`user@host`) is that computer's own word. A key that was allowed once and not for good is in the store
only while it is remembered; one that nobody uses for a week is forgotten unless the developer options say otherwise.
On Android 9 and before, the keys stand in the dump of `usb`.

Known limits: since Android 12 the store is binary, and the dump prints it as text: bytes that are no UTF-8 are lost.
Keys survive that; a time does where its bytes do, else `last_connection_damaged` has what is left of it. `adb_keys` has
no times.

Sources: AOSP `AdbDebuggingManager`, `AdbService`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/adb/AdbDebuggingManager.java
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import FormatError, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import adb_keys, dual_dump
from bridle.formats.lines import lines, too_long
from bridle.formats.values import unix_milliseconds, zero_is_none

_LONGEST = 1 << 20
_LARGEST = 8 << 20
"""Bytes of a store that are read; a key has some 730."""
_MOST = 10_000
_KEYS = ("user_keys", "system_keys")
_time = zero_is_none(unix_milliseconds)


@record
class Key(Record):
    """A computer's key, once for each place it stands in."""

    where: str = note(doc="user_keys, system_keys or keystore of the dump; adb_keys or adb_temp_keys.xml, the files")
    key: str = note(doc="public key in base64, as stored")
    comment: str | None = note(doc="what follows the key, by that computer's own word; mostly user@host")
    user: str | None = note(doc="what stands before the last @ of the comment")
    host: str | None = note(doc="what stands behind it")
    fingerprint: str | None = note(doc="MD5 of the decoded key, as phone and adb show it: AB:CD:…")
    sha256: str | None = note(doc="SHA-256 of the decoded key, hexadecimal")
    bits: int | None = note(doc="bits of the RSA modulus; none if it is no Android RSA key")
    last_connection: Utc | None = note(doc="when it was last used; none if never, or where nothing says so")
    last_connection_damaged: str | None = note(
        doc="bytes of that time (milliseconds since 1970), hexadecimal, ?? for each that the dump lost"
    )
    extra: str | None = note(doc="other attributes, as JSON")


@record
class Network(Record):
    """A Wi-Fi network in which adb over Wi-Fi was allowed for good."""

    where: str = note(doc="as for a key")
    bssid: str = note(doc="address of the access point")
    extra: str | None = note(doc="other attributes, as JSON")


@record
class Fact(Record):
    """Any other value of the dump."""

    place: str = note(doc="names of the objects it is in and its own, joined by dots")
    value: str | None = note(doc="as stored; none if empty")


@artifact("/**/dumpsys/adb/*.txt", "/data/misc/adb/adb_keys", "/data/misc/adb/adb_temp_keys.xml", "/adb_keys")
def adb(file: SourceFile) -> Iterator[Key | Network | Fact | Gap]:
    with file.open() as stored:
        if file.path.name == "adb_temp_keys.xml":
            yield from _temp_keys(stored)
        elif file.path.name == "adb_keys":
            yield from _lines(stored)
        else:
            yield from _dump(stored)


def _lines(stored: BinaryIO) -> Iterator[Key | Gap]:
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif line.strip():
            yield from _key(f"line {number}", "adb_keys", line)


def _temp_keys(stored: BinaryIO) -> Iterator[Key | Network | Fact | Gap]:
    content = stored.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise FormatError(f"expected at most {_LARGEST} bytes, got more")
    given = 0
    try:
        for entry in adb_keys.stored(content):
            given += 1
            yield from _entry(f"element {entry.number}", "adb_temp_keys.xml", entry)
    except FormatError as e:
        if not given:
            raise
        yield Gap(locator=f"element {given + 1}", reason=str(e))


def _dump(stored: BinaryIO) -> Iterator[Key | Network | Fact | Gap]:
    for value in dual_dump.values(lines(stored, _LONGEST)):
        if isinstance(value, Gap):
            yield value
        elif value.name in _KEYS:
            yield from _keys(value)
        elif value.name == "keystore" and value.value.strip():
            yield from _keystore(value)
        else:
            yield Fact(locator=f"line {value.line}", place=value.place, value=value.value.strip() or None)


def _keys(value: dual_dump.Value) -> Iterator[Key | Fact | Gap]:
    found = [(n, line) for n, line in enumerate(value.value.split("\n"), value.line) if line.strip()]
    for number, line in found:
        if "Exception" in line or " " in line.strip().partition(" ")[0]:
            yield Fact(locator=f"line {number}", place=value.place, value=line.strip())
        else:
            yield from _key(f"line {number}", value.name, line)


def _keystore(value: dual_dump.Value) -> Iterator[Key | Network | Fact | Gap]:
    found, lost = adb_keys.dumped(value.value)
    for entry in found[:_MOST]:
        yield from _entry(f"line {value.line}:keystore {entry.number}", "keystore", entry)
    if len(found) > _MOST:
        lost = f"expected at most {_MOST} entries, got {len(found)}"
    if lost:
        yield Gap(locator=f"line {value.line}:keystore", reason=f"keystore: {lost}")


def _entry(locator: str, where: str, entry: adb_keys.Stored) -> Iterator[Key | Network | Fact | Gap]:
    extra = json.dumps(dict(entry.more), ensure_ascii=False, sort_keys=True) if entry.more else None
    if entry.key is not None:
        yield from _key(locator, where, entry.key, entry, extra)
    elif entry.bssid is not None:
        yield Network(locator=locator, where=where, bssid=entry.bssid, extra=extra)
    else:
        yield Fact(locator=locator, place=where, value=extra)


def _key(
    locator: str, where: str, line: str, entry: adb_keys.Stored | None = None, extra: str | None = None
) -> Iterator[Key | Gap]:
    found = adb_keys.key(line)
    user, host = adb_keys.user_and_host(found.comment)
    time, problem = None, None
    try:
        time = _time(entry.last_connection) if entry and entry.last_connection is not None else None
    except ValueError as e:
        problem = str(e)
    yield Key(
        locator=locator, where=where, key=found.key, comment=found.comment, user=user, host=host,
        fingerprint=found.fingerprint, sha256=found.sha256, bits=found.bits, last_connection=time,
        last_connection_damaged=entry.damaged if entry else None, extra=extra,
    )  # fmt: skip
    if found.problem:
        yield Gap(locator=f"{locator}.key", reason=found.problem)
    if problem:
        yield Gap(locator=f"{locator}.last_connection", reason=problem)
