"""The re-enactment: a cohort of phones, the list their numbers are on and what attacked them, from end to end.

It shows that the software does what it says on evidence whose truth is known. It validates the software, and says
nothing of the findings of any investigation.
"""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle import demo_list
from bridle.detect import verdict
from bridle.engine.options import Talk
from bridle.fleet.executor import Processes
from bridle.fleet.outcome import DONE, Outcome
from bridle.fleet.prepare import Entry, Request, prepare
from bridle.fleet.run import begun
from bridle.fleet.run import run as run_fleet
from bridle.infra.base import read
from bridle.infra.cluster import Cluster, clusters
from bridle.infra.generations import InferenceError
from bridle.infra.importing import Said, import_files
from bridle.phantom import cohort
from bridle.report import consortium
from bridle.report.consortium import Content, Part, Phone

PRESET = "pegasus-project"
LABELS = {
    verdict.EXECUTION: "infected", verdict.TARGETING: "targeted", verdict.NOTHING: "none",
    verdict.INCONCLUSIVE: "none", verdict.ANOMALIES: "unexplained",
}  # fmt: skip
"""The planted label that each verdict amounts to."""


class CohortError(Exception):
    """A folder that is no cohort. One sentence with the next step."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it."""

    report: Path
    content: Content
    seconds: float
    cohort_seconds: float
    """Of making the cohort, which is no part of `seconds`."""

    def as_json(self) -> dict[str, Any]:
        """The figures against the truth, and how far each further part came."""
        c = self.content
        parts = {
            name: None if part is None else {"not done": part.why} if isinstance(part, Part) else _brief(name, part)
            for name, part in (
                ("list", c.summary), ("correlation", c.correlation), ("operators", c.operators),
                ("infrastructure", c.infrastructure), ("links", c.links),
            )
        }  # fmt: skip
        return {
            "re_enactment": True, "phones": len(c.phones), **(c.truth or {}), "seconds": round(self.seconds, 1),
            "seconds_of_making": round(self.cohort_seconds, 1),
            "verdicts": dict(Counter(p.verdict for p in c.phones)), **parts, "report": str(self.report),
        }  # fmt: skip


class _Watch:
    """Tells of the fleet's progress."""

    def __init__(self, talk: Talk) -> None:
        self._talk, self._waiting, self._ended = talk, 0, 0

    def begin(self, waiting: int, kept: int) -> None:
        self._waiting = waiting
        self._talk.stage(f"Examining {waiting} phones, {kept} were examined before")

    def ended(self, entry: Entry, outcome: Outcome) -> None:
        self._ended += 1
        self._talk.stage(f"Examined {self._ended} of {self._waiting}: {entry.planned.name} {outcome.reason}".rstrip())


def run(
    folder: Path, seed: int, talk: Talk, source: Path | None = None, preset: str = PRESET, jobs: int = 2
) -> Result:  # fmt: skip
    """Make a cohort in `folder`, or take that of `source`, and run everything over it; what is done is kept.

    Raises CohortError, and the errors of the fleet.
    """
    begun_at = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    if source is None:
        source = folder / "cohort"
        cohort.write(source, preset, seed, talk.stage)
    made = time.monotonic()
    register = registered(source)
    phones, cases = examined(source, folder / "lake", register, talk, jobs)
    found = demo_list.investigated(source, folder, register, cases, talk)
    talk.stage("Clustering the infrastructure")
    infrastructure = clustered(source, folder / "base")
    truth = json.loads((source / "truth.json").read_text("utf-8"))
    if isinstance(infrastructure, dict):
        groups = [c["domains"] for c in infrastructure["clusters"]]
        infrastructure["truth"] = together(groups, truth["infrastructure"])
    if isinstance(found["links"], dict):
        groups = [c["devices"] for c in found["links"]["clusters"]]
        found["links"]["truth"] = together(groups, _attacked(truth))
    content = Content(
        phones=phones, synthetic=True, infrastructure=infrastructure, truth=scored(phones, truth), **found
    )  # fmt: skip
    report = folder / "report.html"
    report.write_text(consortium.render(content), "utf-8")
    ended = time.monotonic()
    return Result(report=report, content=content, seconds=ended - made, cohort_seconds=made - begun_at)


def registered(source: Path) -> list[dict[str, str]]:
    """The rows of a cohort's `phones.csv`. Raises CohortError."""
    for needed in ("phones.csv", "truth.json", "phones", "list.csv", "indicators"):
        if not (source / needed).exists():
            raise CohortError(f"{source} is no cohort: it has no {needed}; `bridle phantom cohort {source}` makes one")
    with (source / "phones.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def examined(
    source: Path, lake: Path, register: Sequence[Mapping[str, str]], talk: Talk, jobs: int
) -> tuple[list[Phone], dict[str, Path]]:  # fmt: skip
    """Check every phone of a cohort into a lake; gives what each case tells, and where it is."""
    prepared = prepare(Request(
        sources=(str(source / "phones" / "*"),), lake=str(lake), indicators=(str(source / "indicators"),),
        password=source / "password.txt",
    ))  # fmt: skip
    with begun(prepared), closing(Processes(min(jobs, max(1, len(prepared.waiting()))))) as executor:
        report = run_fleet(prepared, executor, _Watch(talk))
    by_acquisition = {Path(e.planned.source).name: (e, o) for e, o in report.outcomes}
    phones, cases = [], {}
    for row in register:
        entry, outcome = by_acquisition.get(row["acquisition"], (None, None))
        case = None
        if entry is not None and outcome is not None and outcome.status == DONE:
            case = cases[row["phone"]] = lake / "cases" / entry.planned.task
        phones.append(_phone(row, case, outcome.reason if outcome else "no such acquisition"))
    return phones, cases


def _phone(row: Mapping[str, str], case: Path | None, reason: str) -> Phone:
    if case is None:
        return Phone(
            name=row["phone"], platform=row["platform"], kind=_kind(row), verdict=consortium.NOT_EXAMINED, why=reason,
            first=None, last=None, findings={}, artifacts={}, reason=reason,
        )  # fmt: skip
    summary = json.loads((case / "summary.json").read_text("utf-8"))
    horizon = summary["log_horizon"]
    return Phone(
        name=row["phone"], platform=row["platform"], kind=_kind(row), why=summary["verdict"]["why"],
        verdict=consortium.kind_of(summary["verdict"]["text"]), first=horizon["first"], last=horizon["last"],
        findings=summary["findings"], artifacts=summary["coverage"]["artifacts"], gaps=summary["gaps"],
        reason="; ".join(summary["problems"]),
    )  # fmt: skip


def _kind(row: Mapping[str, str]) -> str:
    """Of an acquisition, by what the laboratory names it."""
    suffixes = {".tar.gz": "sysdiagnose", ".zip": "bugreport", ".ab": "adb backup"}
    ends = (kind for suffix, kind in suffixes.items() if row["acquisition"].endswith(suffix))
    return next(ends, "backup or files" if row["platform"] == "ios" else "AndroidQF")


def scored(phones: Sequence[Phone], truth: Mapping[str, Any]) -> dict[str, Any]:
    """Verdicts that amount to the planted label, phones without traces that were given one, and where it is wrong."""
    planted = {p["name"]: p["truth"] for p in truth["phones"]}
    said = {p.name: LABELS.get(p.verdict, "not examined") for p in phones}
    wrong = sorted(name for name, label in planted.items() if said.get(name) != label)
    accused = [n for n, label in planted.items() if label == cohort.NEVER and said.get(n) in ("infected", "targeted")]
    return {
        "verdicts_right": len(planted) - len(wrong), "false_accusations": len(accused),
        "planted": dict(Counter(planted.values())),
        "wrong": [{"phone": n, "planted": planted[n], "said": said.get(n, "not examined")} for n in wrong],
    }  # fmt: skip


def clustered(source: Path, base: Path) -> dict[str, Any] | Part:
    """Import feeds, passive DNS and certificates into a base, and cluster the domains."""
    files = [source / "indicators", source / "infrastructure"]
    done = list(import_files(files, base, Said(source="the consortium", about={})))
    refused = [f"{d.file}: {d.reason}" for d in done if d.state == "refused"]
    try:
        with read(base) as opened:
            found = clusters(opened)
    except InferenceError as e:
        return Part(why=str(e))
    return {
        "domains": found.domains, "files": len(done), "refused": refused, "suppressed": len(found.suppressed),
        "clusters": [_cluster(n, c) for n, c in enumerate(found.called(), 1)],
        "thin": len(found.clusters) - len(found.called()),
    }  # fmt: skip


def _cluster(number: int, c: Cluster) -> dict[str, Any]:
    return {
        "number": number, "domains": list(c.members), "kinds": c.kinds, "firmness": round(c.firmness(), 2),
    }  # fmt: skip


def _attacked(truth: Mapping[str, Any]) -> dict[str, list[str]]:
    """The phones that each client attacked."""
    found: dict[str, list[str]] = {}
    for phone in truth["phones"]:
        if phone["truth"] != cohort.NEVER:
            found.setdefault(phone["client"], []).append(phone["name"])
    return found


def together(found: Sequence[Sequence[str]], planted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Pairs that groups join: how many are one client's, and how many of all the clients' pairs are joined."""
    of = {m: client for client, members in planted.items() for m in members}
    pairs = {(a, b) for g in found for a in g for b in g if a < b}
    right = {(a, b) for a, b in pairs if a in of and of[a] == of.get(b)}
    all_pairs = sum(len(set(d)) * (len(set(d)) - 1) // 2 for d in planted.values())
    return {
        "clients": len(planted), "pair_precision": round(len(right) / len(pairs), 3) if pairs else None,
        "pair_recall": round(len(right) / all_pairs, 3) if all_pairs else None,
    }  # fmt: skip


def _brief(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """What the JSON says of a part; the report has it all."""
    wanted = {
        "list": ("rows", "numbers", "statuses"), "operators": ("operators", "rows", "truth"),
        "correlation": ("rung", "p", "devices_with_traces"), "links": ("clusters", "devices", "truth"),
        "infrastructure": ("domains", "truth"),
    }[name]  # fmt: skip
    brief = {k: part[k] for k in wanted if k in part}
    return {k: len(v) if isinstance(v, list | tuple) else v for k, v in brief.items()}
