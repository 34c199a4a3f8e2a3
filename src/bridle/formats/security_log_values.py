"""Values of the events of Android's intrusion logging: times that are checked to be in their unit, addresses, answers.

Each reader raises ValueError for what it does not take.

Sources: https://developer.android.com/reference/android/app/admin/NetworkEvent ;
https://developer.android.com/reference/android/app/admin/SecurityLog.SecurityEvent
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime

from bridle.core import Utc
from bridle.formats.values import integer, text, unix_milliseconds, unix_nanoseconds

_EARLIEST, _LATEST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Between these lies every time a log can have; beyond, it is in another unit."""
_MOST = 1_000


def _plausible(read: Callable[[object], Utc], unit: str) -> Callable[[object], Utc | None]:
    def read_plausible(value: object) -> Utc | None:
        if value == 0:
            return None
        time = read(value)
        if not _EARLIEST < time < _LATEST:
            raise ValueError(f"expected {unit} since 1970 in this century, got {value!r:.60}")
        return time

    return read_plausible


milliseconds = _plausible(unix_milliseconds, "milliseconds")
"""Milliseconds since 1970 in this century; None for 0."""
nanoseconds = _plausible(unix_nanoseconds, "nanoseconds")
"""Nanoseconds since 1970 in this century; None for 0."""


def address(value: object) -> str | None:
    """What stands behind the slash of `/203.0.113.1` or `ip6-localhost/::1`. Raises ValueError."""
    found = text(value).rpartition("/")[2]
    ipaddress.ip_address(found.partition("%")[0])
    return found


def addresses(value: object) -> tuple[str, ...] | None:
    """The addresses of a list, each as `address` reads it; None for an empty list. Raises ValueError."""
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"expected a list of at most {_MOST} addresses, got {value!r:.60}")
    return tuple(a for v in value if (a := address(v)) is not None) or None


def host(value: object) -> str | None:
    """What stands before the slash of an address; None where nothing does. Raises ValueError."""
    return text(value).rpartition("/")[0] or None


def truth(value: object) -> bool:
    """True, false, 0 or 1. Raises ValueError."""
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise ValueError(f"expected true or false, got {value!r:.60}")


def given(value: object) -> str | None:
    """A text; None for an empty one. Raises ValueError."""
    return text(value) or None


def shown(value: object) -> str | None:
    """A text or a number, as text. Raises ValueError."""
    return str(integer(value)) if isinstance(value, int) and not isinstance(value, bool) else given(value)
