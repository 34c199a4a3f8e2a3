"""`bridle fleet`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.fleet_progress import said, watching
from bridle.cli.limit import LIMIT
from bridle.cli.terminal import PASSWORD_VARIABLE, fail, one_line, say_json
from bridle.core import LEVELS, TLP

if TYPE_CHECKING:
    from bridle.fleet.executor import Executor
    from bridle.fleet.prepare import Prepared, Request

EXAMPLES = """
\b
Examples:
  bridle fleet check '/evidence/2026/*' --lake /cases/lake -i feeds/
  bridle fleet check 's3://acquisitions/*.zip' --lake s3://our-lake --scheduler tls://scheduler:8786
  bridle fleet check backups/* --lake lake --consent consents/ --password-file passwords/
  bridle fleet check '/evidence/*' --lake lake --limit unpacked=2TiB --limit parser-seconds=7200

\b
Each SOURCE is one acquisition. A pattern in quotes stands for many: '/evidence/*'. The same command
again goes on where it was stopped, and does what a new feed or version asks for.

\b
Exit codes, of all cases: 0 examined, nothing at or above --fail-on · 1 such a finding · 2 wrong use ·
3 some could not be opened, or only in part · 4 that, and such a finding.
"""
LAKE = click.option(
    "--lake", required=True, metavar="URL", help="Where the cases are kept: a folder, or s3://, sftp:// …"
)


@click.group()
def fleet() -> None:
    """Examine many acquisitions, on one machine or a cluster, and keep the cases in a lake."""


def _asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that decide what a task is."""
    for option in reversed((
        click.argument("sources", nargs=-1, required=True),
        LAKE,
        click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
                     help="Indicator feeds instead of the stored ones; `-i stored` adds those. Repeatable."),
        click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
                     help="YARA rules to run over apps and loose files. Repeatable."),
        click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
                     help="Names of ordinary devices. Repeatable."),
        click.option("--password-file", "password", metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
                     help="Holds the password of encrypted sources; a folder holds NAME.txt for each."),
        click.option("--consent", metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
                     help="The consent record; a folder holds NAME.toml for each source."),
        click.option("--encrypt-to", multiple=True, metavar="RECIPIENT",
                     help="Also lets this age recipient open the cases."),
        click.option("--plaintext-case", "plaintext", is_flag=True, help="Write the cases without encryption."),
        click.option("--only", default="*", metavar="GLOB", help="Only these artifacts, such as `ios.sms`."),
        LIMIT,
        click.option("--hash-all", is_flag=True, help="Hash every file, not only those that are read."),
        click.option("--fail-on", default="high", show_default=True, metavar="LEVEL", type=click.Choice(LEVELS),
                     help="Findings from this level on give exit code 1."),
        click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP", type=click.Choice(TLP),
                     help="Whose eyes the outputs are for; indicators beyond it are masked."),
        click.option("--retry", is_flag=True, help="Also try what was set aside because it took its workers with it."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    )):  # fmt: skip
        command = option(command)
    return command


@fleet.command(epilog=EXAMPLES)
@_asking
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tls://host:8786; `processes` for none.")
@click.option("--jobs", type=click.IntRange(1, 1024), help="Worker processes of this machine; by default one per core.")
@click.option("--task-seconds", default=21600.0, show_default=True, metavar="SECONDS", type=click.FloatRange(1),
              help="After so long a task is stopped.")  # fmt: skip
@click.option("--tries", default=3, show_default=True, type=click.IntRange(1, 10),
              help="How often a task may lose its worker before it is set aside.")  # fmt: skip
def check(
    scheduler: str | None, jobs: int | None, task_seconds: float, tries: int, as_json: bool, **asked: Any
) -> None:  # fmt: skip
    """Examine every SOURCE that the lake has no case of yet, with these feeds, rules and this version.

    Each becomes an ordinary case in LAKE/cases. Workers may die, this command may be killed: nothing is lost, and the
    same command goes on. What cannot be done is set aside with its reason.
    """
    from bridle.fleet.executor import ExecutorError
    from bridle.fleet.run import begun, run
    from bridle.fleet.storage import LakeError

    prepared = _prepared(asked)
    watch = watching(as_json)
    try:
        with begun(prepared):
            executor = _executor(prepared, scheduler, jobs, task_seconds, tries)
            try:
                report = run(prepared, executor, watch)
            finally:
                executor.close()
    except (LakeError, ExecutorError) as e:
        watch.close()
        fail(str(e), 3)
    except KeyboardInterrupt:
        watch.close()
        fail("stopped; what is done is kept, and the same command goes on", 130)
    finally:
        watch.close()
    say_json(said(report, prepared)) if as_json else click.echo(watch.closing(report, prepared))
    raise SystemExit(report.exit)


@fleet.command(epilog="Example: bridle fleet plan '/evidence/*' --lake lake -i feeds/")
@_asking
def plan(as_json: bool, **asked: Any) -> None:
    """Say what `bridle fleet check` with the same words would do. Nothing is examined and nothing is written."""
    prepared = _prepared(asked)
    rows: list[dict[str, Any]] = [
        {"task": e.planned.task, "state": e.state, "name": e.planned.name, "source": e.planned.source,
         "size": e.planned.size, "replaces": prepared.plan.earlier(e.planned), "consent": bool(e.consent),
         "reason": e.outcome.reason if e.outcome else ""}
        for e in prepared.entries
    ]  # fmt: skip
    if as_json:
        say_json({"lake": prepared.lake.address, "to_do": len(prepared.waiting()), "tasks": rows})
        return
    for row in rows:
        why = f"  ({row['reason']})" if row["reason"] else ""
        click.echo(one_line(f"{row['state']:9}  {row['task'][:12]}  {row['size']:>15,}  {row['name']}{why}"))
    click.echo(f"{len(prepared.waiting()):,} of {len(rows):,} would be examined", err=True)


@fleet.command(epilog="Example: bridle fleet status --lake lake --json")
@LAKE
@click.option("--cases", is_flag=True, help="Also list every task.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(lake: str, cases: bool, as_json: bool) -> None:
    """Say how far a lake is: planned, done, running, set aside and why, and what was found. The lake alone is asked."""
    from bridle.fleet.lake import Lake
    from bridle.fleet.status import listed
    from bridle.fleet.status import status as asked
    from bridle.fleet.storage import LakeError

    try:
        place = Lake(lake)
        told = asked(place)
        rows = listed(place) if cases else []
    except LakeError as e:
        fail(str(e), 2)
    if as_json:
        say_json(told | ({"tasks": rows} if cases else {}))
        return
    from bridle.cli.fleet_progress import of_lake

    for row in rows:
        click.echo(one_line(f"{row['status']:9}  {row['task']}  {row['name']}  {row['verdict'] or row['reason']}"))
    click.echo(of_lake(told))


@fleet.command(epilog="Example: bridle fleet forget --lake lake 3f1c5a2b9d04")
@LAKE
@click.argument("case")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print what was deleted as JSON.")
def forget(lake: str, case: str, yes: bool, as_json: bool) -> None:
    """Delete a CASE from the lake for good, with all that the lake knows of its source.

    CASE is its name or the beginning of it, its folder, or the name of its source. A tombstone stays, which holds
    digests and a time, so that the acquisition is not examined again.
    """
    from bridle.fleet.forget import forget as delete
    from bridle.fleet.forget import tasks_of
    from bridle.fleet.lake import Lake
    from bridle.fleet.storage import LakeError

    try:
        place = Lake(lake)
        tasks = tasks_of(place, case)
        if not yes:
            if not sys.stdin.isatty():
                fail("deleting needs --yes where nobody can be asked", 2)
            click.confirm(f"Delete case {tasks[0]} for good?", abort=True, err=True)
        gone = delete(place, tasks)
    except LakeError as e:
        fail(str(e), 2)
    if as_json:
        say_json({"task": gone.tasks[0], "others": list(gone.tasks[1:]), "files": gone.files})
        return
    click.echo(
        f"Deleted case {gone.tasks[0]}: {gone.files:,} files. Reports, exports and backups elsewhere are not touched."
    )


def _prepared(asked: dict[str, Any]) -> Prepared:
    from bridle.case.consent import ConsentError
    from bridle.engine.options import UsageError
    from bridle.fleet.prepare import Request, prepare
    from bridle.fleet.storage import LakeError

    request: Request = Request(**asked)
    if request.password is None and PASSWORD_VARIABLE in os.environ:
        fail(f"{PASSWORD_VARIABLE} is not used for many sources; give --password-file FILE_OR_DIR", 2)
    try:
        prepared = prepare(request)
    except (LakeError, ConsentError, UsageError) as e:
        fail(str(e), 2)
    for remark in prepared.remarks:
        click.echo(f"bridle: {one_line(remark)}", err=True)
    return prepared


def _executor(prepared: Prepared, scheduler: str | None, jobs: int | None, limit: float, tries: int) -> Executor:
    """A cluster where one is named, by option or by Dask's own configuration; else processes."""
    from bridle.fleet.cluster import Cluster, configured, exposed
    from bridle.fleet.executor import Processes

    address = scheduler or (configured() if jobs is None else None)
    if address is None or address == "processes":
        return Processes(min(jobs or os.cpu_count() or 2, max(1, len(prepared.waiting()))), limit, tries)
    if exposed(address) and any(e.password or e.consent for e in prepared.waiting()):
        fail(f"passwords and consent records are not sent to {address} in clear; use a tls:// scheduler", 2)
    click.echo(f"bridle: tasks go to the scheduler at {one_line(address)}", err=True)
    return Cluster(address, limit, tries)
