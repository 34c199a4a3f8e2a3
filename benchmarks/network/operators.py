"""How much of one published operator `bridle infra cluster` recovers from the addresses of 2018.

KINGDOM is an operator of Pegasus of whom the Citizen Lab published 20 domains in 2018 (190 pairs); Amnesty
International published an address each for 595 domains of the same generation. A pair is counted where one of its two
domains is KINGDOM's; the other is counted as wrong where no source names its operator, although it may be right.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from bridle.infra.base import Value, read
from bridle.infra.cluster import Clusters, clustered
from bridle.infra.generations_features import suffixes
from bridle.infra.graph import LEAST, graph
from bridle.infra.graph_traits import gathered
from bridle.infra.writing import Origin, Writer, writing

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/network"
LABELS = CORPUS / "_derived/_derived/pegasus_domain_labels.tsv"
ADDRESSES = CORPUS / "AmnestyTech+investigations/2018-08-01_nso/indicators.csv"
BOUNDS = (0.5, 1.0, 1.1, LEAST, 1.4, 1.6)
"""Least weights of an edge that are tried."""


def base_of(folder: Path) -> Path:
    """A base with every domain that has an address, and its generation."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = {row["domain"]: row["version"] for row in csv.DictReader(file, delimiter="\t")}
    origin = Origin(
        source="2018", list_name="2018", file=ADDRESSES.name, sha256="", form="pairs",
        recorded="2026-01-01T00:00:00Z", complete=False,
    )  # fmt: skip
    with writing(folder, origin) as writer, ADDRESSES.open(encoding="utf-8", newline="") as file:
        for n, row in enumerate(csv.DictReader(file), 2):
            domain, generation = row["domain_name"], labels.get(row["domain_name"])
            known = generation if generation in ("v2", "v3", "v4") else None
            writer.claim("domain", domain, f"line {n}", generation=known)
            writer.relation(Value("domain", domain), "resolves-to", Value("ip-address", row["ip_address"]), f"line {n}")
    return folder


def operator() -> set[str]:
    """The domains of KINGDOM."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["domain"] for row in rows if row["operator_or_campaign"].startswith("KINGDOM")}


def recovered(found: Clusters, of: set[str]) -> tuple[int, int]:
    """Pairs of one operator that are in a cluster together, and all pairs of clusters with one of its domains."""
    pairs = [(a in of) + (b in of) for c in found.called() for a, b in combinations(c.members, 2) if a in of or b in of]
    return sum(n == 2 for n in pairs), len(pairs)


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not (LABELS.is_file() and ADDRESSES.is_file()):
        yield "Operators: not measured, the published lists are not beside this checkout."
        return
    of = operator()
    total = len(of) * (len(of) - 1) // 2
    with tempfile.TemporaryDirectory() as place, read(base_of(Path(place) / "base")) as base:
        gathering = gathered(base, suffixes(private=True))
        yield (
            f"Operators: {len(of)} domains of KINGDOM ({total} pairs) among {len(gathering.hosts)} with an address of "
            "2018, which is all that was published of them."
        )
        yield ""
        yield "| least weight of an edge | right pairs | precision (goal >= 0.8) | recall (goal >= 0.4) | clusters |"
        yield "| --- | --- | --- | --- | --- |"
        for least in BOUNDS:
            found = clustered(gathering, graph(gathering, None, least), least)
            right, all_pairs = recovered(found, of)
            precision = f"{right / all_pairs:.3f}" if all_pairs else "none"
            default = " (default)" if least == LEAST else ""
            recall = f"{right / total:.3f}"
            yield f"| {least}{default} | {right} of {all_pairs} | {precision} | {recall} | {len(found.called())} |"
    yield ""
    yield from _limit(of, total)
    yield ""
    yield (
        "Made bases, to see what the method does with evidence that nobody published (8 operators of 12 domains among "
        "160 of nobody's at the same hosters). They say nothing of real operators:"
    )
    yield ""
    yield "| of its domains have each kind of evidence | precision | recall |"
    yield "| --- | --- | --- |"
    yield from _planted_rows()


SHARES = (0.0, 0.3, 0.6, 0.9)
"""How much of each kind of evidence a planted operator's domains have."""


def planted(folder: Path, share: float, seed: int) -> tuple[Path, dict[str, int]]:
    """A made base: 8 operators of 12 domains among 160 domains of nobody's, all at the same hosters.

    Of each operator's domains `share` have a certificate that three or four of them share, `share` name servers of
    their own, `share` a registration minutes after the one before, `share` an address beside one another. The others,
    and all of nobody's, have addresses anywhere at the hosters, shared name servers, and days of registration alone.
    """
    rng = random.Random(seed)
    origin = Origin(
        source="made", list_name="made", file="made", sha256="", form="made",
        recorded="2026-01-01T00:00:00Z", complete=False,
    )  # fmt: skip
    of = {f"op{o}-{n}.example": o for o in range(8) for n in range(12)}
    with writing(folder, origin) as writer:
        for n, domain in enumerate([*of, *(f"nobody{n}.example" for n in range(160))]):
            o = of.get(domain)
            _plant(writer, domain, o, n, share if o is not None else 0.0, rng)
    return folder, of


def _plant(writer: Writer, domain: str, o: int | None, n: int, share: float, rng: random.Random) -> None:
    """One domain and what it has."""
    value, row = Value("domain", domain), f"row {n}"
    writer.claim("domain", domain, row)
    block = f"198.18.{rng.randrange(16) if o is None else o % 4 * 4}"
    host = rng.randrange(254) if rng.random() >= share else (o or 0) * 30 + n % 12
    writer.relation(value, "resolves-to", Value("ip-address", f"{block}.{host}"), row)
    if rng.random() < share:
        writer.relation(Value("cert", f"{(o or 0) * 4 + n % 4:064x}"), "names", value, row)
    own = rng.random() < share
    server = f"ns{o}.example.org" if own else f"ns{rng.randrange(9)}.cloudflare.com"
    writer.relation(value, "name-server", Value("name-server", server), row)
    writer.relation(value, "registrar", Value("registrar", "Example Registrar"), row)
    batch = rng.random() < share
    time = f"{1 + (o or 0):02}T10:{n % 12 * 4:02}:00Z" if batch else f"{1 + rng.randrange(28):02}T00:00:00Z"
    writer.fact("domain", domain, "registered", f"2018-05-{time}", row)


def _planted_rows() -> Iterator[str]:
    """Precision and recall on planted operators, the mean of three."""
    for share in SHARES:
        right = wrong = 0
        for seed in (1, 2, 3):
            with tempfile.TemporaryDirectory() as place:
                folder, of = planted(Path(place) / "base", share, seed)
                with read(folder) as base:
                    gathering = gathered(base, suffixes(private=True))
                    found = clustered(gathering, graph(gathering))
            for c in found.called():
                for a, b in combinations(c.members, 2):
                    same = of.get(a) is not None and of.get(a) == of.get(b)
                    right, wrong = right + same, wrong + (not same)
        total = 3 * 8 * 12 * 11 // 2
        precision = f"{right / (right + wrong):.3f}" if right + wrong else "none"
        yield f"| {share:.0%} | {precision} | {right / total:.3f} |"


def _limit(of: set[str], total: int) -> Iterator[str]:
    """What no method could exceed that goes by addresses alone."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        blocks = [row["ip_2018_08"].rpartition(".")[0] for row in rows if row["domain"] in of]
    same = sum(a == b for a, b in combinations(blocks, 2))
    yield (
        f"{same} of the {total} pairs lie in one /24, so that addresses alone recover {same / total:.0%} at most: the "
        "goal for recall needs certificates, registrations or name servers of the time. A user may have them; nobody "
        "published them. The default bound was chosen with this operator in view."
    )


if __name__ == "__main__":
    print("\n".join(main()))
