"""Reference lists of sites: which names exist, and in which countries they publish.

A folder of CSV files, one for a country, named by its code (`mx.csv`) or otherwise (`global.csv`), with a column `url`:
the format of the Citizen Lab's test lists, https://github.com/citizenlab/test-lists. The lists are the user's; none is
shipped. A list says which sites matter to a country's readers, not that they publish there: what a site's own suffix
says comes first (`lexpress.fr` in the lists of Burundi and Gabon publishes in France).
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bridle.infra.generations_features import parted
from bridle.infra.generations_words import word_levels
from bridle.infra.themes_spelling import Spellings, plain

GENERIC = frozenset("ad ai as bz cc cd cf co dj fm ga gg gq io la li ly me ml ms nu sc sr su tk to tv vc vu ws".split())
"""Country suffixes that are sold to everybody, and so tell no country."""
WIDELY = 3
"""Countries whose lists name a site that is widely known; one under no country's suffix also if a list of no country
names it."""
AFFIX = 20
"""Names that begin or end with a common word which by itself tells nothing (`news`, `online`)."""
COMMON, SHORT_AFFIX = 20, 4
"""The level of such a word, and its letters at least."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one list that are read."""
LONGEST_PATH = 200
WORDS = re.compile("[a-z]{5,}")
MOST_WORDS = 500_000
"""Characters of a path that are looked at, what is a word in it, and how many of them are kept."""
MOST = 2_000_000
"""Rows of all lists together."""


@dataclass(slots=True)
class Site:
    """One site of the reference lists."""

    domain: str
    name: str
    """Its registered label without hyphens."""
    suffix: str
    countries: set[str] = field(default_factory=set)
    """Countries in whose lists it is."""
    anywhere: bool = False
    """Whether it is in a list of no country."""
    rows: list[str] = field(default_factory=list)
    """`FILE, line N` of the first rows that name it."""

    def published(self) -> frozenset[str]:
        """The country in which it publishes; empty where that cannot be said, as of an international site."""
        own = country_of(self.suffix)
        if own:
            return frozenset((own,))
        return frozenset(self.countries) if len(self.countries) == 1 and not self.anywhere else frozenset()

    def widely_known(self) -> bool:
        """Whether readers of several countries know it."""
        return len(self.countries) >= WIDELY or (self.anywhere and country_of(self.suffix) is None)


class Sites:
    """The sites of some lists, to be found by name. `warnings` are rows and files that could not be read."""

    def __init__(self, sites: dict[str, Site], warnings: list[str], sections: Mapping[str, int] | None = None) -> None:
        self.by_domain = sites
        self._sections = sections or {}
        self.warnings = warnings
        self.by_name: dict[str, list[Site]] = {}
        self.by_plain: dict[str, list[Site]] = {}
        for _, site in sorted(sites.items()):
            self.by_name.setdefault(site.name, []).append(site)
            self.by_plain.setdefault(plain(site.name), []).append(site)
        self.spellings = Spellings(self.by_name)
        self._forward = sorted(self.by_name)
        self._backward = sorted(name[::-1] for name in self.by_name)

    def uses(self, name: str) -> int:
        """How many other names and sections of sites are called so: it is a word of some language."""
        return self.named_after(name) + self._sections.get(name, 0)

    def named_after(self, name: str) -> int:
        """How many other names begin or end with this one."""
        return _starting(self._forward, name) + _starting(self._backward, name[::-1]) - 2 * (name in self.by_name)

    @cache  # noqa: B019 - an index lives as long as the run
    def is_affix(self, word: str) -> bool:
        """Whether a common word begins or ends so many names that it tells none of them."""
        return word_levels().get(word, 99) <= COMMON and self.named_after(word) >= AFFIX

    def core(self, name: str) -> tuple[int, int]:
        """Where the part of a name that tells it lies, from and to: `tengri` in `tengrinews`."""
        start, end = 0, len(name)
        for size in range(SHORT_AFFIX, end):
            if self.is_affix(name[:size]):
                start = size
        for size in range(SHORT_AFFIX, end - start):
            if self.is_affix(name[end - size :]):
                return start, end - size
        return start, end


def _starting(names: list[str], start: str) -> int:
    """How many sorted names start so."""
    return bisect_left(names, start + "\U0010ffff") - bisect_left(names, start)


def country_of(suffix: str) -> str | None:
    """The ISO code of the country that a public suffix names, in lower case: `gr` of `gr`, `com.gr` and `gr.com`."""
    for part in reversed(suffix.split(".")):
        if len(part) == 2 and part.isalpha() and part not in GENERIC and part != "eu":
            return "gb" if part == "uk" else part
    return None


def read_sites(folder: Path, suffix_of: Callable[[str], str | None]) -> Sites:
    """The sites of every CSV file in a folder. Raises OSError where the folder cannot be read."""
    sites: dict[str, Site] = {}
    warnings: list[str] = []
    sections: dict[str, list[str]] = {}
    left = MOST
    for file in sorted(folder.glob("*.csv")):
        code = file.stem.lower() if len(file.stem) == 2 else None
        for line, url in _urls(file, warnings):
            left -= 1
            if left < 0:
                warnings.append(f"{file.name}, line {line}: more than {MOST:,} rows; the rest is not read")
                break
            host = str(url.hostname)
            site = _take(sites, host, code, f"{file.name}, line {line}", suffix_of)
            if site:
                _sections(sections, site, f"{host.removesuffix(site.domain)}/{url.path[:LONGEST_PATH]}")
    return Sites(sites, warnings, {word: len(found) for word, found in sections.items()})


def _sections(sections: dict[str, list[str]], site: Site, text: str) -> None:
    """Note what sections of a site are called; of each word the first sites that use it."""
    for word in WORDS.findall(text.lower()):
        if word != site.name and (word in sections or len(sections) < MOST_WORDS):
            users = sections.setdefault(word, [])
            if len(users) < WIDELY and site.domain not in users:
                users.append(site.domain)


def _take(
    sites: dict[str, Site], host: str, code: str | None, row: str, suffix_of: Callable[[str], str | None]
) -> Site | None:
    """Add one row of a list."""
    label, suffix = parted(host, suffix_of)
    if not label:
        return None
    domain = f"{label}.{suffix}"
    site = sites.get(domain)
    if site is None:
        site = sites[domain] = Site(domain, label.replace("-", ""), suffix)
    if code:
        site.countries.add(code)
    else:
        site.anywhere = True
    if len(site.rows) < 5:
        site.rows.append(row)
    return site


def _urls(file: Path, warnings: list[str]) -> Iterator[tuple[int, SplitResult]]:
    """Line and URL of each row of a list; what is odd becomes a warning."""
    if file.stat().st_size > LARGEST:
        warnings.append(f"{file.name}: larger than {LARGEST >> 20} MiB; not read")
        return
    with file.open(encoding="utf-8", errors="replace", newline="") as text:
        rows = csv.DictReader(text)
        try:
            if "url" not in (rows.fieldnames or ()):
                warnings.append(f"{file.name}: no column `url`; not a list of sites")
                return
            for row in rows:
                url = _split(row["url"])
                if url is None:
                    warnings.append(f"{file.name}, line {rows.line_num}: {row['url'] or ''!r:.60} is no URL of a site")
                else:
                    yield rows.line_num, url
        except csv.Error as e:
            warnings.append(f"{file.name}, line {rows.line_num}: {e}; the rest is not read")


def _split(text: str | None) -> SplitResult | None:
    """A URL in its parts, None where its host is none or an address."""
    try:
        url = urlsplit(text or "")
        host = url.hostname
    except ValueError:
        return None
    if not host or "." not in host or ":" in host or host.replace(".", "").isdigit():
        return None
    return url
