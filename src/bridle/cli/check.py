"""`bridle check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle import garbage
from bridle.cli.acquired import take_down, unfolded
from bridle.cli.ending import answer
from bridle.cli.limit import LIMIT, moved_by
from bridle.cli.terminal import each_line, fail, one_line, password_from, say_json, talk, unwritten
from bridle.core import LEVELS, TLP

MOST_PROBLEMS = 10
"""Files not read to the end that are named on the screen."""
EXAMPLE = """
\b
Examples:
  bridle check ~/backups/00008110-001A2B3C -o case1
  bridle check backup sysdiagnose_2026.tar.gz -o case1 -i feeds/ --consent consent.toml

\b
Exit codes: 0 examined, nothing at or above --fail-on · 1 such a finding · 2 wrong use ·
3 could not be opened, or only in part · 4 only in part, and such a finding.
"""


@click.command(epilog=EXAMPLE)
@click.argument("source", nargs=-1, required=True, type=click.Path(readable=False, path_type=Path))
@click.option("-o", "case", required=True, type=click.Path(path_type=Path), help="The case to write; must not exist.")
@click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
              help="Indicator feeds instead of the stored ones; `-i stored` adds those. Repeatable.")  # fmt: skip
@click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="YARA rules to run over apps and loose files; needs yara-x. Repeatable.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="Names of ordinary devices, as `bridle baseline build` writes them. Repeatable.")  # fmt: skip
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the password of an encrypted source.")
@click.option("--consent", type=click.Path(path_type=Path), help="The consent record; `bridle consent` writes one.")
@click.option("--encrypt-to", multiple=True, metavar="RECIPIENT", help="Also lets this age recipient open the case.")
@click.option("--plaintext-case", is_flag=True, help="Write the case without encryption.")
@click.option("--label", multiple=True, help="What the case calls a source, in their order.")
@click.option("--only", default="*", metavar="GLOB", help="Only these artifacts, such as `ios.sms`.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Parser processes; by default one for each core.")
@LIMIT
@click.option("--hash-all", is_flag=True, help="Hash every file, not only those that are read.")
@click.option("--fail-on", default="high", show_default=True, metavar="LEVEL",
              type=click.Choice(LEVELS),
              help="Findings from this level on give exit code 1.")  # fmt: skip
@click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP",
              type=click.Choice(TLP),
              help="Whose eyes the outputs are for; indicators beyond it are masked.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def check(source: tuple[Path, ...], case: Path, password_file: Path | None, as_json: bool, **options: Any) -> None:
    """Examine one device's acquisitions and write a case.

    SOURCE is what was collected: an iTunes or Finder backup (encrypted or not), a full file system (folder, zip, tar),
    a sysdiagnose, a bugreport, an AndroidQF folder or archive, an .ab backup, an APK, intrusion logs or a capture;
    or the folder of `bridle acquire`.
    Several sources of one device make one case. The evidence is only read.
    """
    with garbage.kept():
        from bridle.case.consent import ConsentError
        from bridle.case.keys import CaseLockedError, RecipientError
        from bridle.case.writer import CaseExistsError
        from bridle.engine.check import check as examine
        from bridle.engine.options import Options, UsageError, usable_cores
        from bridle.evidence.source import SourceError

    options["jobs"] = options["jobs"] or usable_cores()
    sources, options["labels"], acquisitions = unfolded(source, options.pop("label"))
    options["plaintext"] = options.pop("plaintext_case")
    moved = moved_by(options.pop("moved"))
    options |= {"bounds": moved.bounds, "limits": moved.limits}
    asked = Options(sources=sources, case=case, password=password_from(password_file), **options)
    bar = talk()
    try:
        summary = examine(asked, bar)
    except (UsageError, CaseExistsError, CaseLockedError, ConsentError, RecipientError) as e:
        bar.close()
        fail(str(e), 2)
    except SourceError as e:
        bar.close()
        fail(str(e), 3)
    except OSError as e:
        bar.close()
        fail(unwritten(case, e), 2)
    finally:
        bar.close()
    take_down(case, acquisitions)
    with answer(summary["exit"]):
        say_json(summary) if as_json else click.echo(closing(summary, case))


def closing(summary: dict[str, Any], case: Path) -> str:
    """The summary as a person reads it."""
    found = summary["findings"]
    counts = ", ".join(f"{found[k]} {k}" for k in reversed(LEVELS) if found[k])
    more = len(summary["problems"]) - MOST_PROBLEMS
    artifacts, rules, horizon = summary["coverage"]["artifacts"], summary["coverage"]["rules"], summary["log_horizon"]
    examined = f"{artifacts['examined']} artifacts, {artifacts['partly']} partly, {artifacts['not examined']} not"
    span = f"; records from {horizon['first'][:10]} to {horizon['last'][:10]}" if horizon["first"] else ""
    lines = [
        "SYNTHETIC evidence: made by bridle phantom, no real device." if summary["synthetic"] else "",
        f"Verdict    {summary['verdict']['text']}",
        f"Findings   {counts or 'none'}",
        f"Examined   {examined}; {rules['not examined']} of {sum(rules.values())} rules could not run",
        f"Rows       {summary['rows']:,} read, {summary['gaps']:,} gaps{span}",
        *(f"In part    {one_line(p)}" for p in summary["problems"][:MOST_PROBLEMS]),
        f"In part    and {more:,} more; `ledger` in the case has all" if more > 0 else "",
        *(f"Not loaded {one_line(f)}" for f in summary["feeds_not_loaded"]),
        "Consent    none recorded: sharing commands will refuse this case" if summary["consent"] == "none" else "",
        f"Report     {case / 'report.html'}",
    ]
    return each_line(line for line in lines if line)
