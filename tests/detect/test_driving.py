"""Which tables must hold rows for a query to return any: never too few, and not too many of the usual forms."""

from contextlib import closing

import pyarrow as pa
import pytest

from bridle.detect.catalogue import load_rules
from bridle.detect.chain import load_chains
from bridle.detect.compiled import FILE, compile_rules, load_shipped
from bridle.detect.driving import ALWAYS, alternatives, may_return
from bridle.detect.examples import example_tables
from bridle.detect.memory import Memory
from bridle.detect.query import may_match, run_rule, select
from bridle.detect.rule import load_rule
from bridle.detect.run import run_rules

CHAIN_QUERIES = [q.sql for chain in load_chains() for step in chain.step for q in step.query]
RULE_FILES = [r.file for r in load_rules()]


def of(*tables):
    return frozenset(frozenset(t.split()) for t in tables)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('SELECT * FROM "a.b" WHERE x = 1', of("a.b")),
        ("SELECT * FROM A JOIN b USING (x)", of("a b")),
        ("SELECT * FROM a, b WHERE a.x = b.x", of("a b")),
        ("SELECT * FROM a LEFT JOIN b USING (x)", of("a")),
        ("SELECT * FROM a RIGHT JOIN b USING (x)", of("b")),
        ("SELECT * FROM a FULL JOIN b USING (x)", of("a", "b")),
        ("SELECT * FROM a SEMI JOIN b USING (x)", of("a b")),
        ("SELECT * FROM a ANTI JOIN b USING (x)", of("a")),
        ("SELECT * FROM a POSITIONAL JOIN b", of("a", "b")),
        ("SELECT * FROM a ASOF JOIN b ON a.t >= b.t", of("a b")),
        ("SELECT * FROM a ASOF LEFT JOIN b ON a.t >= b.t", of("a")),
        ("SELECT x FROM a UNION ALL SELECT x FROM b, c", of("a", "b c")),
        ("SELECT x FROM a INTERSECT SELECT x FROM b", of("a b")),
        ("SELECT x FROM a EXCEPT SELECT x FROM b", of("a")),
        ("WITH w AS (SELECT * FROM b) SELECT * FROM a JOIN W USING (x)", of("a b")),
        ("WITH a AS (SELECT 1 AS x) SELECT * FROM a", ALWAYS),
        ("WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a WHERE x < 5) SELECT * FROM a", ALWAYS),
        ("SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)", of("a b")),
        ("SELECT * FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x)", of("a")),
        ("SELECT * FROM a WHERE x IN (SELECT x FROM b) AND y = 1", of("a b")),
        ("SELECT * FROM a WHERE x NOT IN (SELECT x FROM b)", of("a")),
        ("SELECT * FROM a WHERE x > ALL (SELECT x FROM b)", of("a")),
        ("SELECT * FROM a WHERE x IN (SELECT x FROM b) OR x IN (SELECT x FROM c)", of("a b", "a c")),
        ("SELECT * FROM a WHERE x IN (SELECT x FROM b) OR x = 1", of("a")),
        ("SELECT count(*) FROM a", ALWAYS),
        ("SELECT coalesce(max(x), 7) FROM a", ALWAYS),
        ("SELECT 1 FROM a HAVING count(*) = 0", ALWAYS),
        ("SELECT x, count(*) FROM a GROUP BY x", of("a")),
        ("SELECT x, count(*) FROM a GROUP BY ALL", of("a")),
        ("SELECT count(*) FROM a GROUP BY ALL", ALWAYS),
        ("SELECT x, count(*) FROM a GROUP BY ROLLUP (x)", ALWAYS),
        ("SELECT x, count(*) FROM a GROUP BY GROUPING SETS ((x), ())", ALWAYS),
        ("SELECT x, row_number() OVER (ORDER BY x) FROM a QUALIFY row_number() OVER (ORDER BY x) = 1", of("a")),
        ("SELECT * FROM (SELECT count(*) AS n FROM a) WHERE n = 0", ALWAYS),
        ("SELECT a.x FROM a, (SELECT count(*) AS n FROM b) WHERE n = 0", of("a")),
        ("SELECT a.x, u.y FROM a, unnest([1, 2]) u(y)", of("a")),
        ("SELECT * FROM (VALUES (1)) v(x) LEFT JOIN a USING (x)", ALWAYS),
        ("SELECT 1", ALWAYS),
    ],
)  # fmt: skip
def test_a_query_of_each_form(query, expected):
    assert alternatives(query) == expected


def test_what_is_no_query_may_return_anything():
    assert alternatives("SELEC 1") == ALWAYS
    assert alternatives("SELECT * FROM a; SELECT * FROM b") == ALWAYS


def test_a_query_returns_nothing_only_if_each_alternative_has_an_empty_table():
    assert may_return(of("a b", "c"), {"a"})
    assert not may_return(of("a b", "c"), {"a", "c"})
    assert may_return(ALWAYS, {"a", "b", "c"})


def test_the_compiled_rules_are_those_of_the_files():
    stale = "src/bridle/rules/compiled.json is stale: run `make docs`"
    assert FILE.read_text("utf-8") == compile_rules(sorted(RULE_FILES), CHAIN_QUERIES), stale
    compiled, read = load_shipped(RULE_FILES), [load_rule(f) for f in RULE_FILES]
    assert len(read) > 300
    for one, other in zip(compiled, read, strict=True):
        assert one.drives is not None
        for name in vars(other).keys() - {"drives", "parts", "example"}:
            assert getattr(one, name) == getattr(other, name), (one.id, name)
        assert tuple(one.example) == other.example


def test_a_rule_file_that_changed_is_read_itself(tmp_path):
    whole = FILE.read_text("utf-8")
    for text in (whole.replace('"sha256":"', '"sha256":"0'), "[]", "{", ""):
        (tmp_path / "compiled.json").write_text(text)
        (rule,) = load_shipped(RULE_FILES[:1], tmp_path / "compiled.json")
        assert (rule.id, rule.drives) == (load_rule(RULE_FILES[0]).id, None)
    (rule,) = load_shipped(RULE_FILES[:1], tmp_path / "none.json")
    assert rule.drives is None


@pytest.mark.parametrize("number", range(12))
def test_no_example_matches_without_the_tables_that_must_hold_rows(number):
    """Each rule's own examples: what matches is let through, and with any alternative's table emptied nothing does."""
    for rule in load_rules()[number::12]:
        for example in rule.example:
            if not example.match:
                continue
            case = example_tables(rule, example)
            empty = {n.lower() for n, rows in case.rows().items() if not rows}
            large = {"processes", *(n.lower() for n in case.rows())}
            with closing(case.connect()) as db:
                assert may_match(db, rule, empty, large=large), rule.id
            without = _emptied(case, rule.drives)
            if without is not None:
                with closing(without.connect()) as db:
                    assert run_rule(db, rule) == [], rule.id


def _emptied(case, drives):
    """The case with the first table of every alternative emptied; None where one asks for none."""
    if not all(drives):
        return None
    firsts = {min(tables) for tables in drives}
    tables = {n: pa.Table.from_batches(case.batches(n), s) for n, s in case.tables().items()}
    return Memory({n: t.slice(0, 0) if n.lower() in firsts else t for n, t in tables.items()})


def test_each_shipped_query_is_one_select() -> None:
    """They are not looked at again when they are run."""
    chains = [(q.sql, c.file) for c in load_chains() for step in c.step for q in step.query]
    with closing(Memory({}).connect()) as db:
        for query, file in [*((r.query, r.file) for r in load_rules()), *chains]:
            assert select(db, query, file) == select(db, query, file, shipped=True)


def test_a_rule_that_cannot_match_is_examined_and_finds_nothing():
    rule = next(r for r in load_rules() if r.id == "ios-crash-of-message-parsers")
    (example,) = [e for e in rule.example if e.match][:1]
    case = _emptied(example_tables(rule, example), rule.drives)
    assert run_rules(case, [rule]) == ([], [])
