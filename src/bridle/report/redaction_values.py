"""Values of records without what tells of a person. What is not known to be harmless is hidden."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from bridle.report import redaction_words as ordinary
from bridle.report.redaction_tokens import Tokens, compared

WITHHELD = re.compile(r"restricted(?: indicator(?: [0-9]+)?)?\Z")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9:]{8}(?:\.[0-9]{1,6})?(Z?)\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_PLAIN_PLACE = re.compile(r"(?:line [0-9]{1,12}|offset (?:0x)?[0-9a-f]{1,16}|\[[0-9]{1,12}\]|[0-9]{1,15})\Z")
_FIELD = re.compile(r"[a-z_][a-z0-9_]{0,63}\Z")
_EMAIL = re.compile(r"[^\s@/]{1,64}@[^\s@/]{1,253}\Z")
_NUMBER = re.compile(r"(?:tel:|[PE]:)?\+?[0-9][0-9 ().-]{5,24}\Z")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{2}:?){16,64}\Z")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\Z")
_OF_KINDS = {
    "phone-number": "phone", "account": "account", "email": "account", "url": "url", "domain": "domain",
    "ip-address": "address", "file-path": "file", "file-name": "file", "process-name": "process", "bundle-id": "app",
    "package-name": "app", "profile-id": "profile", "text": "text", "sha256": "digest", "sha1": "digest",
    "md5": "digest", "cert-sha256": "digest", "cert-sha1": "digest", "cert-md5": "digest", "property-name": "text",
}  # fmt: skip
_APP = re.compile(r"(?:.*_)?(?:package|package_name|bundle|bundle_id|installer|component|app)")
_PERSON = re.compile(
    r"(?:first|last|full|given|family|display|nick|user|owner|contact|person|push|middle)_?name|author"
)
_POSITION = re.compile(r"lat(?:itude)?|lon(?:gitude)?|lng|altitude|accuracy|(?:.*_)?(?:latitude|longitude|position)")
_BIRTH = re.compile(r".*birth.*")
_LARGE = 1_000_000
"""From here on whole numbers keep two digits and their size: a telephone number can be stored as one."""
_MOST_NAMED = 500
"""Indicators that are looked for inside of hidden values."""


class Values:
    """Redacts what records of one case hold."""

    def __init__(self, tokens: Tokens, indicators: Iterable[str], *, keep_times: bool) -> None:
        """`indicators` are published values: they are shown where they stand, and nothing around them."""
        self._tokens, self._keep_times = tokens, keep_times
        self._published = {compared("account", v): v for v in indicators}
        searched = sorted(self._published, key=lambda v: (-len(v), v))[:_MOST_NAMED]
        alternatives = "|".join(rf"(?<![A-Za-z0-9]){re.escape(v)}(?![A-Za-z0-9])" for v in searched)
        self._within = re.compile(alternatives, re.IGNORECASE) if searched else None

    def evidence(self, e: Mapping[str, Any]) -> dict[str, Any]:
        """One row of evidence of a finding."""
        artifact = str(e["table"]).rpartition(".")[0]
        return {
            "table": e["table"], "path": self.path(str(e["path"])), "sha256": self.digest(e["sha256"]),
            "locator": self.place(str(e["locator"])), "time": self.time(e["time"]),
            "values": {self._name(k): self.value(v, k, artifact) for k, v in e["values"].items()},
        }  # fmt: skip

    def _name(self, field: str) -> str:
        return field if _FIELD.match(field) else self._tokens.token("text", field)

    def value(self, value: Any, field: str = "", artifact: str = "") -> Any:
        """Any value of a record."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._tokens.token("position", repr(value)) if _POSITION.fullmatch(field) else rounded(value)
        if isinstance(value, list | tuple):
            return [self.value(v, field, artifact) for v in value]
        if isinstance(value, Mapping):
            return {self.text(str(k), field, artifact): self.value(v, str(k), artifact) for k, v in value.items()}
        return self.text(str(value), field, artifact)

    def text(self, text: str, field: str = "", artifact: str = "") -> str:
        """Text of a record: as it is where it is known, else a token, and which published values stand in it."""
        if not text or WITHHELD.match(text):
            return text
        if (published := self._published.get(compared("account", text))) is not None:
            return published
        if (time := self._coarse(text, field)) is not None:
            return time
        if text in ordinary.everywhere() or text in ordinary.of_artifact(artifact):
            return text
        category = _category(text, field, artifact)
        token = self._file(text) if category == "file" else self._tokens.token(category, text)
        return token + self._naming(text)

    def _naming(self, text: str) -> str:
        if self._within is None:
            return ""
        found = {self._published.get(compared("account", m), "") for m in self._within.findall(text)} - {""}
        return f" naming {', '.join(sorted(found))}" if found else ""

    def time(self, text: str | None) -> str | None:
        """A time, to the day unless times are kept."""
        return text if text is None else self._coarse(text, "") or self._tokens.token("text", text)

    def _coarse(self, text: str, field: str) -> str | None:
        if _BIRTH.fullmatch(field):
            return None
        if (found := _TIME.match(text)) is not None:
            return text if self._keep_times else f"{found[1]}T00:00:00{found[2]}"
        return text if _DAY.match(text) else None

    def path(self, path: str) -> str:
        """Where a file lies, by the pattern that its artifact is found by."""
        if path in self._published.values() or WITHHELD.match(path):
            return path
        glob = ordinary.pattern_of(path)
        if glob is None:
            return path if path in ordinary.everywhere() else self._file(path) + self._naming(path)
        return f"{glob} {self._tokens.token('file', path)}" if ordinary.is_wild(glob) else glob

    def _file(self, path: str) -> str:
        """The folders that are known to be on every device, and a token for the rest."""
        parts = path.split("/")
        known = next((n for n in range(len(parts) - 1, 1, -1) if "/".join(parts[:n]) in ordinary.folders()), 0)
        begin = "/".join(parts[:known]) + "/" if known else ""
        return begin + self._tokens.token("file", path)

    def digest(self, text: str | None) -> str | None:
        """The digest of a file that only this phone has tells whose it is; a published one does not."""
        if text is None or WITHHELD.match(text):
            return text
        return self._published.get(text.casefold()) or self._tokens.token("digest", text)

    def place(self, locator: str) -> str:
        """Where in a file: numbers as they are, names hidden."""
        plain = _PLAIN_PLACE.match(locator) or WITHHELD.match(locator)
        return locator if plain else self._tokens.token("place", locator)


def rounded(value: float) -> float:
    """Large whole numbers and all fractions to two digits."""
    if isinstance(value, int):
        return value if abs(value) < _LARGE else round(value, 2 - len(str(abs(value))))
    return float(f"{value:.2g}")


def counted(value: int) -> int:
    """A count that nobody is told from: at least 5 where it is not 0, and two digits of it."""
    return value if value <= 0 else max(5, round(value, 2 - len(str(value))) if value >= 100 else value)


def _category(text: str, field: str, artifact: str) -> str:
    """What a hidden value is called: by the kind of its field, else by its shape, else by its field's name."""
    if (kind := ordinary.kinds_of(artifact).get(field)) is not None and kind != "account":
        return _OF_KINDS.get(kind, "text")
    if (shape := _shape(text)) is not None:
        return "app" if shape == "domain" and _APP.fullmatch(field) else shape
    return "account" if kind == "account" else next((name for f, name in _NAMES if f.fullmatch(field)), "text")


_NAMES = ((_PERSON, "person"), (_APP, "app"))
_SHAPES = (
    (_NUMBER, "phone"), (_EMAIL, "account"), (_UUID, "id"), (_DIGEST, "digest"), (re.compile(r"/\S{1,500}\Z"), "file"),
    (re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:\S{1,4000}\Z"), "url"), (_DOMAIN, "domain"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _shape(text: str) -> str | None:
    """What a value looks like."""
    bare = text.removeprefix("mailto:")
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return next((name for shape, name in _SHAPES if shape.match(bare)), None)
    return "address"
