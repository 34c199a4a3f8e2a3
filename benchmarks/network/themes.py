"""How often `bridle infra themes` names the right site and country, on the published domains of thirteen campaigns.

The reference lists are the Citizen Lab's test lists. Whether a hit is right was judged in a single reading of the
names, without the campaigns' reports and without a second opinion; the verdicts are in themes_judged.tsv under the
SHA-256 of domain and name, so that no list of domains is copied. What is unclear counts as wrong, and a hit that was
never judged is counted by itself.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from bridle.infra.generations_features import suffixes
from bridle.infra.themes import Reader, Theme
from bridle.infra.themes_sites import read_sites

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/network"
DOMAINS = CORPUS / "_derived/_derived/vendor_domain_labels.tsv"
GENERATIONS = CORPUS / "_derived/_derived/pegasus_domain_labels.tsv"
SITES = CORPUS / "citizenlab+test-lists/lists"
JUDGED = Path(__file__).with_name("themes_judged.tsv")
WORD_PAIRS = ("candiru", "quadream")
"""Campaigns that imitate nobody, beside v4 of Pegasus."""
INDONESIAN = "variston"
"""The campaign whose domains imitate Indonesian media, by the list that this corpus calls so."""


def key(theme: Theme) -> str:
    """What a verdict is found by."""
    return sha256(f"{theme.domain} {theme.name}".encode()).hexdigest()[:16]


def domains() -> tuple[dict[str, set[str]], set[str]]:
    """Each domain and the campaigns that list it; and those of campaigns that imitate nobody."""
    found: dict[str, set[str]] = {}
    for row in _rows(DOMAINS):
        found.setdefault(row["domain"], set()).add(row["vendor_or_campaign"])
    pairs = {d for d, campaigns in found.items() if campaigns & set(WORD_PAIRS)}
    pairs |= {row["domain"] for row in _rows(GENERATIONS) if row["version"] == "v4"}
    return found, pairs


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text, delimiter="\t")


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not (DOMAINS.is_file() and SITES.is_dir()):
        yield "Themes: not measured, the published lists are not beside this checkout."
        return
    campaigns, pairs = domains()
    begun = time.process_time()
    suffix_of = suffixes(private=True)
    reader = Reader(sites := read_sites(SITES, suffix_of), suffix_of)
    every = [t for d in sorted({*campaigns, *pairs}) if (t := reader.theme(d))]
    seconds = time.process_time() - begun
    said = [t for t in every if not t.abstained]
    verdicts = {row["key"]: row for row in _rows(JUDGED)}
    judged = [(t, verdicts[key(t)]) for t in said if key(t) in verdicts]
    brands = sum(v["brand"] == "right" for _, v in judged)
    placed = [(t, v) for t, v in judged if t.countries]
    countries = sum(v["country"] == "right" for _, v in placed)
    indonesian = [t for t in said if INDONESIAN in campaigns.get(t.domain, ())]
    yield (
        f"Themes: {len({*campaigns, *pairs}):,} domains against {len(sites.by_domain):,} sites, "
        f"{len(said)} hits, {len(every) - len(said)} near names of which nothing is said, {seconds:.1f} s."
    )
    yield ""
    yield "| what | goal | measured |"
    yield "| --- | --- | --- |"
    yield f"| right name, of hits that were judged | >= 0.95 | {_share(brands, len(judged))} |"
    yield f"| right country, where one is named | >= 0.85 | {_share(countries, len(placed))} |"
    yield f"| hits never judged | 0 | {len(said) - len(judged)} |"
    yield f"| hits in the lists of word pairs ({len(pairs):,} domains) | 0 | {sum(t.domain in pairs for t in said)} |"
    home = sum(t.countries == ("id",) for t in indonesian)
    yield f"| Indonesian, of hits in the Android campaign | all | {home} of {len(indonesian)} |"
    yield ""
    yield (
        "Hits were judged in a single reading of the names, without a second opinion, and the rules were written with "
        "most of these hits in view: nothing here is held out, and on other lists expect less."
    )


def _share(right: int, of: int) -> str:
    return f"{right / of:.3f} ({right} of {of})" if of else "none"


if __name__ == "__main__":
    print("\n".join(main()))
