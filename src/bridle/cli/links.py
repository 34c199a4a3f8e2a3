"""`bridle links`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.ending import answer
from bridle.cli.terminal import each_line, fail, one_line, say_json

if TYPE_CHECKING:
    from bridle.links.cases import Cohort
    from bridle.links.edges import Edge
    from bridle.links.graph import Links, Use

EXAMPLE = """
\b
Examples:
  bridle links cases/*
  bridle links cases/* --strata countries.tsv --json

\b
Exit codes: 0 nothing is shared · 1 something is · 2 wrong use, or fewer than two cases may be put side by side
· 3 nothing is shared, and a case could not be read.
"""


@click.command(epilog=EXAMPLE)
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strata", "strata_file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Lines of a case's folder, a tab, and its country: shows selectors of all customers.")  # fmt: skip
@click.option("--within", default=365, show_default=True, type=click.IntRange(1, 36_500), metavar="DAYS",
              help="A selector that pauses for longer counts as another.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def links(cases: tuple[Path, ...], strata_file: Path | None, within: int, as_json: bool) -> None:
    """Say which CASES the same customer is supposed to be behind, by the attacker's selectors that they share.

    A selector is an account, a domain, a sender or an attachment that a finding names. Every link is told with what
    carries it. Cases whose consent does not allow to be put beside others are left out and listed. Devices have labels,
    no names. Nothing is written.
    """
    from bridle.links.cases import read, strata
    from bridle.links.graph import links as linked

    if missing := [p for p in cases if not (p / "manifest.json").is_file()]:
        fail(f"{missing[0]} is not a case: it has no manifest.json. `bridle check SOURCE -o {missing[0]}` makes one.")
    cohort = read(cases, datetime.now(UTC).date())
    for c in cohort.left_out:
        click.echo(one_line(f"bridle: left out {c.case}: {c.why}"), err=True)
    if len(cohort.devices) < 2:
        unread = any(c.state == "unreadable" for c in cohort.left_out)
        told = f"expected at least two devices that may be put side by side, got {len(cohort.devices)}"
        fail(told, 3 if unread else 2)
    try:
        of = strata(strata_file, cohort.folders) if strata_file else {}
    except (OSError, ValueError) as e:
        fail(f"the strata cannot be read: {e}")
    found = linked(cohort.edges, strata=of, operators=cohort.operators, within=timedelta(days=within))
    unread = any(c.state == "unreadable" for c in cohort.left_out)
    with answer(1 if found.hypotheses or found.tools else 3 if unread else 0):
        say_json(as_object(cohort, found)) if as_json else click.echo(each_line(lines(cohort, found)))


def as_object(cohort: Cohort, found: Links) -> dict[str, Any]:
    """Everything as JSON's types."""
    return {
        "devices": [{"label": d, "cases": list(names)} for d, names in cohort.devices.items()],
        "hypotheses": [
            {"name": h.name, "devices": list(h.devices), "uses": [_use(u) for u in h.uses],
             "bridges": [{"kind": k, "value": v} for k, v in h.bridges], "contradiction": h.contradiction}
            for h in found.hypotheses
        ],
        "several": [{"device": d, "hypotheses": list(names)} for d, names in found.several],
        "tools": [_use(u) for u in found.tools],
        "set_aside": [{**asdict(s), "devices": list(s.devices)} for s in found.set_aside],
        "left_out": [asdict(c) for c in cohort.left_out],
    }  # fmt: skip


def _use(u: Use) -> dict[str, Any]:
    return {"kind": u.kind, "value": u.value, "edges": [
        {"device": e.device, "first": e.first.isoformat() if e.first else None,
         "last": e.last.isoformat() if e.last else None, "carriers": [asdict(c) for c in e.carriers]}
        for e in u.edges
    ]}  # fmt: skip


def lines(cohort: Cohort, found: Links) -> Iterator[str]:
    """The links as text."""
    for d, names in cohort.devices.items():
        yield f"{d}  case {', '.join(n[:12] for n in names)}"
    for h in found.hypotheses:
        yield f"{h.name}  the same customer is supposed to be behind {', '.join(h.devices)}"
        for u in h.uses:
            bridge = "  (it alone holds a part of this together)" if (u.kind, u.value) in h.bridges else ""
            yield f"  {u.kind} {u.value}{bridge}"
            yield from (f"    {_edge(e)}" for e in u.edges)
        if h.contradiction:
            yield f"  contradicted: {h.contradiction}"
    for d, hypotheses in found.several:
        yield f"{d} is in {', '.join(hypotheses)}: victim of several, or these are one"
    for u in found.tools:
        yield f"The same {u.kind} {u.value} in {', '.join(sorted(u.devices))}: a shared tool, which tells no customer"
    for s in found.set_aside:
        yield f"Set aside {s.kind} {s.value} of {', '.join(s.devices)}: {s.why}"
    yield f"{len(cohort.devices):,} devices, {len(found.hypotheses):,} hypotheses. A hypothesis names no customer."


def _edge(e: Edge) -> str:
    when = f"{e.first:%Y-%m-%d} to {e.last or e.first:%Y-%m-%d}" if e.first else "no time"
    c = e.carriers[0] if e.carriers else None
    by = "" if c is None else f"finding {c.finding[:12]}, " if c.finding else "observables, "
    place = "" if c is None else f"{c.table} {c.locator or ''}".rstrip()
    more = f" and {len(e.carriers) - 1} more rows" if len(e.carriers) > 1 else ""
    return f"{e.device}  {when}  {by}{place}{more}"
