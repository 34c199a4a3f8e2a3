"""The consent record: who agreed to what, how and until when; and what a case's record allows on a day.

Each `may_…` raises an error that says what the record lacks and how it is widened. Synthetic evidence, where every
source carries the marker, is nobody's and needs none.
"""

from __future__ import annotations

import datetime
import re
import tomllib
import unicodedata
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
language = "LANGUAGE"           # in which language it was explained
method = ""               # signed paper, recorded call, message …
witness = ""              # may stay empty
retention_until = 2000-12-31   # when the case must be destroyed

[scopes]
acquire = true            # collect data from the device
analyse = true            # examine what was collected
re_scan_until = 2000-12-31     # examine again with newer indicators until then
share_with = []           # who may see the case: "Example Lab", "age1…", or "Example Lab <age1…>"
publish = false           # findings may be published
statistics = false        # counted in anonymous figures
"""


class ConsentError(ValueError):
    """The consent record cannot be used. The message says which line is wrong."""


class RefusedError(Exception):
    """Consent does not cover what was asked for. The message says how it is widened."""


class SharingRefusedError(RefusedError):
    """The case has no consent record, or one that does not let this recipient see it."""


class PublishingRefusedError(RefusedError):
    """The consent record does not allow findings to be published."""


class StatisticsRefusedError(RefusedError):
    """The consent record does not allow the case to be counted."""


class ReScanRefusedError(RefusedError):
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
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
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


def template(language: str = "en") -> str:
    """A record to fill in, of what was explained in this language. Raises ConsentError for what is no language tag."""
    if not _TAG.fullmatch(language):
        raise ConsentError(f"expected a language tag such as en, es or pt-BR, got {language!r:.60}")
    quoted = f'"{language}"'
    return _TEMPLATE.replace('"LANGUAGE"           ', f"{quoted:<14} ")


_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
"""The form of a language tag (RFC 5646), whatever it means."""


def today() -> datetime.date:
    """The day that consent is held against."""
    return datetime.datetime.now(datetime.UTC).date()


def is_synthetic(meta: Mapping[str, Any]) -> bool:
    """Whether every source of the case carries the marker of synthetic evidence, and there is one."""
    sources = meta.get("sources")
    rows = sources if isinstance(sources, list | tuple) else []
    return bool(rows) and all(isinstance(s, Mapping) and s.get("synthetic") is True for s in rows)


def kept_until(meta: Mapping[str, Any]) -> datetime.date | None:
    """The last day the case may be kept; None where no record says one."""
    return _day(_record(meta), "retention_until")


def overdue(meta: Mapping[str, Any], on: datetime.date) -> str | None:
    """What is to be said of a case that should have been destroyed by now; None of any other."""
    kept = kept_until(meta)
    if kept is None or kept >= on:
        return None
    return f"it was to be destroyed by {kept} (retention_until); `bridle withdraw CASE` does that, or {_WIDEN}"


def may_examine(consent: Consent, on: datetime.date) -> None:
    """Raises ConsentError for a record whose retention is over: what may not be kept is not made."""
    if consent.retention_until < on:
        raise ConsentError(
            f"the consent record lets the case be kept until {consent.retention_until} only (retention_until); "
            "ask the person, and give a new record with --consent FILE.toml"
        )


def may_share(meta: Mapping[str, Any]) -> None:
    """Raises SharingRefusedError unless the case has a consent record or all of it is synthetic."""
    if _record(meta) is None and not is_synthetic(meta):
        raise SharingRefusedError(
            "this case has no consent record, so it is not shared; examine again with --consent FILE.toml"
            " (`bridle consent` writes one to fill in)"
        )


def may_share_with(meta: Mapping[str, Any], recipient: str | None, on: datetime.date) -> None:
    """Raises SharingRefusedError unless the record names this recipient in `share_with` and the case may be kept.

    `recipient` is an organisation, or an age or SSH recipient. None is one that is not known yet, as of a file that is
    handed on later: then somebody must be named. An entry `Example Lab <age1…>` names both.
    """
    may_share(meta)
    consent = _record(meta)
    if consent is None:
        return
    _require_kept(meta, on, SharingRefusedError)
    named = consent.get("share_with")
    known = {form for entry in (named if isinstance(named, list | tuple) else ()) for form in _forms(str(entry))}
    if not known:
        raise SharingRefusedError(f"its consent record lets nobody else see it (share_with is empty); {_WIDEN}")
    if recipient is not None and _forms(recipient).isdisjoint(known):
        raise SharingRefusedError(
            f"its consent record does not let {recipient!r:.60} see it (share_with names others); {_WIDEN}"
        )


def may_publish(meta: Mapping[str, Any], on: datetime.date) -> None:
    """Raises PublishingRefusedError unless findings of the case may be published on that day."""
    try:
        may_share(meta)
    except SharingRefusedError as e:
        raise PublishingRefusedError(str(e).replace("shared", "published")) from None
    consent = _record(meta)
    if consent is None:
        return
    if consent.get("publish") is not True:
        raise PublishingRefusedError(f"its consent record does not allow publishing (publish = false); {_WIDEN}")
    _require_kept(meta, on, PublishingRefusedError)


def may_count(meta: Mapping[str, Any], today: datetime.date) -> None:
    """Raises StatisticsRefusedError unless the case may be part of anonymous figures today, or is all synthetic."""
    try:
        may_share(meta)
    except SharingRefusedError as e:
        raise StatisticsRefusedError(str(e).replace("shared", "counted")) from None
    consent = _record(meta)
    if consent is None:
        return
    if consent.get("statistics") is not True:
        raise StatisticsRefusedError(f"its consent record does not allow statistics; leave the case out, or {_WIDEN}")
    _require_kept(meta, today, StatisticsRefusedError)


def may_learn(meta: Mapping[str, Any], on: datetime.date) -> None:
    """Raises StatisticsRefusedError if the case has a consent record that does not allow statistics on that day.

    For names of the system that hold nothing of a person: a case without a record may be learned from at home.
    """
    if _record(meta) is not None:
        may_count(meta, on)


def may_re_scan(meta: Mapping[str, Any], today: datetime.date) -> None:
    """Raises ReScanRefusedError if the case has a consent record that does not cover another examination today."""
    consent = _record(meta)
    if consent is None:
        return
    until = _day(consent, "re_scan_until")
    if until is None:
        raise ReScanRefusedError(f"its consent record does not say until when it may be examined again; {_WIDEN}")
    _require_kept(meta, today, ReScanRefusedError)
    if consent.get("analyse") is not True:
        raise ReScanRefusedError(f"its consent record does not allow analysis; {_WIDEN}")
    if until < today:
        raise ReScanRefusedError(f"it may be examined again until {until} only (re_scan_until); {_WIDEN}")


def _record(meta: Mapping[str, Any]) -> Mapping[str, Any] | None:
    consent = meta.get("consent")
    return consent if isinstance(consent, Mapping) else None


def _require_kept(meta: Mapping[str, Any], on: datetime.date, refused: type[RefusedError]) -> None:
    if kept_until(meta) is None:
        raise refused(f"its consent record does not say until when it is kept; {_WIDEN}")
    if (why := overdue(meta, on)) is not None:
        raise refused(why)


def _day(consent: Mapping[str, Any] | None, name: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str((consent or {})[name]))
    except (KeyError, ValueError):
        return None


_KEYED = re.compile(r"\s*(?P<name>[^<>]*)<(?P<key>[^<>]+)>\s*")


def _forms(entry: str) -> frozenset[str]:
    """What one recipient is known by: a name whatever its case and spaces, a key without its comment; or both."""
    both = _KEYED.fullmatch(entry)
    parts = (both["name"], both["key"]) if both else (entry,)
    return frozenset(form for part in parts if (form := _form(part)))


def _form(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).split()
    if words and words[0].startswith(("ssh-", "ecdsa-", "sk-")) and len(words) > 1:
        return " ".join(words[:2])  # base64 tells upper from lower case
    return " ".join(words).casefold()


_WIDEN = "ask the person, and give the new record with `bridle recheck CASE --consent FILE.toml`"
