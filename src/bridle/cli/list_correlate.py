"""`bridle list correlate`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.terminal import Quiet, each_line, fail, one_line, say_json, talk

if TYPE_CHECKING:
    from bridle.case.reader import Case
    from bridle.targets.correlate import Plan
    from bridle.targets.correlate_cases import Examined
    from bridle.targets.correlate_study import Result, Study
    from bridle.targets.nulls import NullTest
    from bridle.targets.project import Project
    from bridle.targets.registration import Registration

EXAMPLE = """
\b
Examples:
  bridle list correlate cases/* --project LIST --register plan.json --second-identity KEY --reason "the study of May"
  bridle list correlate cases/* --project LIST --registered plan.json

\b
Exit codes: 0 done · 2 wrong use, a case may not be counted, or not what was registered · 3 a case or the list cannot
be opened.
"""
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=EXAMPLE)
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--project", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
              help="The list, as `bridle list import` made it.")  # fmt: skip
@click.option("--register", type=_FILE, metavar="FILE", help="Seal the configuration in this new file, and show its "
              "power. Nothing that was found is read.")  # fmt: skip
@click.option("--registered", type=_FILE, metavar="FILE", help="Run what was sealed, and nothing else.")
@click.option("--cohort", type=_FILE, metavar="FILE", help="TOML: of each case's folder, whether it is a control, how "
              "far its clock was ahead, numbers it does not hold, when they were the person's.")  # fmt: skip
@click.option("--second-identity", type=_FILE, metavar="FILE", help="The age identity of the second key's holder: it "
              "takes two people to find phones on the list. Not needed with --registered.")  # fmt: skip
@click.option("--reason", default="", metavar="TEXT", help="Why the phones are looked for; it is logged.")
@click.option("--draws", type=click.IntRange(99, 1_000_000), help="Of each null model that holds; by default 9,999.")
@click.option("--seed", type=int, help="By default 1.")
@click.option("--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="By default 0.01.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def correlate(
    cases: tuple[Path, ...], folder: Path, register: Path | None, registered: Path | None, as_json: bool, **options: Any
) -> None:
    """Test whether traces on examined phones follow closely upon their selections.

    CASES are cases, or folders of cases, of phones whose owners agreed to statistics. The result is of the cohort: it
    never shows that a given person was attacked, and selected is not attacked.
    """
    from bridle.targets.correlate_cases import CohortError
    from bridle.targets.keys import ProjectError, ProjectLockedError
    from bridle.targets.registration import RegistrationError

    if register and registered:
        fail("--register seals a plan, --registered runs one: give one of them")
    bar = talk()
    try:
        _run(cases, folder, register, registered, as_json, options, bar)
    except ProjectLockedError as e:
        bar.close()
        fail(str(e), 3)
    except (CohortError, ProjectError, RegistrationError) as e:
        bar.close()
        fail(str(e))
    finally:
        bar.close()


COMMANDS = (correlate,)


def _run(
    cases: Sequence[Path],
    folder: Path,
    register: Path | None,
    registered: Path | None,
    as_json: bool,
    options: dict[str, Any],
    bar: Quiet,
) -> None:
    from bridle.targets import registration
    from bridle.targets.correlate_cases import identified, told_of
    from bridle.targets.correlate_study import NEEDED, prepare, thinned
    from bridle.targets.keys import identity_from
    from bridle.targets.project import Project

    bar.stage("reading what was examined")
    opened = _opened(cases)
    examined = identified(opened, told_of(options["cohort"]))
    sealed = registration.read(registered) if registered else None
    plan = _plan(options, sealed)
    second = options["second_identity"]
    project = Project.open(folder, second=identity_from(second) if second and not sealed else None)
    tokens = _registered_tokens(sealed, examined) if sealed else _tokens(project, examined, options["reason"])
    bar.stage("reading the list")
    imports = project.imports
    selections = thinned(project.batches(list(NEEDED)), tokens, sum(i.rows for i in imports))
    study = prepare(selections, [i.source for i in imports], examined, tokens, plan)
    if register:
        _register(study, project, register, options["reason"], as_json)
        return
    if sealed:
        registration.unchanged(sealed, study.configuration())
        _logged(project, sealed)
    _conclude(study, project, opened, sealed, as_json, bar)


def _opened(paths: Sequence[Path]) -> list[Case]:
    """The cases, none of which may not be counted."""
    from bridle.cli.opening import opened
    from bridle.targets.correlate_cases import refused

    found = [opened(case) for path in paths for case in _cases(path)]
    if reasons := refused(found, datetime.now(UTC).date()):
        for reason in reasons:
            click.echo(one_line(f"bridle: {reason}"), err=True)
        fail(f"{len(reasons)} of {len(found)} cases may not be counted, so nothing was computed; leave them out")
    return found


def _cases(path: Path) -> list[Path]:
    if (path / "manifest.json").is_file() or not path.is_dir():
        return [path]
    return sorted(p.parent for p in path.glob("*/manifest.json")) or [path]


def _plan(options: dict[str, Any], sealed: Registration | None) -> Plan:
    """What was registered, or the usual; with what is said now."""
    from bridle.targets.correlate import Plan
    from bridle.targets.registration import RegistrationError

    said = {k: options[k] for k in ("draws", "seed", "alpha") if options[k] is not None}
    try:
        stored = dict(sealed.configuration["plan"]) if sealed else {}
        known = Plan(**{**stored, "grid": tuple(stored["grid"])}) if stored else Plan()
        return replace(known, **said)
    except (KeyError, TypeError) as e:
        raise RegistrationError(f"the registration has no plan that this version knows: {e!s:.80}") from None
    except ValueError as e:
        fail(str(e))


def _tokens(project: Project, examined: Sequence[Examined], reason: str) -> dict[str, tuple[str, ...]]:
    """Of each phone, the keyed hashes of its numbers; an audited act of both keys."""
    from bridle.targets.numbers import Reader

    reader = Reader()
    numbers = {e.label: [n for raw in e.numbers if (n := reader.read(raw, None).number)] for e in examined}
    wanted = sorted({n for many in numbers.values() for n in many})
    made = dict(zip(wanted, project.tokens_of(wanted, reason), strict=True))
    return {label: tuple(dict.fromkeys(made[n] for n in many)) for label, many in numbers.items()}


def _registered_tokens(sealed: Registration, examined: Sequence[Examined]) -> dict[str, tuple[str, ...]]:
    """As they were when the study was registered; a case that was not there has none, and is refused later."""
    from bridle.targets.registration import RegistrationError

    try:
        stored = {str(d["case"]): tuple(map(str, d["tokens"])) for d in sealed.configuration["devices"]}
    except (KeyError, TypeError) as e:
        raise RegistrationError(f"the registration names no devices that this version knows: {e!s:.80}") from None
    return {e.label: stored.get(e.digest, ()) for e in examined}


def _register(study: Study, project: Project, file: Path, reason: str, as_json: bool) -> None:
    from bridle.targets import registration

    made = registration.sealed(study.configuration(), study.power(), datetime.now(UTC))
    if file.exists():
        fail(f"{file} exists already; a registration is never written over")
    project.record("register", reason, digest=made.digest, devices=len(study.examined))
    registration.write(file, made)
    listed = sum(study.is_listed(e) for e in study.examined)
    if as_json:
        say_json({"digest": made.digest, "time": made.time, "devices": len(study.examined), "on_list": listed,
                  "power": list(made.power)})  # fmt: skip
        return
    click.echo(f"Registered {made.time}: {len(study.examined)} phones, {listed} on the list")
    click.echo(f"Digest     {made.digest}")
    click.echo("\n".join(_power(made.power, study.plan.alpha)))
    click.echo(f"Next       deposit the digest with somebody else, then run with --registered {one_line(str(file))}")


def _logged(project: Project, sealed: Registration) -> None:
    """Ends unless the project's own log has this registration."""
    known = (e for e in project.audit.entries() if e.action == "register")
    if not any(e.details.get("digest") == sealed.digest for e in known):
        fail("the log of the list project does not have this registration; it was made for another, or not by bridle")


def _conclude(
    study: Study, project: Project, opened: Sequence[Case], sealed: Registration | None, as_json: bool, bar: Quiet
) -> None:
    from bridle.case.manifest import digest
    from bridle.targets.correlate_cases import traces
    from bridle.targets.correlate_study import conclude

    project.record("correlate", sealed.digest if sealed else "exploratory", devices=len(study.examined))
    bar.stage("reading what was found")
    labels = {e.digest: e.label for e in study.examined}
    found = {labels[digest(c.path)]: traces(c) for c in opened}
    bar.stage("testing")
    result = conclude(study, found)
    bar.close()
    about = {"digest": sealed.digest, "time": sealed.time} if sealed else None
    if as_json:
        say_json({"registered": about, **result.as_json()})
    else:
        click.echo(each_line(lines(result, about)))


def lines(result: Result, registered: dict[str, str] | None) -> Iterator[str]:
    """The result, to be read."""
    if registered:
        yield f"Registered {registered['time']}, {registered['digest']}"
    else:
        yield "EXPLORATORY: not registered before it was looked at; its p-values are weaker evidence than they look"
    yield ""
    yield from _table(result)
    yield ""
    yield from _tests(result)
    yield ""
    yield from _ladder(result)
    yield ""
    yield from _rates(result)
    yield from (f"Note       {note}" for note in result.notes())


_ROWS = {"all": "Phones on the list", "ios": "of these iPhones", "android": "of these Android"}


def _table(result: Result) -> Iterator[str]:
    from bridle.targets.correlate_study import PUBLISHED

    columns = ("tested", "execution", "targeting", "inconclusive")
    yield f"{'Traces of':24}" + "".join(f"{c:>14}" for c in columns)
    for name, row in result.table().items():
        yield f"{_ROWS[name]:24}" + "".join(f"{n:14,}" for n in row)
    yield f"{'Published in 2021':24}" + "".join(f"{n:14,}" for n in PUBLISHED["all"]) + "  (infected, attempted)"
    devices = result.correlation.devices
    near = sum(d.within_hour > 0 for d in devices)
    yield f"Of {len(devices)} phones, {near} have a trace within an hour after a selection"
    digests = {e.label: e.digest[:12] for e in result.study.examined}
    shown = sorted((d for d in devices if d.episodes), key=lambda d: (min(_known(d.lags)), d.label))
    for d in shown:
        nearest = min(_known(d.lags))
        told = "none before" if nearest == float("inf") else f"nearest {nearest:,.0f} s before"
        about = f"{d.days:7,.0f} days  {d.examined:3} selections  {d.episodes:3} episodes"
        yield f"  {d.label}  {digests[d.label]}  {about}  {told}"


def _known(found: Sequence[int | None]) -> list[float]:
    return [float("inf") if lag is None else float(lag) for lag in found] or [float("inf")]


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _tests(result: Result) -> Iterator[str]:
    from bridle.targets.correlate import MISLEADING

    found = result.correlation
    yield f"{'Episodes within':24}" + "".join(f"{_span(lag):>12}" for lag in found.plan.grid)
    yield f"{'observed':24}" + "".join(f"{n:12}" for n in found.test("poisson").observed)
    for t in found.tests:
        if t.holds:
            yield f"{'expected by ' + t.null:24}" + "".join(f"{e:12.2f}" for e in t.expected)
    yield "Tests that hold"
    without = {w.null: w for w in found.without}
    for t in found.tests:
        if t.holds:
            w = without[t.null]
            yield _test(t) + (f"; at most {w.p:.4g} without {w.label}" if w.label else "")
    yield "Controls, which must not reject"
    yield f"  {'time reversed':14} p = {found.reversed_time.p:.4g}"
    if found.benign:
        yield f"  {'other events':14} p = {found.benign.p:.4g}"
    yield "Tests that DO NOT HOLD, shown so that nobody has to wonder; no statement rests on them"
    for t in found.tests:
        if not t.holds:
            yield f"{_test(t)}: {MISLEADING[t.null]}"
    best = max(found.clock_profile, key=lambda s: (s[1], -abs(s[0])))
    yield f"Clock of the list: most episodes within an hour ({best[1]}) if it is moved by {best[0] / 3600:+.1f} h"
    yield from _power(result.power, found.plan.alpha)


def _test(t: NullTest) -> str:
    return f"  {t.null:14} p = {t.p:.4g}"


def _power(rows: Sequence[Any], alpha: float) -> Iterator[str]:
    yield f"Power at {alpha} of a cohort like this, by the share of selections that leave a trace"
    for p in rows:
        yield f"  {p['q']:4.1f}  jitter {p['jitter']:.2f}  cross {p['cross']:.2f}"


def _ladder(result: Result) -> Iterator[str]:
    from bridle.targets.ladder import LADDER, LIMITS, rung

    said = rung(result.correlation)
    yield "What may be said"
    for name, condition, statement in LADDER:
        yield f"  {'>' if name == said.name else ' '} {condition}: {statement}"
    yield f"Here       {said.condition}: {said.statement}"
    yield from (f"But        {note}" for note in said.notes)
    yield "Limits"
    yield from (f"  - {limit}" for limit in LIMITS)


def _rates(result: Result) -> Iterator[str]:
    from bridle.targets.correlate_overlap import published

    rates = result.rates()
    listed, controls = rates["listed"], rates["controls"]
    if listed["tested"]:
        low, high = rates["interval_95"]
        yield (
            f"Hit rate   {listed['positive']} of {listed['tested']} phones on the list have traces (95 %: {low:.0%} to"
            f" {high:.0%}); no surprise at 0.01 if {rates['break_even_base_rate']:.0%} of comparable people off it had"
        )
    if controls["tested"] and rates["p_against_controls"] is not None:
        yield (
            f"Controls   {controls['positive']} of {controls['tested']} phones off the list have traces; "
            f"p = {rates['p_against_controls']:.2g}"
        )
    else:
        yield "Controls   none: how often such phones have traces off the list is not known"
    told = published()
    w, i = told["whatsapp_overlap"], told["iphones"]
    yield (
        f"Published  {w['hits']} of {w['size']} people notified by WhatsApp are on the list: log10 P = "
        + ", ".join(f"{p:.0f} of {int(n):,}" for n, p in w["log10_p_by_population"].items())
        + f"; no surprise only if the list held {w['break_even_share']:.1%} of all they were drawn from"
        f" ({w['break_even_population_drawn_one_by_one']:,} people)"
    )
    yield (
        f"Published  {i['positive']} of {i['tested']} iPhones had traces; break-even base rate "
        f"{i['break_even_base_rate']:.0%}. {told['caveat'].capitalize()}"
    )
