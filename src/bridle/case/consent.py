"""The consent record: who agreed to what, how and until when. Without one, a case is not shared."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from bridle.classes import dataclass

_LARGEST = 1 << 20

_TEMPLATE = """\
# Consent to an examination with bridle. Read it together with the person; keep what they agree to.
# A pseudonym will do for every name.

given_by = ""             # who consents
date = 2000-01-01         # when
language = "en"           # in which language it was explained
method = ""               # signed paper, recorded call, message …
witness = ""              # may stay empty
retention_until = 2000-12-31   # when the case must be destroyed

[scopes]
acquire = true            # collect data from the device
analyse = true            # examine what was collected
re_scan_until = 2000-12-31     # examine again with newer indicators until then
share_with = []           # organisations that may see the case
publish = false           # findings may be published
statistics = false        # counted in anonymous figures
"""


class ConsentError(ValueError):
    """The consent record cannot be used. The message says which line is wrong."""


class SharingRefusedError(Exception):
    """The case has no consent record, so it is not shared."""


class StatisticsRefusedError(Exception):
    """The consent record does not allow the case to be counted."""


class ReScanRefusedError(Exception):
    """The consent record does not allow the case to be examined again."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the person agreed to."""

    given_by: str
    date: datetime.date
    language: str
    method: str
    witness: str
    retention_until: datetime.date
    acquire: bool
    analyse: bool
    re_scan_until: datetime.date
    share_with: tuple[str, ...]
    publish: bool
    statistics: bool

    @classmethod
    def load(cls, path: Path) -> Consent:
        """Read a record. Raises ConsentError."""
        try:
            with path.open("rb") as file:
                values = tomllib.loads(file.read(_LARGEST).decode())
        except OSError as e:
            raise ConsentError(f"{path}: {e.strerror}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
            raise ConsentError(f"{path} is not TOML: {e}") from None
        scopes = values.pop("scopes", {})
        if not isinstance(scopes, dict):
            raise ConsentError(f"{path}: [scopes] must be a table; `bridle consent` writes a record to fill in")
        return cls(**_checked(path, values | scopes))

    def as_dict(self) -> dict[str, Any]:
        """For case.toml."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else list(value) if isinstance(value, tuple) else value


_TYPES: dict[str, tuple[type[Any], str]] = {
    "str": (str, "text"),
    "datetime.date": (datetime.date, "a date such as 2026-01-31"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": (list, "a list of names"),
}


def _checked(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for f in fields(Consent):
        kind, expected = _TYPES[str(f.type)]
        value = values.pop(f.name, None)
        if type(value) is not kind or (kind is list and not all(isinstance(v, str) for v in value)):
            raise ConsentError(f"{path}: {f.name}: expected {expected}, got {value!r:.60}")
        out[f.name] = tuple(value) if kind is list else value
    if values:
        raise ConsentError(f"{path}: {min(values)!r:.60} is not part of a consent record")
    if not out["given_by"] or not out["method"]:
        raise ConsentError(f"{path}: given_by and method must be filled in")
    if not (out["acquire"] and out["analyse"]):
        raise ConsentError(f"{path}: without the scopes acquire and analyse nothing may be examined")
    return out


def template() -> str:
    """A record to fill in."""
    return _TEMPLATE


def may_share(meta: Mapping[str, Any]) -> None:
    """Raises SharingRefusedError unless the case has a consent record or all of it is synthetic."""
    if isinstance(meta.get("consent"), Mapping):
        return
    sources = meta.get("sources") or []
    if sources and all(s.get("synthetic") is True for s in sources):
        return
    raise SharingRefusedError(
        "this case has no consent record, so it is not shared; examine again with --consent FILE.toml"
        " (`bridle consent` writes one to fill in)"
    )


def may_count(meta: Mapping[str, Any], today: datetime.date) -> None:
    """Raises StatisticsRefusedError unless the case may be part of anonymous figures today, or is all synthetic."""
    try:
        may_share(meta)
    except SharingRefusedError as e:
        raise StatisticsRefusedError(str(e).replace("shared", "counted")) from None
    consent = meta.get("consent")
    if not isinstance(consent, Mapping):
        return
    if consent.get("statistics") is not True:
        raise StatisticsRefusedError(f"its consent record does not allow statistics; leave the case out, or {_WIDEN}")
    try:
        kept = datetime.date.fromisoformat(str(consent["retention_until"]))
    except (KeyError, ValueError):
        raise StatisticsRefusedError(f"its consent record does not say until when it is kept; {_WIDEN}") from None
    if kept < today:
        raise StatisticsRefusedError(f"it was to be destroyed by {kept} (retention_until); delete it, or {_WIDEN}")


def may_re_scan(meta: Mapping[str, Any], today: datetime.date) -> None:
    """Raises ReScanRefusedError if the case has a consent record that does not cover another examination today."""
    consent = meta.get("consent")
    if not isinstance(consent, Mapping):
        return
    try:
        until = datetime.date.fromisoformat(str(consent["re_scan_until"]))
        kept = datetime.date.fromisoformat(str(consent["retention_until"]))
    except (KeyError, ValueError):
        raise ReScanRefusedError(
            f"its consent record does not say until when it may be examined again; {_WIDEN}"
        ) from None
    if kept < today:
        raise ReScanRefusedError(f"it was to be destroyed by {kept} (retention_until); delete it, or {_WIDEN}")
    if consent.get("analyse") is not True:
        raise ReScanRefusedError(f"its consent record does not allow analysis; {_WIDEN}")
    if until < today:
        raise ReScanRefusedError(f"it may be examined again until {until} only (re_scan_until); {_WIDEN}")


_WIDEN = "ask the person, and give the new record with `bridle recheck CASE --consent FILE.toml`"
