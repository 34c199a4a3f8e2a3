"""`bridle acquire`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.limit import LIMIT, moved_by
from bridle.cli.terminal import fail, one_line, password_from, say_json

if TYPE_CHECKING:
    from bridle.acquire.record import Record
    from bridle.engine.bounds import Moved
    from bridle.engine.options import Options

_PART = {0: 3, 1: 4, 3: 3, 4: 4}
"""An exit code of `check`, where not everything could be examined."""
_ENCRYPTED = ("backup", "androidqf")
"""What sources are called that may need a password."""
EXAMPLE = """
\b
Examples:
  bridle acquire ios -o phone1 --consent consent.toml
  bridle acquire android -o phone2 --consent consent.toml -i feeds/
  bridle acquire ios -o phone1 --dry-run

\b
Exit codes: those of `check`; 2 wrong use · 3 no phone, or not all steps could be done; run it again to continue.
"""


@click.command(epilog=EXAMPLE)
@click.argument("platform", type=click.Choice(("ios", "android")))
@click.option("-o", "folder", required=True, type=click.Path(path_type=Path),
              help="The folder for evidence and case; new, or that of an acquisition to continue.")  # fmt: skip
@click.option("--consent", metavar="FILE|none", help="The consent record; `none` says that there is none.")
@click.option("--udid", "--serial", "device", help="Which phone, where several are on cables.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the backup password, known or to be set.")
@click.option("--set-backup-password", is_flag=True, help="iPhone: the person agreed that a backup password is set.")
@click.option(
    "-i", "indicators", multiple=True, metavar="FILE_OR_DIR", help="Indicator feeds, as of `check`. Repeatable."
)
@click.option("--encrypt-to", multiple=True, metavar="RECIPIENT", help="Also lets this age recipient open the case.")
@LIMIT
@click.option("--no-check", is_flag=True, help="Only acquire; examine it later with `bridle check FOLDER`.")
@click.option("--yes", is_flag=True, help="Ask nothing, for scripts: what needs an answer is left out.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and what is missing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def acquire(platform: str, folder: Path, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Acquire a phone on a cable, with its owner's consent, and open a case.

    Goes step by step, in the order that keeps evidence, and drives separate programs that must be installed: of
    libimobiledevice (or pymobiledevice3) for an iPhone, adb and AndroidQF for an Android phone. The phone is never
    restarted, updated or unlocked. Everything that is changed on it is announced and taken down. What is received is
    hashed at once, in FOLDER, which only you can read; then `bridle check` makes FOLDER/case.

    Interrupted, or with a step that failed, the same command continues with the steps that are missing.
    """
    if dry_run:
        _plan(platform, as_json)
        return
    if not options["yes"] and not (sys.stdin.isatty() and sys.stderr.isatty()):
        fail("acquiring asks questions, and this is no terminal; use --yes, and read `bridle acquire --help` first")
    moved = moved_by(options["moved"])
    consent, told = _consent(options["consent"], asks=not options["yes"])
    stored, password = _acquired(platform, folder, told, options)
    _say_what_failed(stored)
    options["as_json"] = as_json
    summary = None if options["no_check"] else _examined(folder, stored, consent, password, moved, options)
    code = _exit(stored, summary)
    if as_json:
        say_json({"acquisition": stored.as_dict(), "summary": summary, "exit": code})
    raise SystemExit(code)


def _consent(given: str | None, asks: bool) -> tuple[Path | None, dict[str, str] | str]:
    """The consent record's file and what is taken down of it. Ends with 2 without an answer."""
    import hashlib
    from datetime import UTC, datetime

    from bridle.case.consent import Consent, ConsentError

    if given is None and asks:
        click.echo("No consent record is given. `bridle consent > consent.toml` writes one to fill in.", err=True)
        if click.confirm("Does the phone's owner agree, and go on without a record?", default=False, err=True):
            given = "none"
    if given is None:
        fail("consent comes first: `bridle consent > consent.toml`, fill it in, and use --consent consent.toml;"
             " `--consent none` says that there is no record")  # fmt: skip
    if given == "none":
        return None, "none recorded"
    file = Path(given)
    try:
        consent = Consent.load(file)
    except ConsentError as e:
        fail(str(e))
    if consent.retention_until < datetime.now(UTC).date():
        fail(f"{file}: retention_until {consent.retention_until} has passed; ask the person, and write a new record")
    return file, {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "date": consent.date.isoformat()}


def _acquired(
    platform: str, folder: Path, consent: dict[str, str] | str, options: dict[str, Any]
) -> tuple[Record, Any]:
    """The acquisition, and what gives the backup's password. Ends with one line when nothing could be acquired."""
    from bridle.acquire.acquiring import Asked
    from bridle.acquire.acquiring import acquire as go
    from bridle.acquire.programs import MissingProgramError
    from bridle.acquire.record import AcquisitionError, WrongUseError
    from bridle.cli.guide import Terminal
    from bridle.evidence.secret import as_text

    scripted = password_from(options["password_file"]) if options["password_file"] or options["yes"] else lambda: None
    guide, typed = Terminal(interactive=not options["yes"]), scripted()
    asked = Asked(
        platform=platform, folder=folder.absolute(), device=options["device"], consent=consent,
        password=None if typed is None else as_text(typed), set_password=options["set_backup_password"],
    )  # fmt: skip
    try:
        stored = go(asked, guide)
    except WrongUseError as e:
        fail(str(e), 2)
    except (AcquisitionError, MissingProgramError) as e:
        fail(str(e), 3)
    except (KeyboardInterrupt, click.Abort):
        fail("interrupted. What is there is kept; run the same command again to continue", 3)
    known = guide.typed or asked.password
    later = password_from(options["password_file"])
    return stored, (lambda: known) if known is not None else (lambda: later() or None)


def _say_what_failed(stored: Record) -> None:
    from bridle.acquire.acquiring import missing

    for step in missing(stored):
        click.echo(one_line(f"bridle: {step.name} failed: {step.said}"), err=True)
    if stored.backup_encryption.get("set_here"):
        click.echo("bridle: the backup password stays on the phone; give it to the person in writing", err=True)


def _examined(
    folder: Path, stored: Record, consent: Path | None, password: Any, moved: Moved, options: dict[str, Any]
) -> dict[str, Any] | None:
    """The summary of a new case; None where there is nothing to examine. Ends with a line when it cannot be made."""
    from bridle.acquire import examining
    from bridle.case.consent import ConsentError
    from bridle.case.keys import CaseLockedError, RecipientError
    from bridle.cli.check import closing
    from bridle.engine.options import Options, UsageError, usable_cores
    from bridle.evidence.source import NeedsPasswordError, SourceError

    found, case = examining.sources(folder, stored), examining.next_case(folder)
    asked = Options(
        sources=(), case=case, indicators=options["indicators"], consent=consent, encrypt_to=options["encrypt_to"],
        password=password, jobs=usable_cores(), bounds=moved.bounds, limits=moved.limits,
    )  # fmt: skip
    try:
        try:
            summary, in_part = _checked(asked, found), False
        except NeedsPasswordError as e:
            later = f"`bridle check {folder} -o CASE --password-file FILE` examines all of it"
            click.echo(one_line(f"bridle: {e} It is left out; {later}"), err=True)
            summary, in_part = _checked(asked, [(p, label) for p, label in found if label not in _ENCRYPTED]), True
    except (UsageError, CaseLockedError, ConsentError, RecipientError) as e:
        fail(str(e), 2)
    except SourceError as e:
        fail(f"{e} The evidence is kept; examine it with `bridle check {folder} -o CASE`", 3)
    if summary is None:
        click.echo("bridle: nothing was acquired that could be examined", err=True)
        return None
    examining.custody(case, folder, stored)
    click.echo(closing(summary, case), err=options["as_json"])
    return summary | {"exit": _PART[summary["exit"]]} if in_part else summary


def _checked(asked: Options, found: Sequence[tuple[Path, str]]) -> dict[str, Any] | None:
    """The case of these sources; None where there are none."""
    from bridle.cli.terminal import talk
    from bridle.engine.check import check

    if not found:
        return None
    bar = talk()
    try:
        return check(replace(asked, sources=tuple(p for p, _ in found), labels=tuple(s for _, s in found)), bar)
    finally:
        bar.close()


def _exit(stored: Record, summary: dict[str, Any] | None) -> int:
    from bridle.acquire.acquiring import missing

    code = 3 if summary is None and not _given(stored) else 0 if summary is None else int(summary["exit"])
    return _PART[code] if missing(stored) else code


def _given(stored: Record) -> bool:
    return any(s.status == "done" and s.hashes for s in stored.steps)


def _plan(platform: str, as_json: bool) -> None:
    """What would be done."""
    from bridle.acquire.acquiring import NEEDED, PLANS
    from bridle.acquire.programs import programs

    tools = [p for p in programs() if p.platform == platform]
    if as_json:
        say_json({
            "platform": platform,
            "steps": [{"name": t.name, "title": t.title, "changes": t.changes, "commands": list(t.commands)}
                      for t in PLANS[platform]],
            "programs": [{"name": p.name, "here": p.path is not None, "needed": p.name in NEEDED[platform],
                          "install": p.how_to_install()} for p in tools],
        })  # fmt: skip
        return
    for n, task in enumerate(PLANS[platform], 1):
        click.echo(f"{n}. {task.title}\n   runs     {'; '.join(task.commands)}\n   changes  {task.changes}")
    for p in tools:
        here = "here" if p.path is not None else f"not here: {p.how_to_install()}"
        click.echo(one_line(f"   {p.name:<20} {here}"))
