"""`sqlite_sequence`: where SQLite keeps the highest rowid that a table with AUTOINCREMENT has had.

Source: https://www.sqlite.org/autoinc.html
"""

from __future__ import annotations

from bridle.core import Record, record
from bridle.formats.table import col


@record
class Sequence(Record):
    """The highest number that a row of one table has had. Numbers that are missing below it were rows."""

    table: str | None = col("name", doc="name of the table")
    last: int | None = col("seq", doc="highest number so far")
