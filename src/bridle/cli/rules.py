"""`bridle rules`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, say_json


@click.group()
def rules() -> None:
    """Look at the detection rules."""


@rules.command("list", epilog="Example: bridle rules list --json")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def list_(as_json: bool) -> None:
    """Every rule with its level and stage, then every chain."""
    from bridle.detect.chain import load_chains
    from bridle.detect.rule import load_rules

    found, chains = load_rules(), load_chains()
    if as_json:
        told = [{"id": r.id, "title": r.title, "level": r.level, "stage": r.stage, "status": r.status} for r in found]
        say_json([*told, *({"id": c.id, "title": c.title, "level": f"at most {c.most}", "stage": c.stages[-1],
                            "status": c.status, "steps": len(c.step)} for c in chains)])  # fmt: skip
        return
    for r in found:
        click.echo(f"{r.level:13} {r.stage:12} {r.id}: {r.title}")
    for c in chains:
        click.echo(f"{'chain':13} {len(c.step):2} steps     {c.id}: {c.title}")


@rules.command(epilog="Example: bridle rules show android-accessibility-app")
@click.argument("rule")
def show(rule: str) -> None:
    """One rule or chain as it is written."""
    from bridle.detect.chain import load_chains
    from bridle.detect.rule import load_rules

    files = {r.id: r.file for r in load_rules()} | {c.id: c.file for c in load_chains()}
    if rule not in files:
        fail(f"no rule is called {rule!r:.60}; `bridle rules list` names them all")
    click.echo(files[rule].read_text("utf-8"), nl=False)


@rules.command(epilog="Example: bridle rules test my-rule.toml")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def test(files: tuple[Path, ...]) -> None:
    """Run the examples of every rule and chain, or of the FILES given."""
    from bridle.detect.chain import is_chain, load_chains
    from bridle.detect.examples import chain_failures, failures
    from bridle.detect.rule import RuleError, load_rules

    try:
        of_chains = [f for f in files if f.is_file() and is_chain(f)]
        rules = [f for f in files if f not in of_chains]
        tried = load_rules(rules or None) if rules or not files else ()
        chains = load_chains(of_chains or None) if of_chains or not files else ()
        wrong = failures(tried) + chain_failures(chains, load_rules())
    except RuleError as e:
        fail(str(e))
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(tried)} rules, {len(chains)} chains, {len(wrong)} examples failed", err=True)
    raise SystemExit(1 if wrong else 0)
