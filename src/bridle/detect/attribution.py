"""Which product left what was found, and who is said to run it: each with a confidence, and what it rests on.

A feed's label is one source's opinion, and lists are copied: `rules/any/attribution.toml` says which names mean one
product, and which feeds come from one source. A product is named by

- two independent sources that name it for the indicator: medium if both are known, else low;
- a rule with a published case, which says how sure that is;
- two findings of the device in different artifacts, of which each has a source that names it, and no other: low.

An operator is named only if two independent sources do, and is never more than medium. Nothing is attributed where
names disagree, or where a benign explanation fits.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.detect.benign import FITS
from bridle.detect.finding import CONFIDENCES, Attributed, Attribution, Finding
from bridle.detect.restrict import restricted
from bridle.detect.rule import RULES, Rule

_PRODUCT, _OPERATOR = ("product", "campaign"), ("operator",)
"""Roles of what a feed relates an indicator to."""
Said = dict[str, set[str]]
"""A name to the sources that say it."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What names mean, and where feeds come from."""

    products: Mapping[str, str]
    """Alias in small letters to the product's name."""
    makers: Mapping[str, str]
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    """Each source with the globs of its feeds' names."""

    def product(self, name: str) -> str | None:
        """The product that a name means, whole or as one of its words; None for none, or several."""
        text = _plain(name)
        if (found := self.products.get(text)) is not None:
            return found
        within = {
            p for alias, p in self.products.items() if re.search(rf"(?<![a-z0-9]){re.escape(alias)}(?![a-z0-9])", text)
        }
        return within.pop() if len(within) == 1 else None

    def source(self, feed: str) -> tuple[str, bool]:
        """Where a feed comes from, and whether that is known; of an unknown one, itself."""
        name = feed.lower()
        found = next((s for s, globs in self.sources if any(fnmatchcase(name, g) for g in globs)), None)
        return (found, True) if found else (feed, False)


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name.lower()).strip()


@lru_cache(maxsize=4)
def names(file: Path = RULES / "any" / "attribution.toml") -> Names:
    """Those shipped with bridle."""
    data = tomllib.loads(file.read_text("utf-8"))
    return Names(
        products={_plain(a): p["name"] for p in data["product"] for a in (p["name"], *p["aliases"])},
        makers={p["name"]: p["vendor"] for p in data["product"] if p["vendor"]},
        sources=tuple((s["name"], tuple(s["feeds"])) for s in data["source"]),
    )


def attributed(
    findings: Sequence[Finding],
    known: Mapping[tuple[str, str], Any],
    rules: Iterable[Rule],
    audience: str = "TLP:CLEAR",
) -> list[Finding]:
    """The findings, in their order, with what they are attributed to.

    `known` has the indicators by kind and value as shown. What is restricted beyond the audience names nothing.
    """
    by_id = {r.id: r for r in rules}
    said = [_said(f, known, audience) for f in findings]
    told = [_told(f, by_id, *s) for f, s in zip(findings, said, strict=True)]
    together = _together(findings, [s[0] for s in said], told)
    return [
        replace(f, attribution=t or (Attribution(product=together[n]) if n in together else None))
        for n, (f, t) in enumerate(zip(findings, told, strict=True))
    ]


def _said(f: Finding, known: Mapping[tuple[str, str], Any], audience: str) -> tuple[Said, Said]:
    """Products and operators that sources name for the finding's indicator."""
    products: Said = defaultdict(set)
    operators: Said = defaultdict(set)
    if f.indicator is None or restricted(f.indicator, audience) or any(t.outcome == FITS for t in f.tested):
        return products, operators
    indicator = known.get((f.indicator.kind, f.indicator.value))
    related = getattr(indicator, "related", None) or ()
    for r in related:
        source = names().source(r.feed)[0]
        if r.role in _PRODUCT and (product := names().product(r.name)):
            products[product].add(source)
        elif r.role in _OPERATOR:
            operators[r.name].add(source)
    for feed in f.indicator.feeds:
        for name in (feed.rpartition(".")[0], *(f.indicator.campaigns if not related else ())):
            if product := names().product(name.replace("/", " ").replace("-", " ")):
                products[product].add(names().source(feed)[0])
    return products, operators


def _told(f: Finding, rules: Mapping[str, Rule], products: Said, operators: Said) -> Attribution | None:
    product = _agreed(products)
    rule = rules.get(f.rule)
    if product is None and rule is not None and rule.attribution and not any(t.outcome == FITS for t in f.tested):
        by_rule = rule.attribution
        product = Attributed(name=by_rule["product"], confidence=by_rule["confidence"], basis=by_rule["basis"])
    operator = _agreed(operators)
    return Attribution(product=product, operator=operator) if product or operator else None


def _agreed(said: Said) -> Attributed | None:
    """The one name that two independent sources give; None where they disagree or are one."""
    if len(said) != 1:
        return None
    ((name, sources),) = said.items()
    if len(sources) < 2:
        return None
    sure = sum(any(s == n for n, _ in names().sources) for s in sources) >= 2
    return Attributed(
        name=_with_maker(name), confidence=CONFIDENCES[sure],
        basis=f"named by {len(sources)} sources that do not repeat each other: {'; '.join(sorted(sources))}",
    )  # fmt: skip


def _together(
    findings: Sequence[Finding], said: Sequence[Said], told: Sequence[Attribution | None]
) -> dict[int, Attributed]:
    """Findings that are not attributed by themselves, and what several of them on one device name."""
    of: dict[str, list[int]] = defaultdict(list)
    for n, (f, products, own) in enumerate(zip(findings, said, told, strict=True)):
        if own is not None and own.product is not None:
            of[own.product.name].append(n)
        elif len(products) == 1 and f.indicator is not None:
            of[_with_maker(next(iter(products)))].append(n)
    found: dict[int, Attributed] = {}
    for name, which in of.items():
        tables = {e.table.rpartition(".")[0] for n in which for e in findings[n].evidence}
        if len(which) < 2 or len(tables) < 2:
            continue
        basis = f"named for {len(which)} findings of this device, in {len(tables)} artifacts"
        for n in which:
            if told[n] is None:
                found[n] = Attributed(name=name, confidence=CONFIDENCES[0], basis=basis)
    return found


def _with_maker(product: str) -> str:
    maker = names().makers.get(product)
    return f"{product} ({maker})" if maker else product
