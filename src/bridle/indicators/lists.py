"""Plain lists: one value a line, or CSV with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from bridle.formats.urls import is_domain
from bridle.indicators.model import KINDS, Indicator, Warning_
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.stix import FeedError

_STEMS = {
    "domains": "domain", "domain": "domain", "emails": "email", "email": "email", "processes": "process-name",
    "process": "process-name", "files": "file-name", "file": "file-name", "paths": "file-path", "urls": "url",
    "url": "url", "ips": "ip-address", "ip": "ip-address", "sha256": "sha256", "sha1": "sha1", "md5": "md5",
    "hashes": "sha256", "apps": "app-id", "packages": "app-id", "certs": "cert", "profiles": "profile-id",
}  # fmt: skip
_HEADERS = {
    "domain": "domain", "domain name": "domain", "hostname": "domain", "host": "domain", "fqdn": "domain", "url": "url",
    "ip": "ip-address", "ip address": "ip-address", "email": "email", "process": "process-name", "path": "file-path",
    "sha256": "sha256", "sha1": "sha1", "md5": "md5", "package": "app-id", "bundle": "app-id", "app": "app-id",
}  # fmt: skip
_DECLARED = re.compile(r"#\s*kind:\s*([\w-]+)")


def read_text(text: str, feed: str, stem: str) -> tuple[list[Indicator], list[Warning_]]:
    """One value a line. Its kind is declared (`# kind: process-name`), or told by the file name or the value."""
    declared = _DECLARED.match(text)
    kind = (
        declared[1] if declared else next((k for s, k in _STEMS.items() if stem == s or stem.endswith("_" + s)), None)
    )
    if kind is not None and kind not in KINDS:
        raise FeedError(f"`# kind: {kind}` is no kind of indicator; expected one of {', '.join(KINDS)}")
    found: list[Indicator] = []
    warnings: list[Warning_] = []
    for n, line in enumerate(text.splitlines(), 1):
        value = line.partition("#")[0].strip() if kind != "url" else line.strip()
        if value and not value.startswith("#"):
            _add(found, warnings, feed, f"line {n}", kind or shape(value), value)
    return found, warnings


def read_csv(text: str, feed: str) -> tuple[list[Indicator], list[Warning_]]:
    """A header with `kind` and `value`, or with columns named after kinds. Raises FeedError."""
    rows = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=_delimiter(text))
    header = [c.strip().lower().replace("_", " ") for c in next(_rows(rows), (1, []))[1]]
    kind_at = next((i for i, c in enumerate(header) if c in ("kind", "type", "indicator type")), None)
    value_at = next((i for i, c in enumerate(header) if c in ("value", "indicator", "ioc")), None)
    named = [(i, _HEADERS[c]) for i, c in enumerate(header) if c in _HEADERS]
    if value_at is None and not named:
        raise FeedError("a CSV feed needs a header with `kind` and `value`, or with columns such as `domain` and `ip`")
    found: list[Indicator] = []
    warnings: list[Warning_] = []
    for n, row in _rows(rows):
        cells = [(kind_at, value_at)] if value_at is not None else []
        for k, v in cells:
            if v is not None and v < len(row) and row[v].strip():
                given = row[k].strip().lower() if k is not None and k < len(row) else ""
                _add(found, warnings, feed, f"line {n}", _kind(given) or shape(row[v].strip()), row[v].strip())
        for i, kind in named if value_at is None else []:
            if i < len(row) and row[i].strip():
                _add(found, warnings, feed, f"line {n}", kind, row[i].strip())
    return found, warnings


def _rows(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number. Raises FeedError where it stops being CSV."""
    n = 2
    try:
        for n, row in enumerate(rows, 2):
            yield n, row
    except csv.Error as e:
        raise FeedError(f"after line {n}: {e}") from None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _kind(given: str) -> str | None:
    return given if given in KINDS else _HEADERS.get(given) or _STEMS.get(given)


def _add(found: list[Indicator], warnings: list[Warning_], feed: str, place: str, kind: str | None, value: str) -> None:
    if kind is None:
        warnings.append(Warning_(feed=feed, place=place, reason=f"the kind of {value!r:.60} cannot be told"))
        return
    try:
        normal = NORMALISE[kind](value)
    except ValueError as e:
        warnings.append(Warning_(feed=feed, place=place, reason=str(e)))
        return
    found.append(Indicator(kind=kind, value=normal, shown=value, feeds=(feed,)))


def shape(value: str) -> str | None:
    """The kind of indicator a bare value looks like; None if it could be anything."""
    tests = [
        ("url", "://" in value), ("email", "@" in value), ("file-path", value.startswith("/")),
        ("sha256", re.fullmatch(r"[0-9A-Fa-f]{64}", value)), ("sha1", re.fullmatch(r"[0-9A-Fa-f]{40}", value)),
        ("md5", re.fullmatch(r"[0-9A-Fa-f]{32}", value)), ("ip-address", _is_address(value)),
        ("domain", is_domain(value.lower().rstrip(".")) and not re.search(r"\s", value)),
    ]  # fmt: skip
    return next((kind for kind, fits in tests if fits), None)


def _is_address(value: str) -> bool:
    try:
        return bool(NORMALISE["ip-address"](value))
    except ValueError:
        return False
