"""Join tables by relation, whatever the numbers in their names."""

import pytest

from artifact_files import Stored, database
from bridle.core import Gap, Record, record
from bridle.formats import core_data, sqlite
from bridle.formats.table import col, rest


@record
class Pair(Record):
    """A pair."""

    call: int | None = col("Z_CALLS", doc="call")
    handle: int | None = col("Z_HANDLES", doc="handle")
    extra: str | None = rest(doc="others")


def read(script: str, relation: str) -> list[Pair | Gap]:
    with sqlite.connect(Stored(database(script))) as db:
        found = core_data.joins(db, relation, Pair)
        return [r for item in found for r in ([item] if isinstance(item, Gap) else item)]


TWO = """
CREATE TABLE Z_2HANDLES (Z_2CALLS INTEGER, Z_4HANDLES INTEGER);
CREATE TABLE z_12handles (Z_12CALLS INTEGER, Z_FOK_4HANDLES INTEGER);
CREATE TABLE ZHANDLES (Z_2CALLS INTEGER);
CREATE TABLE Z_2HANDLESOLD (Z_2CALLS INTEGER);
INSERT INTO Z_2HANDLES VALUES (1, 2);
INSERT INTO z_12handles VALUES (3, 4);
INSERT INTO ZHANDLES VALUES (5);
INSERT INTO Z_2HANDLESOLD VALUES (6);
"""


def test_every_table_of_the_relation_and_no_other() -> None:
    assert read(TWO, "HANDLES") == [
        Pair(locator="Z_2HANDLES:1", call=1, handle=2, extra=None),
        Pair(locator="z_12handles:1", call=3, handle=None, extra='{"Z_FOK_4HANDLES": 4}'),
    ]
    assert read(TWO, "HANDLESOLD|NONE") == [Pair(locator="Z_2HANDLESOLD:1", call=6, handle=None, extra=None)]


def test_a_second_column_of_one_relation_keeps_its_number() -> None:
    script = "CREATE TABLE Z_1HANDLES (Z_1HANDLES, Z_2HANDLES); INSERT INTO Z_1HANDLES VALUES (7, 8);"
    assert read(script, "HANDLES") == [Pair(locator="Z_1HANDLES:1", call=None, handle=7, extra='{"Z_2HANDLES": 8}')]


def test_of_columns_that_would_be_called_the_same_the_last_is_told() -> None:
    script = "CREATE TABLE Z_1HANDLES (Z_1HANDLES, Z_HANDLES); INSERT INTO Z_1HANDLES VALUES (7, 8);"
    assert read(script, "HANDLES") == [Pair(locator="Z_1HANDLES:1", call=None, handle=8, extra=None)]


@pytest.mark.parametrize("script", ["CREATE TABLE a (b);", "CREATE TABLE Z_HANDLES (Z_2CALLS);"])
def test_no_such_table_is_nothing(script: str) -> None:
    assert read(script, "HANDLES") == []


def test_a_value_that_is_none_is_a_gap() -> None:
    assert read("CREATE TABLE Z_1HANDLES (Z_1CALLS); INSERT INTO Z_1HANDLES VALUES ('x');", "HANDLES") == [
        Pair(locator="Z_1HANDLES:1", call=None, handle=None, extra=None),
        Gap(locator="Z_1HANDLES:1.Z_CALLS", reason="Pair: Z_CALLS: expected a 64-bit integer, got 'x'"),
    ]


def test_the_highest_numbers() -> None:
    table = "CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME, Z_MAX);"
    script = f"{table} INSERT INTO Z_PRIMARYKEY VALUES (4, 'Call', 9);"
    with sqlite.connect(Stored(database(script))) as db:
        (block,) = db.table("Z_PRIMARYKEY", core_data.PrimaryKey)
        assert [(k.locator, k.entity, k.last) for k in block] == [("Z_PRIMARYKEY:4", "Call", 9)]
