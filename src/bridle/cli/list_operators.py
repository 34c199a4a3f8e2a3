"""`bridle list operators`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import each_line, fail, say_json, talk

if TYPE_CHECKING:
    from bridle.targets.operators import Operator, Operators

EXAMPLE = """
\b
Examples:
  bridle list operators --project list
  bridle list operators --project list --components 11 --json

\b
Exit codes: 0 divided · 2 wrong use, or too little in the list · 3 the project cannot be opened.
"""


@click.command("operators", epilog=EXAMPLE)
@click.option("--project", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
              help="The list project.")  # fmt: skip
@click.option("--gap", default=300, show_default=True, type=click.IntRange(1, 86_400),
              help="Seconds between two selections of one sitting, at most.")  # fmt: skip
@click.option("--components", type=click.IntRange(1, 60), help="Components of the mixture, instead of choosing.")
@click.option("--seed", default=1, show_default=True, help="Equal seeds give equal results.")
@click.option("--resamples", default=5, show_default=True, type=click.IntRange(0, 200),
              help="Fits of resampled sittings, for the stability.")  # fmt: skip
@click.option("--rows", is_flag=True, help="With --json: also the operator of every row, by its token.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def operators(
    folder: Path, gap: int, components: int | None, seed: int, resamples: int, rows: bool, as_json: bool
) -> None:
    """Divide a list among its probable operators, by what was selected together and when.

    Operators are called OP-01, OP-02 …, by their number of selections, never after a government. A client field of the
    list decides where there is one; the mixture is then a blind check. Nothing is written.
    """
    from bridle.cli.list import opened
    from bridle.targets.keys import ProjectError
    from bridle.targets.operators import OperatorsError
    from bridle.targets.operators import operators as divided
    from bridle.targets.sittings import selections_of

    if rows and not as_json:
        fail("--rows needs --json")
    project = opened(folder)
    bar = talk()
    bar.stage("fitting the mixture")
    try:
        found = divided(selections_of(project.selections()), gap=gap, seed=seed, components=components,
                        resamples=resamples)  # fmt: skip
    except (OperatorsError, ProjectError) as e:
        bar.close()
        fail(str(e))
    finally:
        bar.close()
    if as_json:
        say_json(found.as_json(rows))
    else:
        click.echo(each_line(lines(found)))


def lines(found: Operators) -> Iterator[str]:
    """The division as text."""
    yield f"Rows         {found.rows:,} in {found.sittings:,} sittings (pauses over {found.gap} s end one)"
    if found.without_time:
        yield f"Not divided  {found.without_time:,} rows without a time finer than a day"
    yield "operator  selections  numbers  FROM to TO               most of  cross-border (likelier)  right  stability"
    yield from (_line(o) for o in found.operators)
    yield from (f"Cross-border {o.name}: {told}" for o in found.operators if (told := _abroad(o)))
    yield "Other numbers of components (BIC; operators; agreement with what is shown):"
    for c in found.choices:
        mark = "  shown" if c.chosen else ""
        yield f"  {c.components:3}  {c.bic:14,.1f}  {c.operators:3}  {c.agreement:5.2f}{mark}"
    for j in found.joins:
        yield (f"Joined       components {j.one} and {j.other}: {j.repetitions:,} numbers selected again across them,"
               f" {j.within[0]:,} and {j.within[1]:,} within")  # fmt: skip
    yield from _measured(found)
    yield "That is of all rows. Cross-border ones are right less often: of the likelier 73, 87 and 92 of 100 in made"
    yield "lists of which 10 %, 30 % and 50 % cross borders."
    yield "A mixture says that one hand selected these numbers, not whose it is. Selected is not attacked."


def _line(o: Operator) -> str:
    right = "  –  " if o.calibrated is None else f"{o.calibrated:5.2f}"
    stable = "–" if o.stability is None else f"{o.stability:.2f}" + (" dissolves" if o.stability < 0.5 else "")
    return (f"{o.name:8}  {o.selections:10,}  {o.numbers:7,}  {_day(o.first)} to {_day(o.last)}  {o.most_selected:7}"
            f"  {o.cross_border:12,} ({o.cross_border_likelier:,})  {right}  {stable}")  # fmt: skip


def _abroad(o: Operator) -> str:
    others = [(c, n) for c, n in o.countries.items() if c != o.most_selected]
    told = ", ".join(f"{c} {n:,}" for c, n in others[:8])
    return told + (f" and {len(others) - 8} more" if len(others) > 8 else "")


def _measured(found: Operators) -> Iterator[str]:
    if found.blind_check is not None:
        check = found.blind_check
        yield (f"Blind check  {check.rows:,} rows of {check.clients} clients: the mixture did not see them, and gives"
               f" {check.same:.0%} the same (adjusted Rand index {check.agreement:.2f})")  # fmt: skip
    if not found.calibration.bins:
        yield "Right        not measured: too few numbers are selected again; the posteriors are too sure of themselves"
        return
    yield f"Right        measured by {found.calibration.basis} ({found.calibration.cases:,}):"
    for b in found.calibration.bins:
        yield f"  posterior {b.posterior_from:5.3f} to {b.posterior_to:5.3f}: right {b.right:.2f}  ({b.cases:,} ends)"


def _day(seconds: int) -> str:
    return (datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)).date().isoformat()


COMMANDS = (operators,)
