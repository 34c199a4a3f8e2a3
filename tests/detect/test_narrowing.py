"""What one row of a table must meet for a query to return any."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import duckdb
import pytest

from bridle.detect.examples import example_tables
from bridle.detect.narrowing import parts
from bridle.detect.rule import load_rules
from bridle.detect.run import run_rules
from bridle.detect.together import without_met

BOTH = "a.x = 1 AND b.y = 'k' AND a.z < b.z"


@pytest.mark.parametrize(
    ("query", "met"),
    [
        ("SELECT *, upper(y) AS u FROM a WHERE x = 1 AND u = 'K'", {"a": "(x = 1)"}),
        ('SELECT * FROM "i.A" WHERE x > $least', {"i.a": "(x > $least)"}),
        (f"SELECT * FROM a JOIN b ON a.i = b.i WHERE {BOTH}", {"a": "(x = 1)", "b": "(y = 'k')"}),
        ("SELECT * FROM a JOIN b ON a.i = b.i AND b.y IS NULL", {"b": "(y IS NULL)"}),
        (f"SELECT * FROM a LEFT JOIN b ON a.i = b.i WHERE {BOTH}", {"a": "(x = 1)"}),
        ("SELECT * FROM a ANTI JOIN b ON a.i = b.i AND b.y = 'k' WHERE a.x = 1", {"a": "(x = 1)"}),
        ("SELECT * FROM a RIGHT JOIN b ON a.i = b.i WHERE a.x = 1", {}),
        ("SELECT * FROM a JOIN b USING (i) WHERE x = 1", {}),
        ("SELECT * FROM a WHERE x = 1 OR y = 2", {"a": "((x = 1) OR (y = 2))"}),
        ("SELECT * FROM a WHERE x = (SELECT max(x) FROM b)", {}),
        ("SELECT * FROM a WHERE x = 1 AND EXISTS (FROM b WHERE b.i = a.i)", {"a": "(x = 1)"}),
        ("SELECT count(*) FROM a WHERE x = 1", {}),
        ("SELECT i, count(*) FROM a WHERE x = 1 GROUP BY i", {"a": "(x = 1)"}),
        ("WITH c AS (SELECT * FROM a WHERE x = 1) SELECT * FROM c WHERE y = 2", {"a": "(x = 1)"}),
        ("WITH c AS (SELECT max(x) AS m FROM a WHERE x = 1) SELECT * FROM c WHERE m > 0", {}),
        ("WITH a AS (SELECT 1 AS x) SELECT * FROM a WHERE x = 1", {}),
        ("SELECT * FROM a WHERE x = 1 UNION ALL SELECT * FROM b", {}),
        ("SELECT * FROM a, b WHERE a.x = 1", {}),
        ("not a query", {}),
    ],
)
def test_a_part_speaks_of_one_table_that_must_hold_rows(query: str, met: dict[str, str]) -> None:
    assert dict(parts(query)) == met


def test_rules_of_which_no_row_meets_a_part_are_told() -> None:
    (rule,) = [r for r in load_rules() if r.id == "ios-lockdown-mode"]
    rules = [
        replace(rule, id="met", parts=(("t", "(n = 1)"),)),
        replace(rule, id="unmet", parts=(("t", "(n = 3)"),)),
        replace(rule, id="one of two", parts=(("t", "(n = 1)"), ("t", "(n = 4)"))),
        replace(rule, id="unknown", parts=(("t", "(n IS NULL AND NULL)"),)),
        replace(rule, id="none", parts=()),
        replace(rule, id="of an empty table", parts=(("e", "(n = 1)"),)),
        replace(rule, id="failing", parts=(("f", "(absent = 1)"),)),
        replace(rule, id="beside one that fails", parts=(("f", "(n = 3)"),)),
    ]
    with closing(duckdb.connect()) as db:
        db.execute("CREATE TABLE t AS FROM range(1, 3) AS r(n); CREATE TABLE f AS FROM t; CREATE TABLE e (n INT)")
        assert without_met(db, rules, {"t": 2, "e": 0, "f": 2}, 5) == {"unmet", "one of two", "unknown"}
        assert without_met(db, rules, {"t": 20_001}, 5) == {"unmet", "one of two", "unknown"}


@pytest.mark.parametrize("number", range(6))
def test_the_examples_of_every_rule_give_the_same(number: int) -> None:
    for rule in load_rules()[number::6]:
        for example in rule.example:
            case = example_tables(rule, example)
            assert run_rules(case, [rule], fresh=True) == run_rules(case, [rule]), rule.id


def test_most_rules_have_a_part() -> None:
    rules = load_rules()
    assert sum(bool(rule.parts) for rule in rules) > len(rules) / 2
