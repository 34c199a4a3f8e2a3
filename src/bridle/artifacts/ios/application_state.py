"""applicationState.db: which app lies in which folder, and what the home screen keeps of each.

Apps and kinds of values have tables of their own; a value is a property list, often with another inside. The value
`compatibilityInfo` is an archive that names the folder of the app's bundle and that of its data, whose UUIDs tell
everything else on the phone apart. `_UninstallDate` is when an app was deleted. An app that is gone may still be here.

Known limits: no store was at hand. Of a value that is a dictionary only an app's identifier and its two folders are
kept; of a list, and of values over 64 KiB, only the length. Texts are cut at 4,096 characters.

Sources: https://github.com/abrignoni/iLEAPP (applicationstate); the store's tables as it names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bridle.classes import dataclass
from bridle.core import (
    Block,
    BundleId,
    FilePath,
    Gap,
    Record,
    SourceFile,
    Text,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import sqlite
from bridle.formats.leaves import opened
from bridle.formats.plist import Unreadable
from bridle.formats.table import Lost, Undecodable, col, rest
from bridle.formats.values import blob, naive_utc

_DEEPEST = 4
_LONGEST_LIST = 64 << 10
"""Bytes of a value that is looked into; pictures of an app's screens take more and are only counted."""
_LONGEST = 4096


@record(surface="installed-app")
class Application(Record):
    """An app or extension that the home screen has known."""

    application_id: int | None = col("id", doc="number of the row")
    bundle_id: BundleId | None = col("application_identifier", doc="bundle identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Key(Record):
    """A kind of value."""

    key_id: int | None = col("id", doc="number of the row")
    key: str | None = col("key", doc="name, such as `compatibilityInfo`")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Value(Record):
    """One value of one app."""

    application_id: int | None = note(doc="Application.application_id; no such Application: its row was deleted")
    key_id: int | None = note(doc="Key.key_id")
    length: int | None = note(doc="bytes of the value")
    text: Text | None = note(doc="the value, where it is text, a number or a truth value")
    time: Utc | None = note(doc="the value, where it is a date")
    bundle_id: BundleId | None = note(doc="app it names", surface="installed-app")
    bundle_path: FilePath | None = note(doc="folder of the app's bundle", surface="installed-app")
    data_path: FilePath | None = note(doc="folder of the app's data")


@dataclass(frozen=True)
class _Facts:
    """A value as it fits the fields of a row."""

    text: str | None = None
    time: Utc | None = None
    bundle_id: str | None = None
    bundle_path: str | None = None
    data_path: str | None = None
    lost: str | None = None
    """Why a part of it could not be read."""


@artifact("/private/var/mobile/Library/FrontBoard/applicationState.db")
def application_state(file: SourceFile) -> Iterator[Block[Application] | Block[Key] | Value | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("application_identifier_tab", Application)
        yield from db.table("key_tab", Key)
        for row in db.rows("kvs"):
            yield from [row] if isinstance(row, Gap) else _value(row)


def _value(row: sqlite.Row) -> Iterator[Value | Gap]:
    stored, reason = row["value"], None
    facts = _Facts()
    if isinstance(stored, bytes) and not isinstance(stored, Undecodable) and len(stored) <= _LONGEST_LIST:
        try:
            facts = _facts(_innermost(stored))
            reason = f"Value: value: {facts.lost:.200}" if facts.lost else None
        except ValueError as e:
            reason = f"Value: value: {e!s:.200}"
    elif stored is not None and not isinstance(stored, bytes | Lost):
        reason = f"Value: value: expected bytes, got {stored!a:.60}"
    yield Value(
        locator=row.locator, application_id=_number(row["application_identifier"]), key_id=_number(row["key"]),
        length=len(stored) if isinstance(stored, bytes) else None,
        text=facts.text, time=facts.time, bundle_id=facts.bundle_id, bundle_path=facts.bundle_path,
        data_path=facts.data_path,
    )  # fmt: skip
    if reason is not None:
        yield Gap(locator=f"{row.locator}.value", reason=reason)
    for column in ("application_identifier", "key"):
        if not isinstance(row[column], int | Lost | Undecodable | None):  # what cannot be read has its Gap
            reason = f"Value: {column}: expected an integer, got {row[column]!a:.60}"
            yield Gap(locator=f"{row.locator}.{column}", reason=reason)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _innermost(stored: bytes) -> object:
    """What lies in the property lists inside each other. Raises FormatError."""
    found: object = blob(stored)
    for _ in range(_DEEPEST):
        if not isinstance(found, bytes) or not found.startswith(b"bplist"):
            break
        found = opened(found)
    return found


def _facts(value: object) -> _Facts:
    """Raises ValueError."""
    if isinstance(value, Unreadable):
        raise ValueError(value.reason)  # noqa: TRY004 - a stored value, not one of ours
    if isinstance(value, datetime):
        return _Facts(time=naive_utc(value))
    if isinstance(value, str | int | float):
        return _Facts(text=_text(f"{value}"))
    if isinstance(value, Mapping):
        parts = [value.get(key) for key in ("bundleIdentifier", "bundlePath", "sandboxPath")]
        bundle_id, bundle_path, data_path = map(_text, parts)
        lost = next((part.reason for part in parts if isinstance(part, Unreadable)), None)
        return _Facts(bundle_id=bundle_id, bundle_path=bundle_path, data_path=data_path, lost=lost)
    return _Facts()


def _text(value: object) -> str | None:
    return None if not isinstance(value, str) else value[:_LONGEST].encode("utf-8", "backslashreplace").decode()
