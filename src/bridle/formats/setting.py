"""Values of property lists as rows, for files whose keys are many and differ from one system to the next.

Of data only the length is told, and of passwords, tokens and keys only that they are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from plistlib import UID

from bridle.core import FilePath, Gap, Record, Text, Utc, note, record
from bridle.formats.leaves import Leaf, leaves
from bridle.formats.plist import Unreadable
from bridle.formats.secret import is_secret
from bridle.formats.values import naive_utc

LONGEST = 16 << 10
"""Characters of a text that are kept."""
_LONGEST_PATH = 4096


@record
class Setting(Record):
    """One value of the property list."""

    key: str = note(
        doc="keys on the way to the value, joined by `/`; elements of lists are counted from 1, and so is, as `~2` and "
        "the number, a key that does not decode"
    )
    type: str = note(doc="`text`, `integer`, `real`, `boolean`, `date`, `data`, `list`, `dictionary`, `null` …")
    value: Text | None = note(doc="text, number or truth value, as text; none for a secret, and for what is empty")
    path: FilePath | None = note(doc="the value, where it begins with `/`")
    time: Utc | None = note(doc="the value, where it is a date")
    length: int | None = note(doc="bytes of data, or characters of a text that was cut or is a secret; not kept")


def settings(stored: object, at: str = "", *, path: str | None = None) -> Iterator[Setting | Gap]:
    """A `Setting` for each value in `stored`, whose place is `at` and whose keys begin with `path`."""
    for leaf in leaves(stored, at, path=path):
        yield leaf if isinstance(leaf, Gap) else setting(leaf)


def setting(leaf: Leaf) -> Setting | Gap:
    """One value as a row."""
    value, place = leaf.value, leaf.place or "(value)"
    if isinstance(value, Unreadable):
        return Gap(locator=place, reason=f"Setting: {value.reason}")
    kind, text, time, length = _read(leaf.key, value)
    is_path = text is not None and text.startswith("/") and len(text) <= _LONGEST_PATH
    return Setting(
        locator=place, key=leaf.path, type=kind, value=text, path=text if is_path else None, time=time, length=length
    )


def _read(key: str, value: object) -> tuple[str, str | None, Utc | None, int | None]:
    """Type, text, time and length of a value."""
    if isinstance(value, str):
        if is_secret(key) and value:
            return "text", None, None, len(value)
        text = value.encode("utf-8", "backslashreplace").decode()
        return "text", text[:LONGEST], None, len(text) if len(text) > LONGEST else None
    if isinstance(value, bytes | bytearray):
        return "data", None, None, len(value)
    if isinstance(value, datetime):
        return "date", None, naive_utc(value), None
    if isinstance(value, UID):
        return "reference", str(value.data), None, None
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "real")):
        if isinstance(value, kind):
            return name, str(value), None, None
    if value is None:
        return "null", None, None, None
    return "dictionary" if isinstance(value, dict) else "list", None, None, None
