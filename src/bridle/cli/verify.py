"""`bridle verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.terminal import fail, harmless, password_from, say_json, talk

EXAMPLE = """
\b
Example: bridle verify case1 --evidence backup -i feeds/

\b
Exit codes: 0 intact, 1 differs, 2 not a case, 3 unreadable.
"""


@click.command(epilog=EXAMPLE)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--findings", is_flag=True, help="Also look up every finding's evidence in the records; needs the key.")
@click.option("--evidence", "sources", multiple=True, metavar="SOURCE", type=click.Path(path_type=Path),
              help="Also derive everything again from this source; repeat it in the order of the case.")  # fmt: skip
@click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
              help="With --evidence: the feeds that the case was examined with, if not the stored ones.")  # fmt: skip
@click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="With --evidence: the YARA rules that it was examined with.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="With --evidence: the baselines of its own that it was examined with.")  # fmt: skip
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the password of an encrypted source.")
@click.option("--json", "as_json", is_flag=True, help="An object with the list of differences.")
def verify(case: Path, findings: bool, as_json: bool, password_file: Path | None, **evidence: Any) -> None:
    """Check every file of a case against its manifest. Needs no key.

    With --findings every finding is derived again from the records: each row it cites is looked up and compared, and
    its rule is run again if this version of bridle has the rules the case was made with.

    With --evidence every record and finding is derived again from what was collected, with the same feeds, and held
    against the case; of what differs, the rows are named.
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
    if evidence["sources"] and not differences:
        differences = _of_evidence(case, password_file, evidence)
    if as_json:
        say_json({"intact": not differences, "differences": differences})
    else:
        more = ", and what the evidence gives" if evidence["sources"] else ""
        click.echo("\n".join(map(harmless, differences)) or f"Intact: every file is as the manifest says{more}.")
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


def _of_evidence(path: Path, password_file: Path | None, asked: dict[str, Any]) -> list[str]:
    """What the evidence does not bear out of the case. A case whose files differ is not held against it."""
    from bridle.case.keys import CaseLockedError
    from bridle.engine.options import UsageError, usable_cores
    from bridle.engine.verify import Against, evidence_differences
    from bridle.evidence.source import SourceError

    bar = talk()
    try:
        against = Against(case=path, password=password_from(password_file), jobs=usable_cores(), **asked)
        return list(evidence_differences(against, bar))
    except UsageError as e:
        bar.close()
        fail(str(e))
    except (CaseLockedError, SourceError) as e:
        bar.close()
        fail(str(e), 3)
    except (OSError, ValueError, KeyError) as e:
        bar.close()
        fail(f"the case or its evidence cannot be read: {e}", 3)
    finally:
        bar.close()
