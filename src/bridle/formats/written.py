"""Numbers and times written as text: each reader returns the meaning, or raises ValueError."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bridle.core import Utc
from bridle.formats.values import integer

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,19}(?:\.[0-9]{0,19})?")
_ZONED = re.compile(
    r"(\d{4})[-./](\d\d)[-./](\d\d)[ T_]{1,2}(\d{1,2})[:-](\d\d)[:-](\d\d)(?:[.,](\d{1,9}))?"
    r"(?:[ \u00a0\u202f]([AP])M)?[ \u00a0\u202f]?(Z|[+-]\d\d:?\d\d)",
    re.ASCII,
)


def whole(value: object) -> int:
    """A whole number written in decimal digits, within 64 bits. Raises ValueError."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return integer(int(value))
    raise ValueError(f"expected a whole number, got {value!r:.60}")


def decimal(value: object) -> float:
    """A number written in decimal digits, with or without a fraction. Raises ValueError."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    raise ValueError(f"expected a number, got {value!r:.60}")


def zoned(value: object) -> Utc:
    """Date, time and offset from UTC as text, such as `2023-05-24 13:29:15.759 -0700`, to the microsecond.

    Also with one digit for the hour, and AM or PM behind the seconds. Raises ValueError.
    """
    found = _ZONED.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"expected a date, a time and a zone, got {value!r:.60}")
    hour = int(found[4])
    if found[8] is not None:
        if not 1 <= hour <= 12:
            raise ValueError(f"expected an hour from 1 to 12 before AM or PM, got {value!r:.60}")
        hour = hour % 12 + (12 if found[8] == "P" else 0)
    zone = "+00:00" if found[9] == "Z" else f"{found[9][:3]}:{found[9][-2:]}"
    fraction = (found[7] or "")[:6].ljust(6, "0")
    stamp = f"{found[1]}-{found[2]}-{found[3]}T{hour:02}:{found[5]}:{found[6]}.{fraction}{zone}"
    try:
        return Utc(datetime.fromisoformat(stamp).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"expected a date, a time and a zone, got {value!r:.60}") from None
