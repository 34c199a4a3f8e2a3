"""All rules over a case: what is examined, and what is not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from test_rule_query import ALL, rule

from bridle.case.ledger import LEDGER
from bridle.detect.examples import catalogue
from bridle.detect.memory import Memory
from bridle.detect.query import NotExamined
from bridle.detect.rule import load_rules
from bridle.detect.run import run_rules

ROWS = pa.table({"_source": ["S1"], "_path": ["/p"], "_sha256": ["ab"], "locator": ["1"], "n": [1]})


def case(*ledger: tuple[str, str, int], rows: pa.Table = ROWS) -> Memory:
    made = [{"artifact": a, "status": s, "rows": n} for a, s, n in ledger]
    columns = [pa.array([r.get(f.name) for r in made], f.type) for f in LEDGER]
    return Memory({"a.b.c": rows, "ledger": pa.table(columns, schema=LEDGER)})


def test_a_rule_that_matches_and_one_that_does_not() -> None:
    nothing = replace(rule('SELECT * FROM "a.b.c" WHERE n > 5'), id="other-rule")
    found, lacking = run_rules(case(("a.b", "parsed", 1)), [rule(ALL), nothing])
    assert [f.rule for f in found] == ["test-rule"]
    assert lacking == []


def test_without_its_table_a_rule_is_not_examined() -> None:
    absent = rule(ALL, needs=("a.b.c", "x.y.z", "x.y.w"))
    _, lacking = run_rules(case(), [absent])
    why = "nothing in these acquisitions gives x.y.z, x.y.w"
    assert lacking == [NotExamined(rule="test-rule", missing=("x.y.z", "x.y.w"), why=why)]


def test_an_empty_table_of_files_that_were_not_read_is_no_match_of_nothing() -> None:
    _, lacking = run_rules(case(("a.b", "encrypted", 0), ("a.b", "absent", 0), rows=ROWS.slice(0, 0)), [rule(ALL)])
    why = "a.b.c: no file of it was read (1 absent, 1 encrypted)"
    assert lacking == [NotExamined(rule="test-rule", missing=("a.b.c",), why=why)]


def test_a_file_that_was_read_in_part_is_examined() -> None:
    found, lacking = run_rules(case(("a.b", "killed", 1)), [rule(ALL)])
    assert (len(found), lacking) == (1, [])


def test_a_failing_rule_does_not_stop_the_others() -> None:
    broken = replace(rule('SELECT nothing FROM "a.b.c"'), id="broken-rule")
    slow = replace(rule(f"{ALL} AND (SELECT count(*) FROM range(1000000) x, range(1000000) y "
                        "WHERE (x.range * y.range) % 7 = 8) >= 0"), id="slow-rule")  # fmt: skip
    found, lacking = run_rules(case(("a.b", "parsed", 1)), [broken, slow, rule(ALL)], seconds=0.3)
    assert [f.rule for f in found] == ["test-rule"]
    assert [(n.rule, n.missing) for n in lacking] == [("broken-rule", ()), ("slow-rule", ())]
    assert lacking[0].why.startswith("the rule could not be run: Binder Error")
    assert lacking[1].why == "stopped after 0.3 seconds"


def test_more_memory_than_allowed_is_not_examined() -> None:
    greedy = rule('SELECT *, (SELECT list(range::VARCHAR) FROM range(100000000)) AS l FROM "a.b.c"')
    found, lacking = run_rules(case(("a.b", "parsed", 1)), [greedy])
    assert found == []
    assert [n.why for n in lacking] == ["needs more memory than a rule may have"]


def test_tables_of_a_case_cannot_be_left(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    outside: Any = rule(f"SELECT *, 1 AS n FROM read_csv('{tmp_path / 'secret.csv'}')")
    found, lacking = run_rules(case(("a.b", "parsed", 1)), [outside])
    assert found == []
    assert "Permission Error" in lacking[0].why


def test_rules_of_another_platform_do_not_read_its_processes() -> None:
    name = "android.process_list.process"
    values = {"_source": "S1", "_path": "/p", "_sha256": "0", "locator": "line 2", "path": "/tmp/x"}
    phone = Memory({name: pa.Table.from_pylist([values], catalogue()[name])})
    reading = [r for r in load_rules() if r.needs == ("processes",)]
    assert {r.platform for r in reading} == {"android", "ios"}
    found, lacking = run_rules(phone, reading)
    assert [f.rule for f in found] == ["android-program-in-writable-folder"]
    assert {n.rule for n in lacking} == {r.id for r in reading if r.platform == "ios"}
    assert {n.missing for n in lacking} == {("processes",)}
