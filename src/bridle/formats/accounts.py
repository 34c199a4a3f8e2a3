"""E-mail addresses and phone numbers in values that may be anything: text, property lists, archives, other bytes.

A phone number counts only as `tel:…` or with its `+`, for bare digits are mostly something else. NUL characters in an
address that is text stay: they are evidence. An address in bytes without a known layout may begin with a character
that belongs to what stands before it. Linear in the length of the text.

Sources: RFC 5322 (addresses), RFC 3966 (`tel:`), RFC 6068 (`mailto:`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.core import FormatError, Gap
from bridle.formats import nested, plist
from bridle.formats.sqlite import Database
from bridle.formats.table import Row, Undecodable

LONGEST = 1 << 16
"""Characters or bytes of one value that are looked at."""
MOST = 1_000
"""Accounts of one value."""
_HOST = r"[A-Za-z0-9\x00-\x08](?:[A-Za-z0-9.\x00-\x08-]{0,252})\.[A-Za-z]{2,24}"
_LOCAL = r"[A-Za-z0-9._%+'\x00-\x08-]{1,64}"
_EMAIL = rf"(?:mailto:)?{_LOCAL}@{_HOST}"
_PHONE = r"tel:\+?\d{3,15}|\+\d{7,15}"
_WHOLE = re.compile(rf"(?:{_EMAIL}|{_PHONE})\Z")
_INSIDE = re.compile(
    rf"(?<![A-Za-z0-9._%+'@-])(?:mailto:)?{_LOCAL}@[A-Za-z0-9.\x00-\x08-]{{1,253}}|tel:\+?\d{{3,15}}(?!\d)"
    r"|(?<![\w+])\+\d{7,15}(?!\d)"
)


_CONTROLS = dict.fromkeys((*range(32), *range(127, 161)), " ")


def account(text: str) -> str | None:
    """The text itself, if all of it is one account, bare or as `mailto:…` or `tel:…`."""
    return text if len(text) <= 400 and _WHOLE.match(text) else None


def in_text(text: str) -> list[str]:
    """The accounts in a text, as they stand, each once."""
    return _some(text, MOST)


def _some(text: str, most: int) -> list[str]:
    if (whole := account(text)) is not None:
        return [whole]
    found: dict[str, None] = {}
    for m in _INSIDE.finditer(text[:LONGEST]):
        trimmed = m.group().rstrip(".-")
        if account(trimmed) is not None:
            found.setdefault(trimmed)
        if len(found) >= most:
            break
    return list(found)


def in_value(value: Any) -> list[tuple[str, str]]:
    """As `search`, for a value that is looked at in whole. Raises FormatError for another."""
    found, reason = search(value)
    if reason is not None:
        raise FormatError(reason)
    return found


def search(value: Any) -> tuple[list[tuple[str, str]], str | None]:
    """The keys on the way to each account in a value, and the account, each once; and why there may be more.

    Keys that are accounts themselves are found too, and are `*` on the way. Raises FormatError for a value that is too
    deep or too large, or that is a property list and cannot be opened.
    """
    found: dict[tuple[str, str], None] = {}
    seen: set[str] = set()
    reason = None
    for leaf in nested.leaves(value):
        if isinstance(leaf.value, FormatError) and not leaf.place:
            raise leaf.value
        reason = reason or _left_out(leaf.value)
        for at, text in (*_keys(leaf.key, seen), (leaf.key, _as_text(leaf.value))):
            for one in _some(text, MOST + 1):
                found.setdefault((_shown(at), one))
        if len(found) > MOST:
            return list(found)[:MOST], f"expected at most {MOST} accounts, got more"
    return list(found), reason


def _left_out(value: object) -> str | None:
    """Why not all of a leaf is looked at, if it is not."""
    if isinstance(value, plist.Unreadable | FormatError):
        return value.reason if isinstance(value, plist.Unreadable) else str(value)
    if isinstance(value, str | bytes | bytearray) and len(value) > LONGEST:
        return f"expected at most {LONGEST} characters or bytes in one value, got {len(value)}"
    return None


def _keys(key: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The keys on the way that were not seen before, each with the keys before it."""
    parts = key.split("/")
    for number, part in enumerate(parts):
        if part not in seen:
            seen.add(part)
            yield "/".join(parts[:number]), part


def _shown(key: str) -> str:
    return "/".join("*" if in_text(part) else part for part in key.split("/"))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value[:LONGEST]).decode("latin-1").translate(_CONTROLS)
    return ""


KEY, VALUE, TIME, LENGTH, ACCOUNTS = "(key)", "(value)", "(time)", "(length)", "(accounts)"
"""What `facts` gives for each value."""
TABLE, COLUMN, ACCOUNT = "(table)", "(column)", "(account)"
"""What `mentions` gives beside `KEY` for each account."""

Stored = tuple[str, Mapping[str, Any]]
"""A locator and what is there, as `table.records` takes it."""


def facts(value: Any) -> Iterator[Stored | Gap]:
    """Each leaf of a value: keys on the way, the value as text, a date, or the length of bytes, and accounts in it.

    A locator is the numbers of the entries on the way. More than `nested` bounds allow is a Gap, and so is what is not
    searched. Of a text whose keys say that it is a secret only the length is given.
    """
    try:
        for leaf in nested.leaves(value):
            place = leaf.place or "value"
            if isinstance(leaf.value, plist.Unreadable | FormatError):
                reason = leaf.value.reason if isinstance(leaf.value, plist.Unreadable) else str(leaf.value)
                yield Gap(locator=place, reason=reason[:200])
            else:
                yield place, {KEY: leaf.key, **_fact(leaf)}
                if (left := _left_out(leaf.value)) is not None:
                    yield Gap(locator=f"{place}.{ACCOUNTS}", reason=left)
    except FormatError as e:
        yield Gap(locator="end", reason=str(e))


def _fact(leaf: nested.Leaf) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(leaf.value, datetime):
        found[TIME] = leaf.value
    elif isinstance(leaf.value, bytes) or (isinstance(leaf.value, str) and nested.is_secret(leaf.key)):
        found[LENGTH] = len(leaf.value)
    elif leaf.value is not None and not isinstance(leaf.value, Mapping | list):
        found[VALUE] = str(leaf.value)
    texts = (*leaf.key.split("/"), _as_text(leaf.value))
    found[ACCOUNTS] = tuple(dict.fromkeys(one for text in texts for one in in_text(text))) or None
    return found


def mentions(db: Database, name: str) -> Iterator[Stored | Gap]:
    """Every account in the cells of a table, whatever they hold, each once a cell; with table, column and keys.

    Rows without one are passed over. A cell that cannot be opened, or is not searched in whole, is a Gap.
    """
    for row in db.rows(name):
        if isinstance(row, Gap):
            yield row
        else:
            yield from _in_row(name, row)


def _in_row(name: str, row: Row) -> Iterator[Stored | Gap]:
    for column, stored in row.items():
        if not isinstance(stored, str | bytes) or isinstance(stored, Undecodable):
            continue
        place = f"{row.locator}.{column}"
        try:
            found, reason = search(stored)
        except FormatError as e:
            yield Gap(locator=place, reason=f"{column}: {e!s:.200}")
            continue
        for number, (key, one) in enumerate(found, 1):
            yield f"{place}/{number}", {TABLE: name, COLUMN: column, KEY: key or None, ACCOUNT: one}
        if reason is not None:
            yield Gap(locator=place, reason=f"{column}: {reason:.200}")
