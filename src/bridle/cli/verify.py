"""`bridle verify`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, say_json


@click.command(epilog="Exit codes: 0 intact, 1 differs, 2 not a case, 3 unreadable.")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--findings", is_flag=True, help="Also look up every finding's evidence in the records; needs the key.")
@click.option("--json", "as_json", is_flag=True, help="An object with the list of differences.")
def verify(case: Path, findings: bool, as_json: bool) -> None:
    """Check every file of a case against its manifest. Needs no key.

    With --findings every finding is derived again from the records: each row it cites is looked up and compared, and
    its rule is run again if this version of bridle has the rules the case was made with.
    """
    from bridle.case.manifest import verify_manifest

    if not (case / "manifest.json").is_file():
        fail(f"{case} is not a case: it has no manifest.json")
    try:
        differences = verify_manifest(case)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if findings and not differences:
        differences = _of_findings(case)
    if as_json:
        say_json({"intact": not differences, "differences": differences})
    else:
        click.echo("\n".join(map(harmless, differences)) or "Intact: every file is as the manifest says.")
    raise SystemExit(1 if differences else 0)


def _of_findings(path: Path) -> list[str]:
    """What the records do not bear out of the findings. A case whose files differ is not asked."""
    from bridle.cli.opening import opened
    from bridle.detect.rederive import rederived
    from bridle.detect.rule import load_rules, rules_digest

    case, rules = opened(path), load_rules()
    if case.meta.get("baselines") or case.meta.get("rules", {}).get("digest") != rules_digest(rules):
        click.echo("The rules differ from those of the case and are not run again; rows are compared.", err=True)
        rules = ()
    return [f"finding {f['id'][:12]}: {d}" for f in case.findings() for d in rederived(case, f, rules)]
