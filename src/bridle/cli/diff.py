"""`bridle diff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from bridle.cli.ending import answer
from bridle.cli.terminal import each_line, fail, say_json

EXAMPLE = """
\b
Example: bridle diff case1 case2

\b
Exit codes: 0 nothing new in the second · 1 a new finding, or one whose level rose · 2 not a case · 3 unreadable.
"""


@click.command(epilog=EXAMPLE)
@click.argument("one", metavar="CASE", type=click.Path(path_type=Path))
@click.argument("two", metavar="CASE", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An object with all differences.")
def diff(one: Path, two: Path, as_json: bool) -> None:
    """What the second case says differently: findings, tables, feeds, rules, coverage. Needs no key."""
    from bridle.case.damage import CaseDamagedError
    from bridle.engine.diff import cases_diff

    for case in (one, two):
        if not (case / "manifest.json").is_file():
            fail(f"{case} is not a case: it has no manifest.json. `bridle check SOURCE -o {case}` makes one.")
    try:
        found = cases_diff(one, two)
    except CaseDamagedError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        fail(f"a case cannot be read: {e}; `bridle verify` says what of it differs", 3)
    with answer(int(found["new"])):
        say_json(found) if as_json else click.echo(each_line(_lines(found)) or "No difference.")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    findings = found["findings"]
    for sign, some in (("new", findings["new"]), ("gone", findings["gone"])):
        yield from (f"finding {sign:8} {_finding(f)}" for f in some)
    for f in findings["changed"]:
        yield f"finding changed  {_finding(f)}: {', '.join(f['fields'])}"
    for what in ("tables", "feeds"):
        for sign, names in found[what].items():
            yield from (f"{what[:-1]:7} {sign:8} {name}" for name in names)
    for what in ("rules", "bridle"):
        if not found[what]["same"]:
            yield f"{what:7} changed  {found[what]['first'][:16]} to {found[what]['second'][:16]}"
    for what in ("artifacts", "rules"):
        for c in found["coverage"][what]:
            yield f"coverage of {c['name']}: {c['first'] or 'none'} to {c['second'] or 'none'}"


def _finding(f: Mapping[str, Any]) -> str:
    before = f.get("level_before")
    level = f"{before} to {f['level']}" if before not in (None, f["level"]) else f["level"]
    return f"{level:13} {f['rule']}  {f['indicator']['value'] if f['indicator'] else f['title']}"
