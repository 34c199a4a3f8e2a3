"""`bridle review`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.terminal import each_line, fail, one_line, password_from, say_json, talk

if TYPE_CHECKING:
    from bridle.cli.terminal import Quiet
    from bridle.review.opening import Opened
    from bridle.review.packing import Ready
    from bridle.review.writing import Written

_CODES = "Exit codes: 0 done · 2 wrong use, or the consent does not cover it · 3 something cannot be read."
_INDICATORS = ("-i", "indicators")


@click.group()
def review() -> None:
    """Have somebody else find again what was found, without telling them what."""


@review.command(epilog="Example: bridle review key")
def key() -> None:
    """Print your age recipient: what a colleague names with `review pack --for`."""
    from bridle.case.keys import CaseLockedError, own_recipient

    try:
        click.echo(own_recipient())
    except CaseLockedError as e:
        fail(str(e), 3)


@review.command(
    epilog=f"\b\nExample: bridle review pack case1 --evidence backup --for age1… -o pack.age\n\n\b\n{_CODES}"
)
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--for", "recipients", multiple=True, required=True, metavar="RECIPIENT",
              help="What `bridle review key` prints at the reviewer's, or `NAME <age1…>`. Repeatable.")  # fmt: skip
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The pack; must not exist.")
@click.option("--evidence", multiple=True, metavar="[CASE=]SOURCE",
              help="What a case was made of; repeat it in the order of the case's sources.")  # fmt: skip
@click.option(*_INDICATORS, multiple=True, metavar="FILE_OR_DIR",
              help="Feeds the cases were examined with, packed as files; of others the pack has digests.")  # fmt: skip
@click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="The YARA rules the cases were examined with.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="The baselines of their own the cases were examined with.")  # fmt: skip
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the password of an encrypted source.")
@click.option("--rows", "with_rows", is_flag=True, help="Add the rows of cited tables, to hold other tools against.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be in the pack.")
@click.option("--yes", is_flag=True, help="Write without asking, on a terminal too.")
@click.option("--json", "as_json", is_flag=True, help="An object with the files, feeds and digests.")
def pack(
    cases: tuple[Path, ...], evidence: tuple[str, ...], password_file: Path | None, dry_run: bool, yes: bool,
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Pack what a reviewer needs to find the findings of CASES again, and no more of the phone than that.

    Only files that findings of level medium or above cite are taken, with what belongs to them and, where that is not
    enough, what their rules read. Whether it is enough is tried before anything is written. What is expected is
    committed to in the pack and sealed apart, in PACK.expected.age: send that when the reviewer's answer is there.
    """
    from bridle.engine.options import usable_cores
    from bridle.review.packing import Asked, prepare
    from bridle.review.writing import write

    asked = Asked(
        cases=cases, evidence=_of_cases(cases, evidence), password=password_from(password_file), jobs=usable_cores(),
        **options,
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="bridle-review-"))
    try:
        with _talking() as bar:
            ready = prepare(asked, folder, bar)
        if not as_json:
            _tell(ready)
        if not (dry_run or as_json or yes) and sys.stdin.isatty() and sys.stderr.isatty():
            click.confirm("Write the pack?", abort=True, err=True)
        with _talking() as bar:
            written = None if dry_run else write(ready)
            for remark in written.remarks if written else ():
                bar.warn(remark)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        say_json(_as_json(ready, written))
    elif written:
        click.echo(one_line(f"Pack       {written.pack}"))
        click.echo(one_line(f"Expected   {written.expected}: send it after the answer"))


def _of_cases(cases: Sequence[Path], given: Sequence[str]) -> dict[Path, tuple[Path, ...]]:
    """Sources by case; with one case, its name may be left out."""
    found: dict[Path, list[Path]] = {case: [] for case in cases}
    names = {str(c): c for c in cases} | {c.name: c for c in cases}
    for text in given:
        name, equals, source = text.partition("=")
        if equals and name.rstrip("/") in names:
            found[names[name.rstrip("/")]].append(Path(source))
        elif len(cases) == 1:
            found[cases[0]].append(Path(text))
        else:
            fail(f"--evidence {text} does not say of which case; write it as CASE=SOURCE")
    return {case: tuple(paths) for case, paths in found.items()}


def _tell(ready: Ready) -> None:
    """What is in the pack, before it is written."""
    for one in ready.listing:
        size = "-" if one.size is None else f"{one.size:,}"
        click.echo(one_line(f"{one.case} {one.source}  {size:>12}  {one.path}  ({one.why})"))
    for name, packed in ready.feeds:
        click.echo(one_line(f"feed       {name}{'' if packed else ' (digest only; the reviewer needs to have it)'}"))
    count = sum(map(len, ready.committed.cases))
    click.echo(f"Files      {len(ready.listing):,}; findings committed to: {count}")
    if ready.withheld:
        click.echo(f"Left out   {ready.withheld} findings of restricted indicators")


def _as_json(ready: Ready, written: Written | None) -> dict[str, Any]:
    return {
        "pack": str(written.pack) if written else None, "expected": str(written.expected) if written else None,
        "sha256": ready.digest, "commitment": ready.committed.as_told(),
        "files": [one.as_dict() for one in ready.listing],
        "feeds": [{"name": name, "packed": packed} for name, packed in ready.feeds],
        "findings": sum(map(len, ready.committed.cases)), "withheld": ready.withheld,
    }  # fmt: skip


@review.command(epilog=f"\b\nExample: bridle review run pack.age -o answer\n\n\b\n{_CODES}")
@click.argument("pack", type=click.Path(path_type=Path))
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The case to write; must not exist.")
@click.option(*_INDICATORS, multiple=True, metavar="FILE_OR_DIR", help="Feeds of which the pack has only the digest.")
@click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="The YARA rules the cases were examined with.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="The baselines of their own the cases were examined with.")  # fmt: skip
@click.option("--encrypt-to", multiple=True, metavar="RECIPIENT", help="Also lets this age recipient open the case.")
@click.option("--plaintext-case", "plaintext", is_flag=True, help="Write the case without encryption.")
@click.option("--json", "as_json", is_flag=True, help="A list of answers.")
def run(as_json: bool, **options: Any) -> None:
    """Examine a pack that was made for you, without knowing what is expected.

    Send the answer, which is the SHA-256 of your case's manifest, before you ask for the expected findings.
    """
    from bridle.case.keys import identity
    from bridle.engine.options import usable_cores
    from bridle.review.running import Asked
    from bridle.review.running import run as examine

    with _talking() as bar:
        secret = identity(create=False).secret
        answers = examine(Asked(secret=secret, jobs=usable_cores(), **options), bar)
    if as_json:
        say_json([a.as_dict() for a in answers])
        return
    for a in answers:
        click.echo(each_line([f"Case       {a.case}", f"Findings   {a.findings} of level medium or above"]))
        click.echo(f"Pack       {a.pack}\nAnswer     {a.sha256}")


@review.command("open", epilog="""
\b
Example: bridle review open pack.age pack.age.expected.age answer

\b
Exit codes: 0 the same was found · 1 something differs · 2 wrong use · 3 something cannot be read.
""")  # fmt: skip
@click.argument("pack", type=click.Path(path_type=Path))
@click.argument("expected", type=click.Path(path_type=Path))
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An object with the outcome of each finding.")
def open_(pack: Path, expected: Path, cases: tuple[Path, ...], as_json: bool) -> None:
    """Open what was expected, check that it is what the pack commits to, and compare it with what was found."""
    from bridle.case.keys import identity
    from bridle.review.opening import open_review

    with _talking():
        opened = open_review(pack, expected, cases, identity(create=False))
    if as_json:
        say_json(opened.as_dict())
    else:
        click.echo(each_line(_lines(opened)))
    raise SystemExit(0 if opened.same else 1)


def _lines(opened: Opened) -> Iterator[str]:
    yield from (f"Problem       {p}" for p in opened.problems)
    for c in opened.compared:
        fields = f": {', '.join(c.fields)}" if c.fields else ""
        yield f"{c.outcome:13} {c.finding['level']:13} {c.finding['rule']}  {c.finding['title']}{fields}"
    yield "The same was found, and nothing besides." if opened.same else "What was found is not what was expected."


@contextmanager
def _talking() -> Iterator[Quiet]:
    """A bar while something is done; what cannot be done ends with one line and its exit code."""
    from bridle.case.consent import ConsentError, SharingRefusedError
    from bridle.case.keys import CaseLockedError, RecipientError
    from bridle.case.writer import CaseExistsError
    from bridle.engine.options import UsageError
    from bridle.evidence.source import SourceError
    from bridle.review.copying import OtherEvidenceError
    from bridle.review.packing import NotReproducedError

    bar = talk()
    try:
        yield bar
    except (UsageError, CaseExistsError, ConsentError, SharingRefusedError, RecipientError, NotReproducedError) as e:
        bar.close()
        fail(str(e))
    except (SourceError, CaseLockedError, OtherEvidenceError) as e:
        bar.close()
        fail(str(e), 3)
    except (OSError, ValueError, KeyError) as e:
        bar.close()
        fail(f"it cannot be read or written: {e}", 3)
    finally:
        bar.close()
