"""Which names domains imitate, and in which countries those publish: whose readers were meant.

A domain's registered label is compared with the names of the sites in reference lists, hyphens dropped: the same name
under another suffix, the same with digits for letters, or with one slip of the keyboard. Nothing is said where

- the name is one that anybody may use, unless readers of several countries know it or it is used under the suffix of
  its own country: English words, a name of which hardly anything is its own (`inews`), or that other sites use as a
  word or in several countries;
- the slip makes another name of it: by the first letter, in what is short, or into English words;
- names of several sites are as near, or the domain is in the lists itself.

Of the country nothing is said where the sites publish in several, or the domain's own suffix names another one:
`inews.gr.com` is not the Indonesian `inews.id`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridle.infra.base import Base, Claim
from bridle.infra.generations import InferenceError
from bridle.infra.generations_features import parted, suffixes
from bridle.infra.generations_words import pieces
from bridle.infra.graph_traits import MANY, Trait
from bridle.infra.themes_sites import Site, Sites, country_of, read_sites
from bridle.infra.themes_spelling import DIGITS, plain

SHORTEST = 5
"""Letters of a name that is compared at all."""
SLIPPING = 8
"""Letters of a name that is compared with a slip."""
SLIPPING_CORE = 6
"""Letters of the part that tells a name, for a slip to lie in it."""
TELLING = 4
"""Letters of that part for the name to be compared at all."""
SHARED = 3
"""Other names that begin or end with a name, or sections that are called so: `novosti` is a word of its language."""
PLATFORM = 10
"""Countries whose lists name a site that is known everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What one domain imitates, or why nothing is said of it."""

    domain: str
    name: str
    """The name it is near to."""
    sites: tuple[str, ...]
    """The sites that bear the name."""
    how: str
    """`same name`, `digits for letters` or `one slip`."""
    countries: tuple[str, ...]
    """Where they publish, ISO codes in lower case; empty where that cannot be said."""
    abstained: str | None
    """Why it is not said that the domain imitates the name; None where it is."""
    no_country: str | None
    """Why no country is named."""
    references: tuple[str, ...]
    """Rows of the reference lists."""
    sources: tuple[str, ...] = ()
    """Rows that the domain was read from."""
    generations: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """The themes of a base's domains."""

    examined: int
    """Domains that were compared."""
    sites: int
    themes: tuple[Theme, ...]
    warnings: tuple[str, ...]

    def countries(self) -> dict[str, int]:
        """How many domains imitate names of each country, most first."""
        return dict(Counter(c for t in self.themes if not t.abstained for c in t.countries).most_common())


class Reader:
    """Compares domains with the names of reference sites."""

    def __init__(self, sites: Sites, suffix_of: Callable[[str], str | None]) -> None:
        self._sites = sites
        self._suffix_of = suffix_of

    def theme(self, domain: str) -> Theme | None:
        """What a domain is near to; None where it is near to nothing."""
        label, suffix = parted(domain, self._suffix_of)
        found = self._near(label)
        if found is None:
            return None
        how, sites = found
        at_home = [s for s in sites if country_of(suffix) in s.published()]
        sites = at_home or sites
        abstained = self._why_not(label, f"{label}.{suffix}", how, sites, bool(at_home))
        countries, no_country = _countries(suffix, sites)
        return Theme(
            domain=domain,
            name=sites[0].name,
            sites=tuple(s.domain for s in sites),
            how=how,
            countries=() if abstained else countries,
            abstained=abstained,
            no_country=no_country,
            references=tuple(row for s in sites for row in s.rows[:2]),
        )

    def _near(self, label: str) -> tuple[str, list[Site]] | None:
        """The sites whose name is nearest to a label, and how near."""
        name = label.replace("-", "")
        if len(name) < SHORTEST:
            return None
        if name in self._sites.by_name:
            return "same name", self._sites.by_name[name]
        letters = name.translate(DIGITS)
        same = self._sites.by_plain.get(plain(name), []) if letters.isalpha() else []
        if same := [s for s in same if s.name.translate(DIGITS) == letters]:
            return "digits for letters", same
        if len(name) < SLIPPING:
            return None
        slips = [s for other in self._sites.spellings.near(name) for s in self._sites.by_name[other]]
        return ("one slip", slips) if slips else None

    def _why_not(self, label: str, registered: str, how: str, sites: Sequence[Site], at_home: bool) -> str | None:
        """Why a domain is not said to imitate these sites."""
        if registered in self._sites.by_domain:
            return "is in the reference lists itself"
        if len({s.name for s in sites}) > 1:
            return "several names are as near"
        if len(sites) > 1 and len({s.published() for s in sites}) > 1 and not _platform(sites):
            return "sites of several countries bear the name"
        if how == "one slip":
            return self._why_no_slip(label, sites)
        return None if at_home else self._why_common(sites)

    def _why_common(self, sites: Sequence[Site]) -> str | None:
        """Why a name is one that anybody may use; a name that is widely known is not."""
        name = sites[0].name
        if any(s.widely_known() for s in sites):
            return None
        start, end = self._sites.core(name)
        if end - start < TELLING:
            return "too little of the name is its own"
        if of_words(name):
            return "the name is of common words"
        return "other sites use it as a word" if self._sites.uses(name) >= SHARED else None

    def _why_no_slip(self, label: str, sites: Sequence[Site]) -> str | None:
        """Why a label one slip away is a name of its own."""
        common = self._why_common(sites)
        if common:
            return common
        if of_words(label):
            return "the domain is of common words itself"
        name, flat = sites[0].name, label.replace("-", "")
        if flat[:1] != name[:1]:
            return "it begins with another letter"
        start, end = self._sites.core(name)
        kept = flat.startswith(name[:end]) if start == 0 else flat.endswith(name[start:])
        if end - start < SLIPPING_CORE and not kept:
            return "the part of the name that tells it is short, and not the same"
        return None


def of_words(label: str) -> bool:
    """Whether a label is made of words that people would read in it, in English: short ones only between hyphens."""
    found = [(p, part) for part in label.split("-") for p in pieces(part)]
    return all(p.level is not None and (len(p.text) > 2 or p.text == part) for p, part in found) and bool(found)


def _platform(sites: Sequence[Site]) -> bool:
    """Whether one of these sites is known in so many countries that the name is its."""
    return any(len(s.countries) >= PLATFORM for s in sites)


def _countries(suffix: str, sites: Sequence[Site]) -> tuple[tuple[str, ...], str | None]:
    """Where sites publish, or why that is not said."""
    where = sorted({c for s in sites for c in s.published()})
    own = country_of(suffix)
    if not where or not all(s.published() for s in sites):
        return (), "it publishes in no single country"
    if own and own not in where:
        return (), f"its own suffix is of {own}"
    return tuple(where), None


def themes(base: Base, folder: Path, vendor: str | None = None) -> Themes:
    """The themes of the base's domains that sources call an attacker's, of one vendor or all.

    Raises InferenceError where the folder holds no list of sites, BaseError.
    """
    try:
        suffix_of = suffixes(private=True)
        sites = read_sites(folder, suffix_of)
    except ImportError:
        raise InferenceError("publicsuffixlist is not installed; run `pip install 'bridle[infra]'`") from None
    except OSError as e:
        raise InferenceError(f"{folder} cannot be read: {e.strerror}") from None
    if not sites.by_domain:
        raise InferenceError(f"{folder} holds no list of sites: CSV files with a column `url`, such as mx.csv")
    reader = Reader(sites, suffix_of)
    domains: dict[str, list[Claim]] = {}
    for claim in base.claims(kind="domain", says="attacker"):
        domains.setdefault(claim.value, []).append(claim)
    found = []
    for domain, claims in domains.items():
        vendors = {c.vendor for c in claims if c.vendor}
        if vendor is None or vendor.casefold() in {v.casefold() for v in vendors}:
            theme = reader.theme(domain)
            found.append((theme, claims, vendors))
    return Themes(
        examined=len(found),
        sites=len(sites.by_domain),
        themes=tuple(
            replace(
                theme,
                sources=tuple(f"{c.file}, {c.locator}" for c in claims),
                vendors=tuple(sorted(vendors)),
                generations=tuple(sorted({c.generation for c in claims if c.generation})),
            )
            for theme, claims, vendors in found
            if theme
        ),
        warnings=tuple(sites.warnings),
    )


def as_traits(found: Themes) -> list[Trait]:
    """Names that several domains imitate, as reasons to join them."""
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for theme in found.themes:
        if not theme.abstained:
            members.setdefault(theme.name, {})[theme.domain] = theme.references[:2]
    return [Trait("theme", name, of) for name, of in sorted(members.items()) if 1 < len(of) <= MANY]
