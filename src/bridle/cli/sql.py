"""`bridle sql`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, say_json


@click.command(epilog="Example: bridle sql case1 'SELECT name, first_used FROM \"ios.data_usage.process\"'")
@click.argument("case", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def sql(case: Path, query: str, as_json: bool) -> None:
    """Ask a case a question in SQL.

    Tables: "<artifact>.<record>", ledger, gaps, observables, timeline, findings, device. `SHOW TABLES` lists them.
    Nothing outside the case can be read, and nothing written.
    """
    import duckdb

    from bridle.cli.opening import opened

    case_read = opened(case)
    try:
        columns, rows = case_read.sql(query)
    except duckdb.Error as e:
        fail(str(e).splitlines()[0])
    if as_json:
        say_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join("" if v is None else harmless(str(v)).replace("\n", "\\n") for v in row))
