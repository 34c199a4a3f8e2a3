"""What the re-enactment does with the list: import, summary, correlation with phones, operators; and links of cases.

Each part is a library of its own; one that this installation lacks, or that refuses, is named with the reason.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bridle.case.reader import Case, open_case
from bridle.engine.options import Talk
from bridle.report.consortium import Part

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
    imported = _part(lambda: _imported(source / "list.csv", folder / "project", register), "importing")
    found: dict[str, Any] = dict.fromkeys(("summary", "correlation", "operators"), imported)
    if not isinstance(imported, Part):
        selections, sources, tokens, done = imported
        talk.stage("Correlating selections with traces")
        found["summary"] = {**done, **_counted(selections)}
        found["correlation"] = _part(
            lambda: _correlated(selections, sources, tokens, register, cases), "correlate_study"
        )
        talk.stage("Parting the list into operators")
        found["operators"] = _part(lambda: _operators(selections, truth), "operators")
    talk.stage("Linking the cases")
    found["links"] = _part(lambda: _linked(cases), "", package="bridle.links")
    return found


def _part(make: Callable[[], Any], module: str, package: str = "bridle.targets") -> Any:
    """What `make` gives; a Part with the reason where its library is not installed, or refuses."""
    name = f"{package}.{module}".rstrip(".")
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(name) is None:
        return Part(why=f"{name} is not part of this installation")
    try:
        return make()
    except ImportError as e:
        return Part(why=f"{e.name} is not installed; run `pip install 'bridle[list]'`")
    except ValueError as e:
        return Part(why=str(e))


def _targets(module: str) -> Any:
    return importlib.import_module(f"bridle.targets.{module}")


def _imported(
    path: Path, folder: Path, register: Register
) -> tuple[Any, list[str], dict[str, tuple[str, ...]], dict[str, Any]]:  # fmt: skip
    """The selections, digests of the imports, tokens of each phone, and what became of the import.

    The second key's holder is made here and forgotten: of a synthetic list nobody will unmask a number.
    """
    import pyrage

    from bridle.case import keys

    project = _targets("project").Project
    holder = pyrage.x25519.Identity.generate()
    second = keys.Identity(secret=str(holder))
    if _targets("project").is_project(folder):
        shutil.rmtree(folder)  # of an earlier run, whose second key was not kept
    project.create(folder, OWNER, PURPOSE, [str(holder.to_public())])
    opened = project.open(folder, keys.identity(), second)
    done = _targets("importing").import_file(path, opened)
    opened = project.open(folder, keys.identity(), second)
    tokens = opened.tokens_of([r["number"] for r in register], REASON)
    named: dict[str, tuple[str, ...]] = {r["phone"]: (token,) for r, token in zip(register, tokens, strict=True)}
    return opened.selections(), [i.source for i in opened.imports], named, dict(done.as_json())


def _counted(selections: Any) -> dict[str, Any]:
    """Rows, numbers, countries and years of the list."""
    countries = Counter(c or "several" for c in selections["country"].to_pylist())
    years = Counter(t.year for t in selections["time"].to_pylist() if t is not None)
    tokens = Counter(selections["token"].to_pylist())
    return {
        "rows": selections.num_rows, "numbers": len(tokens), "repeated": sum(n > 1 for n in tokens.values()),
        "countries": dict(countries.most_common()), "years": dict(sorted(years.items())),
    }  # fmt: skip


def _correlated(
    selections: Any, sources: list[str], tokens: Mapping[str, tuple[str, ...]], register: Register,
    cases: Mapping[str, Path],
) -> dict[str, Any]:  # fmt: skip
    """The study of all examined phones, with the numbers and clocks that the laboratory wrote down."""
    reading, study = _targets("correlate_cases"), _targets("correlate_study")
    plan = _targets("correlate").Plan()
    clocks = {r["phone"]: int(r["clock_offset_seconds"]) for r in register}
    opened = {cases[name].name: (name, open_case(cases[name])) for name in cases}
    told = {folder: reading.Told(clock_ahead=clocks[name]) for folder, (name, _) in opened.items()}
    examined = reading.identified([case for _, case in opened.values()], told)
    digests = {_digest(case): (name, case) for name, case in opened.values()}
    of = {e.label: digests[e.digest] for e in examined}
    examined = [replace(e, numbers=()) for e in examined]
    prepared = study.prepare(selections, sources, examined, {e.label: tokens[of[e.label][0]] for e in examined}, plan)
    result = study.conclude(prepared, {label: reading.traces(case) for label, (_, case) in of.items()})
    found = dict(result.as_json())
    tests = found["correlation"]["tests"]
    return {
        **found, **found["correlation"], "rung": found["statement"]["name"],
        "p": {t["null"]: t["p"] for t in tests if t["holds"]},
        "phone_of": {label: name for label, (name, _) in of.items()},
        "devices_with_traces": sum(d["episodes"] > 0 for d in found["correlation"]["devices"]),
    }  # fmt: skip


def _digest(case: Case) -> str:
    return hashlib.sha256((case.path / "manifest.json").read_bytes()).hexdigest()


def _operators(selections: Any, truth: Mapping[str, Any]) -> dict[str, Any]:
    """The list divided, and how that agrees with who selected in truth."""
    found = _targets("operators").operators(_targets("sittings").selections_of(selections))
    selected = truth["row"]["operator"]
    attributed = [(selected[a.row], a.operator) for a in found.attributions]
    agreement = _targets("stability").adjusted_rand([t for t, _ in attributed], [o for _, o in attributed])
    told: dict[str, Any] = found.as_json()
    return {**told, "truth": {"operators": len(truth["operators"]), "adjusted_rand": round(agreement, 3)}}


def _linked(cases: Mapping[str, Path]) -> dict[str, Any]:
    """What several cases share."""
    linking = importlib.import_module("bridle.links")
    found = linking.links([open_case(path) for path in cases.values()])
    return dict(found.as_json() if hasattr(found, "as_json") else asdict(found))
