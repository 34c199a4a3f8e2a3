"""`bridle verify`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, say_json


@click.command(epilog="Exit codes: 0 intact, 1 differs, 2 not a case, 3 unreadable.")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An object with the list of differences.")
def verify(case: Path, as_json: bool) -> None:
    """Check every file of a case against its manifest. Needs no key."""
    from bridle.case.manifest import verify_manifest

    if not (case / "manifest.json").is_file():
        fail(f"{case} is not a case: it has no manifest.json")
    try:
        differences = verify_manifest(case)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if as_json:
        say_json({"intact": not differences, "differences": differences})
    else:
        click.echo("\n".join(map(harmless, differences)) or "Intact: every file is as the manifest says.")
    raise SystemExit(1 if differences else 0)
