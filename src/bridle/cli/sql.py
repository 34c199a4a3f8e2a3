"""`bridle sql`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import fail, harmless, say_json
from bridle.file_names import is_text

if TYPE_CHECKING:
    from bridle.case.reader import Case


@click.command(epilog="Example: bridle sql case1 'SELECT name, first_used FROM \"ios.data_usage.process\"'")
@click.argument("case", type=click.Path(path_type=Path))
@click.argument("query", required=False)
@click.option("--finding", metavar="ID", help="Instead of a query: the rows that this finding rests on.")
@click.option("--print", "printed", is_flag=True, help="With --finding: print its SQL, and do not run it.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def sql(case: Path, query: str | None, finding: str | None, printed: bool, as_json: bool) -> None:
    """Ask a case a question in SQL.

    Tables: "<artifact>.<record>", ledger, gaps, observables, timeline, findings, device. `SHOW TABLES` lists them.
    Nothing outside the case can be read, and nothing written. `--finding` takes an id of findings.jsonl, or its
    beginning.
    """
    import duckdb

    from bridle.cli.opening import opened

    if (query is None) == (finding is None):
        fail("give either a query or --finding ID")
    if query is not None and not is_text(query):
        fail("the query is not UTF-8; set the terminal and its locale to UTF-8, such as LANG=C.UTF-8")
    case_read = opened(case)
    asked = query if query is not None else _of_finding(case_read, str(finding))
    if printed:
        click.echo(harmless(asked))
        return
    try:
        columns, rows = case_read.sql(asked)
    except duckdb.Error as e:
        fail(str(e).splitlines()[0])
    if as_json:
        say_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join("" if v is None else harmless(str(v)).replace("\n", "\\n") for v in row))


def _of_finding(case: Case, begin: str) -> str:
    from bridle.detect.rederive import evidence_sql

    found = [f for f in case.findings() if f["id"].startswith(begin)] if begin else []
    if len(found) != 1:
        how = "no finding" if not found else f"{len(found)} findings"
        fail(f"{how} of this case has an id that begins with {begin!r:.60}; findings.jsonl lists them")
    return evidence_sql(found[0])
