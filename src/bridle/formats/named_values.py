"""Values of JSON that some tool wrote, sorted by what their names and their shapes say they are.

Names are compared without case and without what is no letter or digit: `proc_name` and `ProcName` are one. A value of
which neither tells anything is text, in which addresses are looked for; one too short for any is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bridle.core import WallClock
from bridle.formats.network_log import is_address

MOST_VALUES, DEEPEST = 2_000, 12
"""Of one object: values that are looked at, and objects within objects."""
LONGEST = 10_000
"""Characters of one value; of a longer one the beginning is kept."""
KINDS = (
    "urls", "domains", "ip_addresses", "emails", "phone_numbers", "processes", "apps", "paths", "files", "sha256",
    "sha1", "md5", "certificates", "profiles", "texts",
)  # fmt: skip

_PLAIN = re.compile(r"[^a-z0-9]+")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://\S")
_EMAIL = re.compile(r"[^\s@<>,;:/]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}\Z")
_HOST = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.){1,10}[A-Za-z0-9-]{2,63}\.?\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,18}\Z")
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})\Z")
_APP = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_-]{1,63}){1,10}\Z")
_SPEAKS = re.compile(r"[.@:/ ]")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")

_PROCESS = frozenset({"procname", "processname", "process", "proc", "procpath", "processpath"})
_APPS = frozenset(
    {
        "bundleid", "bundleidentifier", "appbundle", "bundle", "appid", "softwareversionbundleid", "packagename",
        "package", "client", "component", "appdomain",
    }
)  # fmt: skip
_DOMAINS = frozenset({"domain", "registrabledomain", "host", "hostname", "origin", "topframe", "servername", "query"})
_NUMBERS = frozenset(
    {
        "phonenumber", "number", "phone", "handle", "recipient", "sender", "user", "address", "caller", "callee",
        "identifier", "fromphonenumber", "tophonenumber", "destinationcallerid",
    }
)  # fmt: skip
_FILES = frozenset({"path", "filepath", "relativepath", "file", "filename", "transfername"})
_PROFILES = frozenset({"profileuuid", "profileid", "payloadidentifier"})
_HASHES = ("sha", "md5", "hash", "cert", "fingerprint", "digest")
_WHEN = ("isodate", "timestamp", "eventtime", "time", "date", "firstisodate", "liveisodate", "visitdate", "created",
         "modified", "lastmodified", "installdate")  # fmt: skip


def sorted_values(item: Any, leave_out: frozenset[str] = frozenset()) -> dict[str, tuple[str, ...]]:
    """The different values of an object by kind (`KINDS`), in the order in which they come.

    What lies below a name of `leave_out` is left out.
    """
    found: dict[str, dict[str, None]] = {}
    for name, value in _values(item, leave_out):
        for kind, one in _kinds(name, value):
            found.setdefault(kind, {}).setdefault(one)
    return {kind: tuple(values) for kind, values in found.items()}


def when(item: Any) -> WallClock | None:
    """The time that an object names first, as it is written: what its clock was set to is not told."""
    if not isinstance(item, Mapping):
        return None
    named = {_plain(k): v for k, v in item.items() if isinstance(k, str)}
    for name in _WHEN:
        if isinstance(value := named.get(name), str) and (time := clock(value)) is not None:
            return time
    return None


def clock(value: str) -> WallClock | None:
    """`2019-08-29 23:07:42.744511`, with or without an offset; None for anything else."""
    if not _TIME.match(value):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return WallClock(found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None))
    except (ValueError, OverflowError):
        return None


def given(value: Any) -> Any:
    """A value that was read already."""
    return value


def shown(value: str) -> str:
    """The text, cut, with halves of characters written out."""
    return value[:LONGEST].encode("utf-8", "backslashreplace").decode()


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.lower()[:100])


def _values(item: Any, leave_out: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Every text with the plain name it stands under; names that look like an app's are values too."""
    waiting: list[tuple[str, Any, int]] = [("", item, 0)]
    count = 0
    while waiting and count < MOST_VALUES:
        name, value, depth = waiting.pop()
        count += 1
        if isinstance(value, str):
            yield name, shown(value)
        elif isinstance(value, Mapping) and depth < DEEPEST:
            inner = [(k, v) for k, v in value.items() if k not in leave_out]
            yield from (("bundleid", shown(k)) for k, _ in inner[:MOST_VALUES] if k.count(".") > 1 and _APP.match(k))
            waiting += [(_plain(k), v, depth + 1) for k, v in reversed(inner[:MOST_VALUES])]
        elif isinstance(value, list) and depth < DEEPEST:
            waiting += [(name, v, depth + 1) for v in reversed(value[:MOST_VALUES])]


def _kinds(name: str, value: str) -> Iterator[tuple[str, str]]:
    """The kinds of a value; that of a file is also its name."""
    value = value.strip()
    bare = value[7:] if value[:7].lower() == "mailto:" else value
    kind = _shaped(name, bare) or _named(name, bare)
    if kind is not None:
        yield kind, bare.removeprefix("tel:")
    elif len(value) > 3 and _SPEAKS.search(value) and not _TIME.match(value):
        yield "texts", value
    if name in _FILES and (last := value.rpartition("/")[2]):
        yield "files", last


def _shaped(name: str, value: str) -> str | None:
    """What a value is by its shape."""
    if value.startswith("tel:") and _PHONE.match(value[4:]):
        return "phone_numbers"
    if _URL.match(value):
        return "urls"
    if _EMAIL.match(value):
        return "emails"
    if _HEXADECIMAL.match(value) and any(h in name for h in _HASHES):
        return "certificates" if "cert" in name else {32: "md5", 40: "sha1", 64: "sha256"}[len(value)]
    if is_address(value):
        return "ip_addresses"
    return "paths" if value.startswith("/") and "\n" not in value else None


def _named(name: str, value: str) -> str | None:
    """What a value is by its name, if its shape allows it."""
    if name in _PROCESS and value:
        return "processes"
    if name in _PROFILES and value:
        return "profiles"
    if name in _NUMBERS and _PHONE.match(value):
        return "phone_numbers"
    if name in _APPS and _APP.match(value.partition("/")[0]):
        return "apps"
    if name in _DOMAINS and _HOST.match(value):
        return "domains"
    return None
