"""`bridle list publish` and `bridle list standing`, and what `bridle list` refuses."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bridle.cli.terminal import fail, one_line, say_json

if TYPE_CHECKING:
    from bridle.targets.project import Project
    from bridle.targets.states import Standing, Step

_PROJECT = click.option("--project", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
                        help="The folder of the list project.")  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
_CASE = click.option("--case", "case", required=True, metavar="CASE", type=click.Path(path_type=Path),
                     help="The case of the number's phone.")  # fmt: skip
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept in the log. Name no person.")
_PUBLISHED, _KEPT = "published.sealed", 20
"""The publications of a project, the latest."""


@click.command(epilog="""
\b
Example: bridle list publish --project list -o aggregates

\b
Exit codes: 0 written · 2 wrong use, or refused · 3 a key is missing.
""")  # fmt: skip
@_PROJECT
@click.option("-o", "--output", "out", required=True, metavar="OUT", type=click.Path(path_type=Path),
              help="A new folder for the publication.")  # fmt: skip
@_JSON
def publish(folder: Path, out: Path, as_json: bool) -> None:
    """Write what may be said in public: numbers by country, month, operator and stage, none of them below 5.

    No number, token or time finer than a month leaves the project. Cells are withheld where they are small, or where a
    small one could be computed from them. See docs/guides/publish.md.
    """
    from bridle.targets.publish import parts, publication, texts

    if out.exists():
        fail(f"{out} exists; name a new folder")

    def work() -> dict[str, Any]:
        project = _opened(folder)
        rows = sum(i.rows for i in project.imports)
        found = publication(parts(project.batches, rows), _standings(project), project.owner, project.purpose)
        files = texts(found.document)
        _not_by_few(project, dict(found.document))
        _written(out, files)
        return dict(found.document)

    document = _spoken(work)
    if as_json:
        say_json(document)
    else:
        click.echo(f"{document['numbers']:,} numbers, {len(document['tables'])} tables: {one_line(str(out))}")


def _not_by_few(project: Project, document: dict[str, Any]) -> None:
    """Keep what is published, logged first. Raises RefusedError where an earlier publication differs by 1 to 4."""
    from bridle.targets.files import locked, replaced, small
    from bridle.targets.keys import ProjectError, sealed, unsealed
    from bridle.targets.publish import changed_by_few
    from bridle.targets.refusals import RefusedError

    path, key = project.folder / _PUBLISHED, project.keys.sealing("published")
    with locked(project.folder):
        try:
            earlier = unsealed(key, "published", small(path)) if path.exists() else []
        except ValueError as e:
            raise ProjectError(f"{_PUBLISHED} cannot be read: {e}; restore it from a copy") from e
        for one in earlier:
            if name := changed_by_few(one, document):
                raise RefusedError(
                    f"{name} differs by fewer than 5 from what was published before: who has both would know of so "
                    "few; publish again when more has changed"
                )
        project.audit.append("publish", project.actor, numbers=document["numbers"])
        replaced(path, sealed(key, "published", [*earlier, document][-_KEPT:]))


def _written(out: Path, files: dict[str, str]) -> None:
    """A folder with all files, or none."""
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".publish-", dir=out.parent))
    try:
        for name, text in files.items():
            (made / name).write_text(text, "utf-8")
        made.chmod(0o755)
        made.rename(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@click.group()
def standing() -> None:
    """How far the investigation of each number has come: selected, verified, examined, and what was found.

    A number is named by its token. Each step is an entry in the project's log, and follows from those before it.
    """


@standing.command(epilog="""
\b
Example: bridle list standing verify TOKEN --basis owner --basis contact-book --project list --reason "met at the desk"
""")  # fmt: skip
@click.argument("token")
@click.option("--basis", "bases", multiple=True, required=True, metavar="KIND",
              help="A kind of source that names the owner; two different kinds at least: caller-identification, owner, "
              "contact-book, public-record, document, witness.")  # fmt: skip
@_PROJECT
@_REASON
def verify(token: str, bases: tuple[str, ...], folder: Path, reason: str) -> None:
    """The owner of a number is known from two sources of different kinds. Neither is named here, nor the owner."""
    _step(folder, reason, lambda: {"token": token, "act": "verify", "bases": bases})


@standing.command(epilog="""
\b
Example:
  bridle list standing examine TOKEN --case case1 --project list --reason "consented"
""")  # fmt: skip
@click.argument("token")
@_CASE
@_PROJECT
@_REASON
def examine(token: str, case: Path, folder: Path, reason: str) -> None:
    """The phone of a verified number was examined: enters the case and its verdict. It must have a consent record."""
    _step(folder, reason, lambda: {"token": token, "act": "examine", **_case(case)})
    _step(folder, reason, lambda: {"token": token, "act": "conclude", **_case(case)}, tell=True)


@standing.command(epilog="""
\b
Example:
  bridle list standing withdraw TOKEN --case case1 --project list --reason "consent withdrawn"
""")  # fmt: skip
@click.argument("token")
@_CASE
@_PROJECT
@_REASON
def withdraw(token: str, case: Path, folder: Path, reason: str) -> None:
    """The case no longer counts: consent was withdrawn, or it does not hold."""
    _step(folder, reason, lambda: {"token": token, "act": "withdraw", "case": _case(case)["case"]}, tell=True)


@standing.command(epilog="Example: bridle list standing show --project list --json")
@_PROJECT
@_JSON
def show(folder: Path, as_json: bool) -> None:
    """Every number with a step, by token: its state, and the sentence that may be said of it."""
    known = _spoken(lambda: _standings(_opened(folder)))
    if as_json:
        say_json([{"token": t, "state": s.state, "confirmed": s.confirmed, "sentence": s.sentence}
                  for t, s in sorted(known.items())])  # fmt: skip
        return
    for token, s in sorted(known.items()):
        click.echo(f"{token}  {s.state:12}  {s.sentence}")
    click.echo(f"{len(known):,} numbers with a step; all others are selected.", err=True)


def _case(path: Path) -> dict[str, Any]:
    """What a case says of itself: digest of its manifest, verdict, consent. Raises StateError."""
    import hashlib
    import json
    import tomllib

    from bridle.case.consent import RefusedError, SharingRefusedError, may_count, may_share, today
    from bridle.targets.states import StateError

    try:
        manifest = (path / "manifest.json").read_bytes()
        said, told = (path / "case.toml").read_bytes(), (path / "summary.json").read_bytes()
        stored = json.loads(manifest)["files"]
        meta, verdict = tomllib.loads(said.decode()), json.loads(told)["verdict"]["text"]
        written = [stored[name]["stored_sha256"] for name in ("case.toml", "summary.json")]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        raise StateError(f"{path} is no case that can be read ({e!s:.60}); run `bridle verify` on it") from e
    if written != [hashlib.sha256(content).hexdigest() for content in (said, told)]:
        raise StateError(
            f"{path} is not as it was written: its consent or its verdict was changed; run `bridle verify`"
        )
    try:
        may_share(meta)
        consent = True
    except SharingRefusedError:
        consent = False
    try:
        may_count(meta, today())
        allowed = True
    except RefusedError:
        allowed = False
    return {"case": hashlib.sha256(manifest).hexdigest(), "verdict": str(verdict), "consent": consent,
            "statistics": allowed}  # fmt: skip


def _step(folder: Path, reason: str, values: Callable[[], dict[str, Any]], tell: bool = False) -> None:
    """Check a step against those in the log and enter it, under one lock."""
    from bridle.targets.files import locked
    from bridle.targets.refusals import RefusedError, holds_number
    from bridle.targets.states import Standing, Step, advanced

    def work() -> Standing:
        if holds_number(reason):
            raise RefusedError("--reason holds what may be a telephone number; state it without")
        project = _opened(folder)
        step = Step(date=datetime.datetime.now(datetime.UTC).date(), **values())
        with locked(project.folder):
            known = _standings(project).get(step.token) or Standing(token=step.token)
            after = advanced(known, step)
            project.audit.append("standing", project.actor, reason, **step.as_json())
        return after

    after = _spoken(work)
    if tell or after.state == "verified":
        click.echo(f"{after.state}: {after.sentence}")


def _standings(project: Project) -> dict[str, Standing]:
    from bridle.targets.states import standings

    return standings(_steps(project))


def _steps(project: Project) -> list[Step]:
    from bridle.targets.states import Step

    return [Step.from_json(e.details) for e in project.audit.entries() if e.action == "standing"]


def _opened(folder: Path) -> Project:
    from bridle.targets.project import Project

    return Project.open(folder)


def _spoken(work: Callable[[], Any]) -> Any:
    """What `work` gives; what it refuses or cannot do is one line and exit 2, or 3 where a key is missing."""
    from bridle.case.keys import CaseLockedError
    from bridle.targets.keys import ProjectError, ProjectLockedError
    from bridle.targets.refusals import RefusedError
    from bridle.targets.states import StateError
    from bridle.targets.voprf import ProofError

    try:
        return work()
    except ProjectLockedError as e:
        fail(str(e), 3)
    except (CaseLockedError, ProjectError, ProofError, RefusedError, StateError) as e:
        fail(str(e))
    except UnicodeDecodeError:
        fail("expected a text file in UTF-8")
    except OSError as e:
        fail(f"{e.filename or 'a file'}: {e.strerror}")


def _refusal(name: str, what: str) -> click.Command:
    """A command that says why there is none."""

    def refused(arguments: tuple[str, ...]) -> NoReturn:  # noqa: ARG001 - whatever is given, it is refused
        from bridle.targets.refusals import RefusedError, refuse

        try:
            refuse(what)
        except RefusedError as e:
            fail(str(e))

    click.argument("arguments", nargs=-1, type=click.UNPROCESSED)(refused)
    return click.command(name, hidden=True, context_settings={"ignore_unknown_options": True})(refused)


_REFUSED = {"enrich": "enrich", "carrier": "enrich", "hlr": "enrich", "who": "person", "identify": "person",
            "similar": "similar", "search": "similar", "locate": "locate", "score": "score", "export": "raw",
            "serve": "oracle"}  # fmt: skip
"""What people ask for and `bridle list` does not do."""
COMMANDS = (publish, standing, *(_refusal(name, what) for name, what in _REFUSED.items()))
