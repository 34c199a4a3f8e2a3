"""Whether `bridle infra conflicts` shows what a widely copied list of "Pegasus" domains and addresses gets wrong.

The list names thousands of domains and hundreds of addresses as Pegasus's. Amnesty International published which
domains are; the same lab and others published most of the rest as other vendors'. A domain of the list that is not on
Amnesty's is *told* if a conflict names it, or a name below it: as another maker's (`vendor`), or as what nobody else
says (`alone`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from publicsuffixlist import PublicSuffixList

from bridle.infra.base import Base, read
from bridle.infra.conflicts import conflicts
from bridle.infra.importing import Said, import_files

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/network"
COMMUNITY = "0n1cOn3"
PEGASUS = "AmnestyTech+investigations/2021-07-18_nso/domains.txt"
PRODUCT = {"product": "Pegasus"}
SOURCES = (
    (COMMUNITY, PRODUCT, tuple(f"0n1cOn3+The-NSO-Blacklist/{name}" for name in ("hosts.txt", "C2-hosts.txt"))),
    ("Amnesty International", {}, ("AmnestyTech+investigations",)),
    ("Mobile Verification Toolkit", {}, ("mvt-project+mvt-indicators",)),
    ("Citizen Lab", {}, ("citizenlab+malware-indicators",)),
    ("Citizen Lab", PRODUCT, ("citizenlab+malware-indicators/201608_NSO_Group",)),
    ("Sekoia", {"product": "Predator"}, ("SEKOIA-IO+Community/IOCs/Lycantrox",)),
    ("ESET", {"product": "DevilsTongue"}, ("eset+malware-ioc",)),
    ("Maltrail", {}, ("stamparm+maltrail/trails/static/malware",)),
)  # fmt: skip
"""Who says what, as a user would import it."""
QAKBOT = "stamparm+maltrail/trails/static/malware/qakbot.txt"


def base_of(folder: Path) -> Path:
    """A base with every list."""
    for source, about, paths in SOURCES:
        said = Said(source=source, about=about)
        list(import_files([CORPUS / p for p in paths], folder, said, "2026-01-01T00:00:00Z"))
    return folder


def measured(base: Base) -> Iterator[str]:
    """The figures of a base, as rows of a table."""
    suffixes = PublicSuffixList()

    def registrable(domain: str) -> str:
        return suffixes.privatesuffix(domain) or domain

    with (CORPUS / PEGASUS).open(encoding="utf-8") as file:
        pegasus = {registrable(line.strip().lower()) for line in file if line.strip()}
    listed = {registrable(c.value) for c in base.claims("domain", source=COMMUNITY)}
    addresses = {c.value for c in base.claims("ip-address", source=COMMUNITY)}
    begun = time.process_time()
    found: dict[str, set[str]] = {"vendor": set(), "alone": set()}
    for c in conflicts(base, ("vendor", "alone")):
        if any(s.source == COMMUNITY for s in c.sides):
            found[c.sort].add(registrable(c.value) if c.kind == "domain" else c.value)
    seconds = time.process_time() - begun
    wrong = listed - pegasus
    surfaced = {sort: wrong & values for sort, values in found.items()}
    either = surfaced["vendor"] | surfaced["alone"]
    yield f"| domains of the list | | {len(listed):,}, of which {len(listed & pegasus):,} are on Amnesty's |"
    yield f"| the other domains | all told | {len(either):,} of {len(wrong):,} |"
    yield f"| of these as another maker's | | {len(surfaced['vendor']):,} |"
    yield f"| of these as what no other list says | | {len(either - surfaced['vendor']):,} |"
    told = addresses & (found["vendor"] | found["alone"])
    yield f"| addresses of the list | all told | {len(told):,} of {len(addresses):,} |"
    if (CORPUS / QAKBOT).is_file():
        qakbot = {c.value for c in base.claims("ip-address", source="Maltrail") if c.product == "qakbot"}
        shared = addresses & qakbot
        measure = f"{len(shared & found['vendor']):,} of {len(shared):,}"
    else:
        measure = "not measured: Maltrail's list of them is not in the corpus"
    yield f"| addresses that are QakBot's by Maltrail | all told as another maker's | {measure} |"
    yield f"| CPU seconds for all conflicts | | {seconds:.1f} |"


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not (CORPUS / PEGASUS).is_file():
        yield "Lineage: not measured, the published lists are not beside this checkout."
        return
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        place = base_of(Path(folder) / "base")
        seconds = time.process_time() - begun
        with read(place) as base:
            counts = base.counts()
            sources = len({source for source, _, _ in SOURCES})
            told = f"{counts['claims']:,} claims of {sources} sources on {counts['values']:,} values"
            yield f"Lineage: {told}, imported in {seconds:.1f} CPU seconds."
            yield ""
            yield "| what | goal | measured |"
            yield "| --- | --- | --- |"
            yield from measured(base)


if __name__ == "__main__":
    print("\n".join(main()))
