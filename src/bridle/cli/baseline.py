"""`bridle baseline`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.ending import writing
from bridle.cli.opening import opened
from bridle.cli.terminal import each_line, fail, one_line, say_json

EXAMPLE = """
\b
Example:
  bridle baseline build cases/* -o ordinary
  bridle check phone -o case1 --baseline ordinary
"""


@click.group()
def baseline() -> None:
    """Learn from cases what ordinary devices have, so that the rest stands out."""


@baseline.command(epilog=EXAMPLE)
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The folder to write; must not exist.")
@click.option("--at-least", default=1, show_default=True, type=click.IntRange(1), help="Cases a name must be seen in.")
@click.option("--despite-findings", is_flag=True, help="Also learn from cases with findings of level medium or above.")
@click.option("--json", "as_json", is_flag=True, help="Print the number of entries of each list as JSON.")
def build(cases: tuple[Path, ...], out: Path, at_least: int, despite_findings: bool, as_json: bool) -> None:
    """Write the programs of the system (path, and UUID by build), the ordinary users of the network and what crashes.

    Only names and paths of the system are taken from a case, none of an app or a person. A case with a finding of
    level medium or above is refused: what an attack left must not become ordinary. So is one whose consent record does
    not allow statistics.
    """
    from bridle.case.consent import StatisticsRefusedError, may_learn, today
    from bridle.case.custody import recorded
    from bridle.detect.baselines import Built, load_own

    if out.exists():
        fail(f"{out} exists already; name a new folder")
    built = Built()
    for number, place in enumerate(cases):
        case = opened(place)
        try:
            may_learn(case.meta, today())
        except StatisticsRefusedError as e:
            fail(f"nothing is learned from {place}: {e}")
        alarming = sum(case.summary()["findings"][level] for level in ("critical", "high", "medium"))
        if alarming and not despite_findings:
            fail(f"{place} has findings of level medium or above; leave it out, or give --despite-findings")
        built.add(number, case, str(case.meta.get("device", {}).get("build", "")))
    with writing():
        counts = built.write(out, at_least)
    event = {"event": "baseline", "baseline_sha256": load_own(out).digest}
    for why in filter(None, (recorded(place, event) for place in cases)):
        click.echo(one_line(f"bridle: {why}"), err=True)
    if as_json:
        say_json(counts)
    else:
        lines = [f"{count:>7,}  {out / name}" for name, count in counts.items()]
        click.echo(each_line(lines))
