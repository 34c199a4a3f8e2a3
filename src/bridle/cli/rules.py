"""`bridle rules`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, say_json


@click.group()
def rules() -> None:
    """Look at the detection rules."""


@rules.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def list_(as_json: bool) -> None:
    """Every rule with its level and stage."""
    from bridle.detect.rule import load_rules

    found = load_rules()
    if as_json:
        say_json(
            [{"id": r.id, "title": r.title, "level": r.level, "stage": r.stage, "status": r.status} for r in found]
        )
        return
    for r in found:
        click.echo(f"{r.level:13} {r.stage:12} {r.id}: {r.title}")


@rules.command()
@click.argument("rule")
def show(rule: str) -> None:
    """One rule as it is written."""
    from bridle.detect.rule import load_rules

    found = next((r for r in load_rules() if r.id == rule), None)
    if found is None:
        fail(f"no rule is called {rule!r:.60}; `bridle rules list` names them all")
    click.echo(Path(found.file).read_text("utf-8"), nl=False)


@rules.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def test(files: tuple[Path, ...]) -> None:
    """Run the examples of every rule, or of the rule FILES given."""
    from bridle.detect.examples import failures
    from bridle.detect.rule import RuleError, load_rules

    try:
        tried = load_rules(files or None)
        wrong = failures(tried)
    except RuleError as e:
        fail(str(e))
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(tried)} rules, {len(wrong)} examples failed", err=True)
    raise SystemExit(1 if wrong else 0)
