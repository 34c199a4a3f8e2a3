"""What the re-enactment does with the list: import, summary, correlation with phones, operators; and links of cases.

A part that refuses, or whose library is not installed, is named in the report with the reason.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage

from bridle.case import keys
from bridle.case.reader import Case, open_case
from bridle.engine.options import Talk
from bridle.links.edges import read_findings
from bridle.links.graph import links
from bridle.report.consortium import Part
from bridle.targets import correlate_cases, correlate_study
from bridle.targets.correlate import Plan
from bridle.targets.operators import operators
from bridle.targets.project import Project, is_project
from bridle.targets.sittings import selections_of
from bridle.targets.stability import adjusted_rand
from bridle.targets.summary import summarised

OWNER, PURPOSE = "the re-enactment", "to try the software on a synthetic list"
REASON = "the numbers of the examined phones"
Register = Sequence[Mapping[str, str]]
"""The rows of `phones.csv`."""


def investigated(
    source: Path, folder: Path, register: Register, cases: Mapping[str, Path], talk: Talk
) -> dict[str, Any]:  # fmt: skip
    """The parts `summary`, `correlation`, `operators` and `links` of the report."""
    talk.stage("Importing the list")
    truth = json.loads((source / "truth" / "list.truth.json").read_text("utf-8"))
    imported = _part(lambda: _imported(source / "list.csv", folder / "project", register))
    found: dict[str, Any] = dict.fromkeys(("summary", "correlation", "operators"), imported)
    if not isinstance(imported, Part):
        project, tokens, done = imported
        found["summary"] = {**done, **_counted(project)}
        talk.stage("Correlating selections with traces")
        found["correlation"] = _part(lambda: _correlated(project, tokens, register, cases))
        talk.stage("Parting the list into operators")
        found["operators"] = _part(lambda: _operators(project, truth))
    talk.stage("Linking the cases")
    found["links"] = _part(lambda: _linked(cases))
    return found


def _part(make: Callable[[], Any]) -> Any:
    """What `make` gives; a Part with the reason where a library of it is not installed, or it refuses."""
    try:
        return make()
    except ImportError as e:
        return Part(why=f"{e.name} is not installed; run `pip install 'bridle[list]'`")
    except ValueError as e:
        return Part(why=str(e))


def _imported(
    path: Path, folder: Path, register: Register
) -> tuple[Project, dict[str, tuple[str, ...]], dict[str, Any]]:  # fmt: skip
    """The project with the list in it, the tokens of each phone, and what became of the import.

    The second key's holder is made here and forgotten: of a synthetic list nobody will unmask a number.
    """
    from bridle.targets.importing import import_file  # needs a library of the extra `list`

    holder = pyrage.x25519.Identity.generate()
    second = keys.Identity(secret=str(holder))
    if is_project(folder):
        shutil.rmtree(folder)  # of an earlier run, whose second key was not kept
    Project.create(folder, OWNER, PURPOSE, [str(holder.to_public())])
    done = import_file(path, Project.open(folder, keys.identity(), second))
    project = Project.open(folder, keys.identity(), second)
    tokens = project.tokens_of([r["number"] for r in register], REASON)
    named: dict[str, tuple[str, ...]] = {r["phone"]: (token,) for r, token in zip(register, tokens, strict=True)}
    return project, named, done.as_json()


def _counted(project: Project) -> dict[str, Any]:
    """The summary of the list, and its years."""
    summary = summarised(project.batches).as_json()
    years: Counter[str] = Counter()
    for month, count in summary["months"].items():
        years[month[:4]] += count
    return {**summary, "years": dict(sorted(years.items()))}


def _correlated(
    project: Project, tokens: Mapping[str, tuple[str, ...]], register: Register, cases: Mapping[str, Path]
) -> dict[str, Any]:  # fmt: skip
    """The study of all examined phones, with the numbers and clocks that the laboratory wrote down."""
    clocks = {r["phone"]: int(r["clock_offset_seconds"]) for r in register}
    opened = {name: open_case(path) for name, path in cases.items()}
    told = {case.path.name: correlate_cases.Told(clock_ahead=clocks[name]) for name, case in opened.items()}
    examined = [replace(e, numbers=()) for e in correlate_cases.identified(list(opened.values()), told)]
    by_digest = {_digest(case): name for name, case in opened.items()}
    of = {e.label: by_digest[e.digest] for e in examined}
    sources = [i.source for i in project.imports]
    study = correlate_study.prepare(
        project.selections(), sources, examined, {label: tokens[name] for label, name in of.items()}, Plan()
    )
    result = correlate_study.conclude(study, {e: correlate_cases.traces(opened[name]) for e, name in of.items()})
    found = result.as_json()
    tests = found["correlation"]["tests"]
    return {
        **found, **found["correlation"], "rung": found["statement"]["name"],
        "p": {t["null"]: t["p"] for t in tests if t["holds"]},
        "devices_with_traces": sum(d["episodes"] > 0 for d in found["correlation"]["devices"]),
    }  # fmt: skip


def _digest(case: Case) -> str:
    return hashlib.sha256((case.path / "manifest.json").read_bytes()).hexdigest()


def _operators(project: Project, truth: Mapping[str, Any]) -> dict[str, Any]:
    """The list divided, and how that agrees with who selected in truth."""
    found = operators(selections_of(project.selections()))
    selected = truth["row"]["operator"]
    attributed = [(selected[a.row], a.operator) for a in found.attributions]
    agreement = adjusted_rand([t for t, _ in attributed], [o for _, o in attributed])
    return {**found.as_json(), "truth": {"operators": len(truth["operators"]), "adjusted_rand": round(agreement, 3)}}


def _linked(cases: Mapping[str, Path]) -> dict[str, Any]:
    """What several cases share: hypotheses of one customer, each with the selectors that carry it."""
    read = {name: read_findings(name, open_case(path).findings()) for name, path in cases.items()}
    found = links(
        [e for one in read.values() for e in one.edges], operators={name: one.operators for name, one in read.items()}
    )
    return {
        "clusters": [
            {"name": h.name, "devices": list(h.devices), "selectors": sorted({u.value for u in h.uses}),
             "bridges": sorted({value for _, value in h.bridges}), "contradiction": h.contradiction}
            for h in found.hypotheses
        ],
        "several": [list(one) for one in found.several], "set_aside": len(found.set_aside),
        "devices": len({d for h in found.hypotheses for d in h.devices}),
    }  # fmt: skip
