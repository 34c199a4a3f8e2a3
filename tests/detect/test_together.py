"""Rules that are asked of a large table together."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from bridle.detect import together
from bridle.detect.answer import ask
from bridle.detect.chain import Query, load_chains
from bridle.detect.chains import follow
from bridle.detect.examples import example_tables
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules
from bridle.detect.run import run_rules
from bridle.detect.steps import Given, _answer, _returns
from bridle.detect.together import condition, without, without_rows

LOG = "android.logcat.entry"
MESSAGES = ["nothing", "run /data/local/tmp/falcon now", None, "cannot open /data/local/tmp/wdt"]
RULES = {r.id: r for r in load_rules()}
FALCON, PREDATOR, LANDFALL = (
    RULES[f"android-{n}"] for n in ("falcon-path-in-log", "predator-path-in-log", "landfall-text-in-log")
)


def log(messages=MESSAGES, buffer="main"):
    columns = {n: ["S1"] * len(messages) for n in ("_source", "_path", "_sha256")}
    columns |= {"locator": [f"line {n}" for n in range(len(messages))], "tag": ["tag"] * len(messages)}
    columns |= {
        "buffer": [buffer] * len(messages),
        "message": pa.array(messages, pa.string()),
        "time": pa.array([0] * len(messages), pa.timestamp("us")),
    }
    return Memory({LOG: pa.table(columns)})


def asked(case, rules, rows=1_000_000):
    with closing(case.connect()) as db:
        return without_rows(db, rules, {LOG: rows}, 60.0)


def test_rules_without_a_row_are_told():
    assert asked(log(["nothing", None]), [FALCON, PREDATOR]) == {FALCON.id, PREDATOR.id}


def test_where_one_has_a_row_each_is_asked_alone():
    assert asked(log(), [FALCON, PREDATOR, LANDFALL]) == set()
    assert asked(log(), [PREDATOR, LANDFALL]) == {PREDATOR.id, LANDFALL.id}


def test_one_rule_a_small_table_and_a_rule_of_others_are_asked_alone():
    case = log(["nothing"])
    assert asked(case, [FALCON]) == set()
    assert asked(case, [FALCON, PREDATOR], rows=20_000) == set()
    assert asked(case, [FALCON, replace(PREDATOR, drives=None)]) == set()


def test_a_condition_that_fails_leaves_each_to_itself():
    odd = replace(PREDATOR, query=f'SELECT * FROM "{LOG}" WHERE message::INTEGER > 1')
    assert asked(log(["x"]), [FALCON, odd]) == set()


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * FROM "t" WHERE a = 1 LIMIT 0',
        'SELECT * FROM "t" WHERE a = $a',
        'SELECT * FROM "t" WHERE a IN (SELECT b FROM u)',
        'SELECT * FROM "t" WHERE a = 1 QUALIFY row_number() OVER () = 2',
        'SELECT * FROM "t" WHERE a = 1 -- remark',
        'SELECT * FROM "t" WHERE a = 1 union ALL SELECT * FROM "u"',
        'SELECT *, lower(a) AS low FROM "t" WHERE low = 1',
        'SELECT count(*) FROM "t" WHERE a = 1',
        'SELECT DISTINCT a FROM "t" WHERE a = 1',
        'SELECT a AS b FROM "t" WHERE b = 1',
        'SELECT * FROM "t" JOIN "u" ON true WHERE a = 1',
        'WITH t AS (SELECT 1) SELECT * FROM "t" WHERE a = 1',
    ],
)
def test_other_queries_are_asked_alone(query):
    assert condition(query) is None


def test_the_condition_of_a_query():
    query = "\nSELECT *, lower(a) AS low FROM \"t.a\"\nWHERE a = 'LIMIT; $'\n  OR b;\n"
    assert condition(query) == ("t.a", "a = 'LIMIT; $'\n  OR b", "*")
    assert condition('SELECT a, b_1 FROM "t" WHERE a') == ("t", "a", "a, b_1")


def test_each_rule_is_told_to_have_no_row_where_it_has_none():
    """Of each rule's own examples."""
    seen = 0
    for rule in RULES.values():
        if (found := condition(rule.query)) is None:
            continue
        seen += 1
        for example in rule.example:
            case = example_tables(rule, example)
            with closing(case.connect()) as db:
                alone = bool(db.execute(f"SELECT 1 FROM ({rule.query}\n)").fetchall())
                twice = [rule, replace(rule, id="same")]
                assert (without_rows(db, twice, {found[0]: 1_000_000}, 60.0) == set()) is alone, rule.id
    assert seen > 100


def test_rules_find_the_same_together_and_alone(monkeypatch):
    rules = [FALCON, PREDATOR, LANDFALL, replace(FALCON, id="own", file=Path("own.toml"), drives=None)]
    apart = run_rules(log(), rules)
    monkeypatch.setattr(together, "LARGE", 3)
    assert run_rules(log(), rules) == apart
    assert [(f.rule, [e.locator for e in f.evidence]) for f in apart[0]] == [
        (FALCON.id, ["line 1"]), ("own", ["line 1"]),
    ]  # fmt: skip


def test_what_has_an_answer_is_not_asked_again(monkeypatch):
    monkeypatch.setattr(together, "LARGE", 3)
    monkeypatch.setattr("bridle.detect.run.may_match", lambda *_: pytest.fail("asked again"))
    assert run_rules(log(["nothing"] * 4), [FALCON, PREDATOR]) == ([], [])


def test_a_column_that_is_not_there_leaves_each_to_itself():
    queries = {n: f"SELECT locator, {n} FROM \"{LOG}\" WHERE tag = 'x'" for n in ("tag", "message")}
    with closing(log(["nothing"]).connect()) as db:
        assert without(db, queries, {LOG: 1_000_000}, 60.0) == {"tag", "message"}
        more = {**queries, "gone": queries["tag"].replace("locator", "gone")}
        assert without(db, more, {LOG: 1_000_000}, 60.0) == set()


def test_queries_of_chains_are_asked_together(monkeypatch):
    """Each is asked alone only where one of them has a row."""
    chain = next(c for c in load_chains() if c.id == "chain-android-usb-exploit")
    (kernel,) = (q for step in chain.step for q in step.query if "Kernel panic" in q.sql)
    other = replace(kernel, sql=next(q.sql for c in load_chains() for s in c.step for q in s.query if "adbd" in q.sql))
    steps = tuple(replace(chain.step[n], rules=(), kinds=(), query=(q,)) for n, q in enumerate((kernel, other)))
    chain = replace(chain, step=steps, minimum=1)
    asked = []
    monkeypatch.setattr(together, "LARGE", 1)
    monkeypatch.setattr("bridle.detect.steps.returns_any", lambda db, sql, values: asked.append(sql))
    assert follow(log(["nothing"] * 2), [], [chain], Given(rules={})) == ([], [])
    assert asked == []
    monkeypatch.setattr(together, "LARGE", 3)
    follow(log(["nothing"] * 2), [], [chain], Given(rules={}, large=frozenset({LOG})))
    assert asked == [kernel.sql, other.sql]


def test_queries_beside_are_asked_with_those_of_their_table(monkeypatch):
    """Where one of all has a row, the others are asked without them; those alone of their table are not asked."""
    asked = []
    none = together._none
    monkeypatch.setattr(
        together, "_none", lambda db, table, of, seconds: asked.append([*of]) or none(db, table, of, seconds)
    )
    select = f'SELECT locator FROM "{LOG}" WHERE message = '
    beside = {"a": f"{select}'a'", "b": f"{select}'b'", "other": 'SELECT x FROM "other" WHERE x'}
    rows = {LOG: 1_000_000, "other": 1_000_000}
    with closing(log(["nothing"]).connect()) as db:
        assert without_rows(db, [FALCON], rows, 60.0, beside) == {FALCON.id, "a", "b"}
    with closing(log(["b"]).connect()) as db:
        assert without_rows(db, [FALCON, PREDATOR], rows, 60.0, beside) == {FALCON.id, PREDATOR.id}
        assert without_rows(db, [FALCON], rows, 60.0, beside) == set()
    every = [FALCON.id, PREDATOR.id]
    assert asked == [[FALCON.id, "a", "b"], [*every, "a", "b"], every, [FALCON.id, "a", "b"]]


def test_rules_tell_which_queries_of_chains_have_no_row(monkeypatch):
    monkeypatch.setattr(together, "LARGE", 1)
    chains = [c for c in load_chains() if c.id == "chain-android-usb-exploit"]
    query = next(q.sql for s in chains[0].step for q in s.query if "Kernel panic" in q.sql)
    for message, told in (("nothing", True), ("Kernel panic", False)):
        nothing = set()
        case = log([message] * 2, "kernel")
        assert run_rules(case, [FALCON, PREDATOR], chains=chains, nothing=nothing) == ([], [])
        assert (query in nothing) is told


def test_too_slow_a_condition_leaves_each_to_itself(monkeypatch):
    def late(*_):
        raise duckdb.InterruptException("late")

    case = log(["nothing"])
    with closing(case.connect()) as db:
        monkeypatch.setattr(together, "bounded", late)
        assert without_rows(db, [FALCON, PREDATOR], {LOG: 1_000_000}, 1.0) == set()


def test_a_query_of_chains_that_returned_nothing_is_asked_once():
    given, drives = Given(rules={}, large=frozenset({LOG})), (frozenset({LOG}),)
    none, some, with_value = (
        Query(needs=(LOG,), sql=f'SELECT * FROM "{LOG}" WHERE tag = {t}') for t in ("'no'", "'tag'", "$tag")
    )
    with closing(log().connect()) as db:
        assert [_returns(db, q, {}, drives, given) for q in (none, some)] == [False, True]
        assert [_returns(db, with_value, {"tag": t}, drives, given) for t in ("no", "tag")] == [False, True]
        assert given.nothing == {none.sql}
    assert _returns(db, none, {}, drives, given) is False


def test_of_small_tables_a_query_of_chains_is_not_asked_beforehand():
    given, drives = Given(rules={}, large=frozenset({"other"})), (frozenset({LOG}),)
    with closing(log().connect()) as db:
        query = Query(needs=(LOG,), sql=f"SELECT * FROM \"{LOG}\" WHERE tag = 'no'")
        assert _returns(db, query, {}, drives, given) is True
        of_places = replace(query, completes=True)
        assert _returns(db, of_places, {}, drives, replace(given, large=frozenset({LOG}))) is True
    assert given.nothing == set()


def test_what_chains_ask_with_the_same_values_is_asked_once(monkeypatch):
    questions = []
    monkeypatch.setattr("bridle.detect.steps.ask", lambda db, *asked: questions.append(asked) or ask(db, *asked))
    given, sql = Given(rules={}), f'SELECT locator FROM "{LOG}" WHERE message LIKE $like'
    with closing(log().connect()) as db:
        found = [_answer(db, sql, sql, {"like": like}, given).rows for like in ("run%", "%open%", "run%", "no")]
    assert found == [[("line 1",)], [("line 3",)], [("line 1",)], []]
    assert [values["like"] for _, values in questions] == ["run%", "%open%", "no"]


def test_each_case_is_asked_anew():
    """Whoever follows chains over two cases gives the same of what may be said for both."""
    chain = next(c for c in load_chains() if c.id == "chain-android-usb-exploit")
    given = Given(rules={})
    follow(log(["Kernel panic"], "kernel"), [], [chain], given)
    assert given.answers == {}
