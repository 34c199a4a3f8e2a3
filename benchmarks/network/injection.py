"""Whether injected packets are found in the captures that are known to hold some, and in no other.

The labels are those of the corpus: real captures of Citizen Lab (Türk Telekom, Telecom Egypt) and controlled ones of
Fox-IT. All other captures of the corpus are ordinary traffic and traffic that was made to test programs; none is
labelled as injected.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pyarrow as pa

from bridle.detect.query import run_rule
from bridle.detect.rule import LEVELS, load_rules
from network.tables import CORPUS, captures, memory, tables

LABELS = CORPUS / "_derived" / "_derived" / "injection_pcap_labels.tsv"
RULES = tuple(r for r in load_rules() if r.id.startswith("network-injection-"))
VENDOR = "network-injection-packetlogic"
STRONG = frozenset(r.id for r in RULES if LEVELS.index(r.level) >= LEVELS.index("high"))
_CANDIDATES, _FLOWS, _DNS = (f"network.capture.{t}" for t in ("injection_candidate", "flow", "dns"))


@dataclass
class Result:
    """What the rules say of every capture."""

    labelled: int = 0
    """Captures that the labels name, whether they lie in the corpus or not."""
    positive: dict[str, set[str]] = field(default_factory=dict)
    """Labelled capture to the rules that found something."""
    benign: int = 0
    flows: int = 0
    redirects: int = 0
    """Redirects in the captures without a label: what a rule about redirects could go wrong on."""
    false: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Rule to the captures without a label in which it found something."""


def labels() -> set[str]:
    """Paths of the labelled captures in the corpus."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return {row["pcap"] for row in csv.DictReader(file, delimiter="\t") if row["label"] == "injected"}


def measured() -> Result:
    """Every rule over every capture."""
    wanted = labels()
    result = Result(labelled=len(wanted))
    for path in captures():
        name = str(path.relative_to(CORPUS))
        found = tables(path)
        fired = rules_of(found)
        if name in wanted:
            result.positive[name] = fired
            continue
        result.benign += 1
        result.flows += found[_FLOWS].num_rows
        result.redirects += sum(k == "redirect" for k in found[_CANDIDATES].column("kind").to_pylist())
        for rule in fired:
            result.false[rule].add(name)
    return result


def rules_of(found: dict[str, pa.Table]) -> set[str]:
    """The injection rules that find something in the tables of one capture."""
    if not found[_CANDIDATES].num_rows and not found[_DNS].num_rows:
        return set()
    with closing(memory(found).connect()) as db:
        return {rule.id for rule in RULES if run_rule(db, rule)}


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not LABELS.is_file():
        yield "Injection: not measured, the captures are not beside this checkout."
        return
    r = measured()
    here = len(r.positive)
    strong = sum(bool(f & STRONG) for f in r.positive.values())
    generic = sum(bool((f & STRONG) - {VENDOR}) for f in r.positive.values())
    yield f"Injection: {strong} of {here} labelled captures found by strong rules, {generic} by generic ones alone;"
    yield f"  {r.labelled - here} more are labelled and not in this corpus."
    alarms = Counter({rule: len(r.false[rule]) for rule in (x.id for x in RULES)})
    strong_alarms = sum(alarms[x] for x in STRONG)
    yield f"  {strong_alarms} false alarms of strong rules in {r.benign} other captures ({r.flows} flows, {r.redirects}"
    yield f"  redirects in clear); of weak rules {sum(alarms.values()) - strong_alarms}."
    for name, fired in sorted(r.positive.items()):
        yield f"  - {name.rpartition('/')[2]}: {', '.join(sorted(fired)) or 'nothing'}"


if __name__ == "__main__":
    print("\n".join(main()))
