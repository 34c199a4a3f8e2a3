"""`bridle list lookup` and `bridle list intersect`: asking without showing, by files that people carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.list_publish import _JSON, _PROJECT, _opened, _spoken
from bridle.cli.terminal import one_line, say_json

if TYPE_CHECKING:
    from bridle.targets.project import Project

_SUITES = ("P256-SHA256", "ristretto255-SHA512")
_LARGEST_BOOK = 1 << 20
"""Characters of an address book that are read: 5,000 numbers, and room."""
_PATH = click.Path(path_type=Path)
_SUITE = click.option("--suite", type=click.Choice(_SUITES), default=_SUITES[0], show_default=True,
                      help="The same for all who take part.")  # fmt: skip
_OUT = click.option("-o", "--output", "out", required=True, metavar="FILE", type=_PATH, help="A new file.")
_SECRET = click.option("--secret", required=True, metavar="FILE", type=_PATH,
                       help="What undoes the blinding; under your own identity. It stays with you.")  # fmt: skip
_SUPERVISOR = click.option("--supervisor", required=True, metavar="NAME", help="Who watches; kept in the log.")
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the log. Name nobody.")
_SECOND = click.option("--second-identity", metavar="FILE", type=_PATH, help="The identity file of the second key.")
_RESPONSES = click.option("--response", "responses", multiple=True, required=True, metavar="FILE", type=_PATH,
                          help="A holder's response; of both holders.")  # fmt: skip
_KEYS = click.option("--key", "keys", multiple=True, required=True, metavar="FILE", type=_PATH,
                     help="A holder's public key, from that holder; of both holders.")  # fmt: skip


@click.group(epilog="""
\b
Two holders, once:    bridle list lookup key --project DIR -o A.key
The list, once:       blind --project DIR, evaluate --for-table by both, table
Each person:          blind, evaluate by both, finalize

Exit codes: 0 done · 2 wrong use, or refused · 3 a key is missing.
""")  # fmt: skip
def lookup() -> None:
    """Is this number on the list? Asked without showing the number, answered by two holders together. Off by default.

    Neither holder learns the number or the answer, and neither can answer alone. See docs/guides/look-up.md.
    """
    from bridle.targets.lookup import WARNING

    click.echo(f"bridle: {WARNING}", err=True)


@lookup.command(epilog="Example: bridle list lookup key --project list -o A.key")
@_PROJECT
@_OUT
@_SUITE
@click.option("--limit", default=10, show_default=True, type=int, help="Numbers answered in 24 hours.")
@click.option("--table", default=65_536, show_default=True, type=click.IntRange(min=0),
              help="Numbers that may be evaluated for the table of the list, in all.")  # fmt: skip
def key(folder: Path, out: Path, suite: str, limit: int, table: int) -> None:
    """Turn look-ups on: make this holder's share of the key, kept in the project, and its public key."""
    from bridle.targets.lookup import make_share

    _spoken(lambda: make_share(_opened(folder), out, suite, limit, table))
    click.echo(f"public key: {one_line(str(out))}. The other holder makes its own; give yours to all who ask.")


@lookup.command(epilog="""
\b
Example:
  bridle list lookup blind --number-file number.txt --secret secret.age -o request.json
""")  # fmt: skip
@click.option("--number-file", metavar="FILE", type=_PATH, help="A file with the whole number, with its country code.")
@click.option(
    "--project", "folder", metavar="DIR", type=_PATH, help="Instead: all numbers of this list, for its table."
)
@_SECOND
@click.option("--reason", default="", metavar="TEXT", help="Why, where a list is blinded; kept in its log.")
@_OUT
@_SECRET
@_SUITE
def blind(
    number_file: Path | None, folder: Path | None, second_identity: Path | None, reason: str, out: Path, secret: Path,
    suite: str,
) -> None:  # fmt: skip
    """Blind a number: a request that shows nothing of it, for both holders."""
    from bridle.targets.lookup import listed_numbers

    def numbers() -> list[str]:
        if (number_file is None) == (folder is None):
            raise click.UsageError("name --number-file, or --project for the whole list")
        if number_file is not None:
            return [canonical(_line(number_file))]
        return listed_numbers(_opened_with(folder or Path(), second_identity), reason)

    count = _spoken(lambda: _blinded(numbers(), out, secret, suite))
    click.echo(f"request for {count:,} numbers: {one_line(str(out))}")


def _blinded(numbers: list[str], out: Path, secret: Path, suite: str) -> int:
    from bridle.targets.lookup import blind as made

    made(numbers, out, secret, suite)
    return len(numbers)


@lookup.command(epilog="""
\b
Example:
  bridle list lookup evaluate request.json --project list -o A.response \\
    --supervisor "B. Holder" --reason "met at the desk"
""")  # fmt: skip
@click.argument("request", type=_PATH)
@_PROJECT
@_OUT
@_SUPERVISOR
@_REASON
@click.option("--for-table", is_flag=True, help="A part of the list's table, within the number set by `key --table`.")
def evaluate(request: Path, folder: Path, out: Path, supervisor: str, reason: str, for_table: bool) -> None:
    """Evaluate a REQUEST with this holder's share. Counted in the project's log, and refused above its limit."""
    from bridle.targets.lookup import evaluate as evaluated

    count = _spoken(lambda: evaluated(_opened(folder), request, out, supervisor, reason, for_table))
    click.echo(f"response for {count:,} numbers: {one_line(str(out))}")


@lookup.command(epilog="""
\b
Example:
  bridle list lookup table --secret secret.age --response A.response --response B.response \\
    --key A.key --key B.key -o table.parquet
""")  # fmt: skip
@_SECRET
@_RESPONSES
@_KEYS
@_OUT
def table(secret: Path, responses: tuple[Path, ...], keys: tuple[Path, ...], out: Path) -> None:
    """The table of the list, from both holders' responses. Without both shares nobody can look anything up in it."""
    from bridle.targets.lookup import results, write_table

    entries = _spoken(lambda: write_table(out, *results(secret, responses, keys), keys))
    click.echo(f"table of {entries:,} entries, some of them random: {one_line(str(out))}")


@lookup.command(epilog="""
\b
Example:
  bridle list lookup finalize --secret secret.age --response A.response --response B.response \\
    --key A.key --key B.key --table table.parquet
""")  # fmt: skip
@_SECRET
@_RESPONSES
@_KEYS
@click.option("--table", "table_file", required=True, metavar="FILE", type=_PATH, help="The table of the list.")
@_JSON
def finalize(
    secret: Path, responses: tuple[Path, ...], keys: tuple[Path, ...], table_file: Path, as_json: bool
) -> None:  # fmt: skip
    """The answer, once both proofs hold. It is for the person who asked, given by a person."""
    from bridle.targets.lookup import listed, results

    found = _spoken(lambda: listed(table_file, *results(secret, responses, keys), keys))
    if as_json:
        say_json({"listed": found})
        return
    for is_listed in found:
        click.echo(
            "The number is on the list: somebody selected it. That does not show that the phone was attacked; "
            "an examination may: `bridle check`."
            if is_listed
            else "The number is not on this list. That does not show that the phone was not attacked."
        )


def canonical(text: str) -> str:
    """A whole number as the list has it. Raises RefusedError for a part, a pattern, or what is no number."""
    from bridle.targets.numbers import Reader
    from bridle.targets.refusals import RefusedError, whole_number

    number = Reader().read(whole_number(text), None).number
    if number is None:
        raise RefusedError("this is no telephone number; give it whole, with its country code")
    return number


def _line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(300).strip()


def _opened_with(folder: Path, second: Path | None) -> Project:
    """A project with both keys. Raises ProjectError."""
    from bridle.targets.keys import ProjectLockedError, identity_from
    from bridle.targets.project import Project

    if second is None:
        raise ProjectLockedError("this needs the second key too; its holder takes part with --second-identity FILE")
    return Project.open(folder, second=identity_from(second))


@click.group(epilog="""
\b
Reporter: offer, with the address book     Holder of the list: answer     Reporter: read

Exit codes: 0 done · 2 wrong use, or refused · 3 a key is missing.
""")  # fmt: skip
def intersect() -> None:
    """Which numbers of an address book are on the list, within a consortium: neither side shows the other what it has.

    The reporter learns of own entries, or only how many; the holder learns how long the book is. See
    docs/guides/look-up.md.
    """


@intersect.command(epilog="Example: bridle list intersect offer book.txt --secret secret.age -o offer.json")
@click.argument("book", type=_PATH)
@_OUT
@_SECRET
@_SUITE
def offer(book: Path, out: Path, secret: Path, suite: str) -> None:
    """Blind an address BOOK: a text with one whole number a line, at most 5,000."""
    from bridle.targets.intersection import offer as offered

    numbers, bad = _spoken(lambda: _book(book))
    for line in bad:
        click.echo(f"bridle: line {line} is no whole number; left out", err=True)
    count = _spoken(lambda: offered(numbers, out, secret, suite))
    click.echo(f"offer of {count:,} numbers, {len(bad):,} lines left out: {one_line(str(out))}")


@intersect.command(epilog="""
\b
Example:
  bridle list intersect answer offer.json --project list \\
    --second-identity second.txt \\
    --partner "Example Press" --reason "agreed" -o answer.json
""")  # fmt: skip
@click.argument("offer_file", metavar="OFFER", type=_PATH)
@_PROJECT
@_SECOND
@_OUT
@click.option("--reveal", type=click.Choice(("count", "entries")), default="count", show_default=True,
              help="What the reporter learns: how many entries are listed, or which.")  # fmt: skip
@click.option("--partner", required=True, metavar="NAME", help="Whose book it is; kept in the log.")
@_REASON
def answer(
    offer_file: Path, folder: Path, second_identity: Path | None, out: Path, reveal: str, partner: str, reason: str
) -> None:
    """Answer an OFFER from the list. Needs both keys; counted in the log, at most 5,000 entries in 24 hours."""
    from bridle.targets.intersection import answer as answered

    def work() -> int:
        return answered(_opened_with(folder, second_identity), offer_file, out, reveal, partner, reason)

    click.echo(f"answer for {_spoken(work):,} entries ({reveal}): {one_line(str(out))}")


@intersect.command(epilog="Example: bridle list intersect read answer.json --secret secret.age")
@click.argument("answer_file", metavar="ANSWER", type=_PATH)
@_SECRET
@_JSON
def read(answer_file: Path, secret: Path, as_json: bool) -> None:
    """What an ANSWER says of the own address book."""
    from bridle.targets.intersection import read as found

    count, entries = _spoken(lambda: found(secret, answer_file))
    if as_json:
        say_json({"count": count, "entries": entries})
        return
    click.echo(f"{count:,} of your entries are on the list. That somebody selected a number shows no attack.")
    for entry in entries or ():
        click.echo(entry)


def _book(path: Path) -> tuple[list[str], list[int]]:
    """The numbers of a book, and the lines that hold none."""
    from bridle.targets.refusals import RefusedError

    numbers: list[str] = []
    bad: list[int] = []
    with path.open(encoding="utf-8") as file:
        for n, line in enumerate(file.read(_LARGEST_BOOK).splitlines(), 1):
            try:
                numbers += [canonical(line)] if line.strip() else []
            except RefusedError:
                bad.append(n)
    return numbers, bad


COMMANDS = (lookup, intersect)
