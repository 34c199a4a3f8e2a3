"""What a reader of feeds has understood so far: indicators, problems with their place, and counts of what is alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from bridle.classes import dataclass
from bridle.formats.urls import is_domain
from bridle.indicators.model import KINDS, CompoundIndicator, Indicator, Related, Warning_
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.vocabulary import HASH

MOST_PROBLEMS = 900
"""Problems of one feed that are kept; the rest are counted in the last of them."""
_MOST_ALIKE = 90
"""Sorts of problems that are counted."""
_LONGEST = 8192
"""Characters of one value."""
_LONGEST_DOMAIN = 254

Read = tuple[Sequence[Indicator | CompoundIndicator], list[Warning_]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a feed says of a value beside the value itself."""

    campaigns: tuple[str, ...] = ()
    tlp: str | None = None
    confidence: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    revoked: bool = False
    surfaces: frozenset[str] | None = None
    related: tuple[Related, ...] = ()


NOTHING = Said()


@dataclass(slots=True)
class _Alike:
    """Problems that differ only in their place."""

    severity: str
    advice: str
    first: str
    count: int = field(default=0)


class Reading:
    """One feed while it is read."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self._feeds = (feed,)
        self._found: list[Indicator] = []
        self._problems: list[Warning_] = []
        self._beyond = 0
        self._alike: dict[str, _Alike] = {}
        self.refused = 0
        """Values that were not loaded, each told by itself."""

    def result(self) -> Read:
        """Everything that was found, and told: single problems first, then those that were counted."""
        told = [*self._problems, *(self._counted(reason, a) for reason, a in self._alike.items())]
        if self._beyond:
            reason = f"{self._beyond:,} more problems of this feed are not listed"
            told.append(Warning_(feed=self.feed, place=self.feed, reason=reason))
        return self._found, told

    @property
    def count(self) -> int:
        """Indicators that were found."""
        return len(self._found)

    def first_refused(self) -> str:
        """The first problem with its place."""
        return next((f"{p.place}: {p.reason}" for p in self._problems), "")

    def _counted(self, reason: str, a: _Alike) -> Warning_:
        where = a.first if a.count == 1 else f"{a.first} and {a.count - 1:,} more"
        return Warning_(feed=self.feed, place=where, reason=reason, severity=a.severity, advice=a.advice)

    def refuse(self, place: str, reason: str, advice: str = "", severity: str = "error") -> None:
        """Something at this place was not loaded, or not as it is written."""
        self.refused += 1
        if len(self._problems) >= MOST_PROBLEMS:
            self._beyond += 1
            return
        self._problems.append(
            Warning_(feed=self.feed, place=place[:120], reason=reason[:300], severity=severity, advice=advice)
        )

    def tally(self, reason: str, place: str, severity: str = "warning", advice: str = "") -> None:
        """Something that many places of a feed have in common: told once, with their number."""
        if len(self._alike) >= _MOST_ALIKE and reason not in self._alike:
            self._beyond += 1
            return
        self._alike.setdefault(reason, _Alike(severity, advice, place)).count += 1

    def add(self, kind: str | None, text: str, place: str, said: Said = NOTHING) -> None:
        """One value as the feed writes it. Its kind is told by its shape where the feed does not say it."""
        if (kind == "domain" or (kind is None and not _is_file(text))) and plain_domain(text):
            self._keep("domain", text, text, place, said)
            return
        if len(text) > _LONGEST:
            self.refuse(place, f"a value of {len(text):,} characters, beginning with {text!r:.40}")
            return
        value = refanged(text) if kind in _DEFANGED else text
        if value != text:
            self.tally("values are written so that they cannot be clicked, and are read as what they stand for", place,
                       "note")  # fmt: skip
        for sort, one in self._sorted(kind, value, place):
            try:
                normal = NORMALISE[sort](one)
            except ValueError as e:
                self.refuse(place, str(e), advice_on(sort, one))
            else:
                self._keep(sort, normal, text, place, said)

    def _keep(self, kind: str, value: str, shown: str, place: str, said: Said) -> None:
        s = said
        self._found.append(
            Indicator(
                kind=kind, value=value, shown=shown, feeds=self._feeds, campaigns=s.campaigns, tlp=s.tlp,
                confidence=s.confidence, valid_from=s.valid_from, valid_until=s.valid_until, revoked=s.revoked,
                surfaces=s.surfaces, related=s.related, place=place,
            )
        )  # fmt: skip

    def _sorted(self, kind: str | None, value: str, place: str) -> list[tuple[str, str]]:
        """The value with its kind; none if it has none, several if it stands for several."""
        if kind == HASH:
            kind = shape(value)
            if kind not in ("md5", "sha1", "sha256"):
                self.refuse(place, f"expected an MD5, SHA-1 or SHA-256 in hexadecimal, got {value!r:.60}")
                return []
        if kind in (None, "domain", "ip-address") and (host := without_port(value)) is not None:
            self.tally(PORTS, place)
            return [(str(shape(host)), host)]
        if kind in (None, "url") and _SCHEMELESS.match(value) is not None:
            self.tally("URLs have no scheme, and are looked for with http:// and https://", place, "note")
            return [("url", f"{scheme}://{value}") for scheme in ("http", "https")]
        if kind is None and (kind := shape(value)) is None:
            blank = len(value.split()) == 2 and shape("".join(value.split())) is not None
            self.refuse(place, f"the kind of {value!r:.60} cannot be told", _BLANK if blank else _UNTOLD)
            return []
        if kind == "domain" and _address(value):
            self.tally("addresses stand where domains are expected, and are looked for as addresses", place, "note")
            kind = "ip-address"
        if kind == "domain" and "://" in value and _PATH.search(value) is not None:
            self.tally("URLs stand where domains are expected: their hosts are looked for, with any path", place)
        return [(kind, value)]


_DEFANGED = frozenset({None, "domain", "url", "ip-address", "email"})
_HOSTS = ("domain", "ip-address")
_PLAIN_DOMAIN = re.compile(r"(?!www\.)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,24}")
_PORT = re.compile(r"([^/@\s:]+|\[[0-9A-Fa-f:]+\]):\d{1,5}")
_SCHEMELESS = re.compile(
    r"(?:(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3}(?=[^/]*/\d*[^\d]))(?::\d{1,5})?/\S*\Z"
)
_PATH = re.compile(r"://[^/?#]*[/?#][^/]")
_BLANK = "take the blank out, if what is left is what was meant"
_UNTOLD = "write `# kind: process-name` (or another kind) on the first line, or use a CSV with columns `kind,value`"


PORTS = "hosts are looked for whatever the port, which few records of a phone tell"


def without_port(value: str) -> str | None:
    """The domain or address before a port; None where there is no port, or no host."""
    found = _PORT.fullmatch(value)
    return found[1].strip("[]") if found is not None and shape(found[1].strip("[]")) in _HOSTS else None


def plain_domain(text: str) -> bool:
    """Whether the text is a domain exactly as domains are compared: most lines of most lists are."""
    return len(text) < _LONGEST_DOMAIN and _PLAIN_DOMAIN.fullmatch(text) is not None


_SCHEMES = re.compile(r"(h(?:xx|tx|xt|\*\*|tt)ps?|fxp|ftp):(?://|\[//\])", re.IGNORECASE)
_DOT = re.compile(r"\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?|\[\.|\.\]|(?<=\w) dot (?=\w)|\\\.", re.IGNORECASE)
_MARKS = re.compile(r"[\[({\\]")
_AT = re.compile(r"\s?[\[({]\s?(?:@|at)\s?[\])}]\s?", re.IGNORECASE)


def refanged(text: str) -> str:
    """A value that is written so that nobody clicks it (`hxxp://lure[.]example`), as what it stands for."""
    if text.startswith("/") or not (_MARKS.search(text) or " dot " in text or text[:1] in "hHfF"):
        return text
    value = text.replace("[://]", "://").replace("[:]", ":").replace("[/]", "/")
    if (scheme := _SCHEMES.match(value)) is not None:
        name = scheme[1].lower()
        plain = "ftp" if name in ("fxp", "ftp") else "https" if name.endswith("s") else "http"
        value = (plain if plain != name else scheme[1]) + "://" + value[scheme.end() :]
    return _AT.sub("@", _DOT.sub(".", value))


def shape(value: str) -> str | None:
    """The kind of indicator a bare value looks like; None if it could be anything."""
    tests = [
        ("url", "://" in value), ("email", "@" in value), ("file-path", value.startswith("/")),
        ("sha256", re.fullmatch(r"[0-9A-Fa-f]{64}", value)), ("sha1", re.fullmatch(r"[0-9A-Fa-f]{40}", value)),
        ("md5", re.fullmatch(r"[0-9A-Fa-f]{32}", value)), ("ip-address", _address(value)),
        ("file-name", _is_file(value) and "/" not in value and not re.search(r"\s", value)),
        ("domain", is_domain(_ascii(value.lower().rstrip("."))) and not re.search(r"\s", value)),
    ]  # fmt: skip
    return next((kind for kind, fits in tests if fits), None)


_FILES = frozenset(
    "apk apks bin bmp conf dat db dex dll dmg doc docx dylib exe gif ipa jar jpeg jpg js json log lock msi odex pdf"
    " plist png ppt pptx sqlite tmp txt vbs webp xls xlsx xml".split()
)
"""Endings of files that are no top-level domains."""


def _is_file(text: str) -> bool:
    """Whether a name ends like a file that no domain ends like."""
    return text.rpartition(".")[2].lower() in _FILES


def _ascii(host: str) -> str:
    """An internationalised name as punycode, or the name as it stands."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _address(value: str) -> bool:
    if not value[:1].isdigit() and ":" not in value:
        return False
    try:
        return bool(NORMALISE["ip-address"](value))
    except ValueError:
        return False


def advice_on(kind: str, value: str) -> str:
    """What to do about a value that is none of its kind."""
    if kind == "domain" and "/" in value:
        return "it has a path: publish it as a url, with http:// or https://"
    if kind == "domain" and re.search(r"\s", value):
        return _BLANK
    found = shape(value)
    if found is not None and found != kind:
        return f"it looks like one of kind {found}: publish it as that"
    return ""


def listed_kinds() -> str:
    """The kinds of indicators, for messages."""
    return ", ".join(KINDS)
