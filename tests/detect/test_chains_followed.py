"""Chains over a case: what stands for a step, how a chain is graded, and which findings it tells."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa
import pytest
from finding_samples import evidence, finding
from test_rule_query import rule

from bridle.core import LEVELS
from bridle.detect.chain import Chain, load_chains, parse_chain
from bridle.detect.chains import follow
from bridle.detect.examples import catalogue
from bridle.detect.finding import Attributed, Attribution, Finding, Named
from bridle.detect.finding import Tested as Benign
from bridle.detect.memory import Memory
from bridle.detect.query import NotExamined
from bridle.detect.restrict import masked
from bridle.detect.rule import RuleError
from bridle.detect.steps import MOST_EVENTS, Given

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
MESSAGE, PROCESS, CRASH = "ios.sms.message", "ios.data_usage.process", "ios.crash_report.crash"
FIRST_USED = f'SELECT *, first_used AS time FROM "{PROCESS}" WHERE first_used IS NOT NULL'


def minutes(n: float) -> datetime:
    return NOON + timedelta(minutes=n)


def data(**more: Any) -> dict[str, Any]:
    """A message, then within an hour a process."""
    return {
        "id": "chain-test", "title": "T", "status": "experimental", "platform": "ios", "minimum": 2,
        "explanation": "E", "false_positives": ["F"], "references": ["https://example.org/case"],
        "step": [
            {"name": "a message came", "stage": "targeting", "attack": ["T1660"], "rules": ["lure"]},
            {"name": "a process ran", "stage": "execution", "attack": ["T1655"], "within": 3600, "why": "W",
             "query": [{"needs": [PROCESS], "sql": FIRST_USED}], "never": {"user": "It has no bundle id."}},
        ],
        "example": [{"name": "a", "match": ["x"]}, {"name": "b", "match": []}],
    } | more  # fmt: skip


def chain(**more: Any) -> Chain:
    return parse_chain(data(**more), Path("chain.toml"))


def table(name: str, *rows: dict[str, Any]) -> pa.Table:
    stamps = {"_source": "S1", "_path": f"/{name}", "_sha256": "ab"}
    return pa.Table.from_pylist([{**stamps, **r} for r in rows], catalogue()[name])


def process(n: int, time: datetime | None, **more: Any) -> dict[str, Any]:
    return {"locator": f"Z:{n}", "process_id": n, "name": f"p{n}", "first_used": time, **more}


def case(*rows: dict[str, Any]) -> Memory:
    return Memory({PROCESS: table(PROCESS, *rows)})


def lure(**more: Any) -> Finding:
    row = evidence("/sms.db", "message:1", NOON, table=MESSAGE)
    return finding(
        **{"id": "lure-id", "rule": "lure", "stage": "targeting", "level": "medium", "evidence": (row,), **more}
    )


GIVEN = Given(rules={"lure": replace(rule("SELECT 1"), id="lure", needs=(MESSAGE,), evidence=MESSAGE)})


def followed(found: list[Finding], rows: Memory, *chains: Chain, given: Given = GIVEN) -> list[Finding]:
    told, lacking = follow(rows, found, chains or [chain()], given)
    assert lacking == []
    return [f for f in told if f.rule.startswith("chain-")]


def test_two_steps_become_one_finding() -> None:
    (told,) = followed([lure()], case(process(1, minutes(20)), process(2, minutes(90))))
    assert (told.level, told.stage, told.confidence, told.forgeable_by) == ("high", "execution", "medium", ())
    assert [(leg.name, leg.stage, leg.time, leg.attack) for leg in told.legs] == [
        ("a message came", "targeting", NOON, ("T1660",)), ("a process ran", "execution", minutes(20), ("T1655",)),
    ]  # fmt: skip
    assert [leg.finding for leg in told.legs] == ["lure-id", told.id]
    assert [(e.table, e.locator, e.values["leg"]) for e in told.evidence] == [
        (PROCESS, "Z:1", "a process ran"), (MESSAGE, "message:1", "a message came"),
    ]  # fmt: skip
    assert (told.first_seen, told.last_seen, told.count) == (NOON, minutes(20), 2)
    assert told.corroborated_by == ("lure-id",)
    assert told.attack == ("T1660", "T1655")
    assert told.message == (
        "2 of 2 steps stand in this order: a message came (2021-07-18 12:00:00 UTC); "
        "a process ran (2021-07-18 12:20:00 UTC)."
    )


def test_the_title_names_steps_only_where_all_stand() -> None:
    """A vendor's expert reads the title first: it must not name a crash where none is on record."""
    third = {"name": "a crash", "stage": "exploitation", "attack": ["T1658"], "rules": ["crash"], "optional": True}
    titled = "The course of an attack: a message, a process"
    (whole,) = followed([lure()], case(process(1, minutes(20))), chain(title=titled))
    assert whole.title == titled
    more = chain(title=titled + ", a crash", step=[*data()["step"], third])
    (part,) = followed([lure()], case(process(1, minutes(20))), more)
    assert part.title == "2 of 3 steps of the course of an attack"
    assert "crash" not in part.title and part.message.endswith("Not among them: a crash.")


def test_a_step_whose_rows_show_less_is_told_as_less() -> None:
    """A file that lies there is another stage than the message that came, and is nothing that ran."""
    steps = data()["step"]
    steps[1] |= {"name": "a file was written", "reaches": "exploitation"}
    (told,) = followed([lure()], case(process(1, minutes(20))), chain(step=steps))
    assert (told.level, told.stage) == ("high", "exploitation")
    assert [leg.stage for leg in told.legs] == ["targeting", "exploitation"]


def test_its_findings_name_it_and_stay() -> None:
    other = finding(id="other", rule="other")
    told, _ = follow(case(process(1, minutes(20))), [lure(), other], [chain()], GIVEN)
    of_chain = told[-1].id
    assert [(f.id, f.superseded_by) for f in told] == [("lure-id", of_chain), ("other", None), (of_chain, None)]


@pytest.mark.parametrize("time", [minutes(60.1), minutes(-0.1), None])
def test_outside_the_window_it_is_no_chain(time: datetime | None) -> None:
    assert followed([lure()], case(process(1, time))) == []


def test_what_somebody_could_have_caused_raises_nothing() -> None:
    steps = data()["step"]
    del steps[1]["never"]
    (told,) = followed([lure()], case(process(1, minutes(20))), chain(step=steps))
    assert (told.level, told.stage, told.confidence, told.forgeable_by) == ("medium", "targeting", "low", ("user",))
    assert told.message.endswith(
        "Whoever holds the unlocked device could have caused all of this. "
        "No step is beyond what somebody could have caused without an attack, so none raises the level."
    )


def test_it_rises_by_one_step_and_no_higher_than_it_may() -> None:
    rows = case(process(1, minutes(20)))
    (low,) = followed([lure(level="informational")], rows)
    assert low.level == "medium"  # the process is low
    (most,) = followed([lure(level="high")], rows)
    assert most.level == "high"
    case_of = "https://example.org/case"
    (critical,) = followed([lure(level="high")], rows, chain(most="critical", published=case_of))
    assert critical.level == "critical"
    (capped,) = followed([lure(level="medium")], rows, chain(most="medium"))
    assert capped.level == "medium"
    (own,) = followed([lure(level="critical")], rows, chain(most="medium"))
    assert own.level == "critical"


def test_rows_of_one_daemon_are_no_chain() -> None:
    """The process is counted by the daemon that counts the traffic."""
    row = evidence("/net", "Z:9", NOON, table="ios.net_usage.process")
    given = Given(rules={"lure": replace(GIVEN.rules["lure"], evidence="ios.net_usage.process")})
    first = finding(id="a", rule="lure", stage="targeting", evidence=(row,))
    assert followed([first], case(process(1, minutes(20))), given=given) == []


def test_another_row_of_a_step_is_taken_where_it_is_more_independent() -> None:
    near = evidence("/net", "Z:9", NOON, table="ios.net_usage.process")
    far = evidence("/sms.db", "m:1", minutes(-5), table=MESSAGE)
    given = Given(rules={"lure": replace(GIVEN.rules["lure"], evidence="processes")})
    first = finding(id="a", rule="lure", level="medium", stage="targeting", evidence=(near, far))
    (told,) = followed([first], case(process(1, minutes(20))), given=given)
    assert [leg.time for leg in told.legs] == [minutes(-5), minutes(20)]


def test_traces_of_the_acquisition_and_what_is_explained_are_no_steps() -> None:
    rows = case(process(1, minutes(20)))
    assert followed([lure(acquisition_related=True)], rows) == []
    fits = Benign(explanation="x", outcome="fits", why="y")
    assert followed([lure(tested=(fits,))], rows) == []
    assert len(followed([lure(tested=(replace(fits, outcome="does not fit"),))], rows)) == 1


def test_acquisitions_are_joined_in_utc() -> None:
    """The message is by the clock of one source, in Paris; the process an instant of the other."""
    wall = evidence("/sms.db", "message:1", datetime(2021, 7, 18, 14, 0), table=MESSAGE)
    found = finding(id="lure-id", rule="lure", stage="targeting", level="medium", evidence=(wall,))
    rows = case(process(1, minutes(20), _source="S2"))
    given = replace(GIVEN, at={"S1": "Europe/Paris", "": "Europe/Paris"})
    (told,) = followed([found], rows, given=given)
    assert [leg.time for leg in told.legs] == [NOON, minutes(20)]
    assert followed([found], rows) == []


def test_a_row_that_two_acquisitions_hold_counts_once() -> None:
    (told,) = followed([lure()], case(process(1, minutes(20)), process(1, minutes(20), _source="S2")))
    assert told.count == 2


def test_without_its_tables_it_is_not_examined() -> None:
    three = data()["step"]
    three.append({"name": "a crash", "stage": "exploitation", "attack": ["T1658"], "within": 9, "why": "W",
                  "optional": True, "query": [{"needs": [CRASH], "sql": f'SELECT * FROM "{CRASH}"'}]})  # fmt: skip
    told, lacking = follow(case(), [], [chain(step=three, minimum=3)], GIVEN)
    why = "2 of its 3 steps could be looked for; at least 3 are needed"
    assert (told, lacking) == ([], [NotExamined(rule="chain-test", missing=(CRASH,), why=why)])
    _, lacking = follow(case(), [], [chain()], Given(rules={}))
    why = "1 of its 2 steps could be looked for; at least 2 are needed, among them: a message came"
    assert lacking == [NotExamined(rule="chain-test", missing=(), why=why)]


def test_a_chain_that_another_tells_whole_names_it() -> None:
    wider = data(id="chain-wider")
    wider["step"].append({"name": "and more", "stage": "exfiltration", "attack": ["T1646"], "within": 3600, "why": "W",
                          "query": [{"needs": [CRASH], "sql": f'SELECT * FROM "{CRASH}"'}]})  # fmt: skip
    rows = Memory({
        PROCESS: table(PROCESS, process(1, minutes(20))),
        CRASH: table(CRASH, {"locator": "c", "time": minutes(30), "process_name": "homed"}),
    })  # fmt: skip
    told = followed([lure()], rows, chain(), parse_chain(wider, Path("w.toml")))
    by_rule = {f.rule: f for f in told}
    assert by_rule["chain-test"].superseded_by == by_rule["chain-wider"].id
    assert by_rule["chain-wider"].superseded_by is None
    assert len(by_rule["chain-wider"].legs) == 3


def test_two_ways_to_one_execution_are_one_attack() -> None:
    """Two chains end in the same process; the one with more steps tells it."""
    other = data(id="chain-other")
    other["step"][0] = {**other["step"][0], "name": "a crash", "stage": "exploitation", "rules": ["crash"]}
    other["step"].append({"name": "a lure later", "stage": "targeting", "attack": ["T1660"], "within": 7200, "why": "W",
                          "before": 7200, "rules": ["lure"]})  # fmt: skip
    crash = finding(id="crash-id", rule="crash", stage="exploitation", level="medium",
                    evidence=(evidence("/c", "c:1", minutes(10), table=CRASH),))  # fmt: skip
    given = Given(rules=GIVEN.rules | {"crash": replace(rule("SELECT 1"), id="crash", needs=(CRASH,), evidence=CRASH)})
    rows = case(process(1, minutes(20)))
    told = followed([lure(), crash], rows, chain(), parse_chain(other, Path("o.toml")), given=given)
    by_rule = {f.rule: f for f in told}
    assert by_rule["chain-test"].superseded_by == by_rule["chain-other"].id
    (apart,) = followed([lure(), crash], rows, chain(), given=given)
    assert apart.superseded_by is None


def test_no_word_of_a_chain_holds_a_restricted_value() -> None:
    secret = "secret.example"
    row = replace(evidence("/sms.db", "message:1", NOON, table=MESSAGE), values={"text": f"see https://{secret}/"})
    named = Named(kind="domain", value=secret, feeds=("f",), campaigns=("Hydra",), tlp="TLP:AMBER")
    found = replace(lure(indicator=named, surfaces=("message",), message=f"names {secret}"), evidence=(row,))
    told, _ = follow(case(process(1, minutes(20))), [found], [chain()], GIVEN)
    shown = str([f.as_dict() for f in masked(told, "TLP:CLEAR", {"lure-id": secret})])
    assert "chain-test" in shown
    assert secret not in shown
    assert "Hydra" not in shown


def test_a_hundred_thousand_rows_are_thinned_and_the_chain_is_found() -> None:
    flood = [process(n, NOON + timedelta(seconds=n), name=f"x{n % 7}") for n in range(100_000)]
    rows = case(*flood, process(200_000, minutes(50)))
    events = [evidence("/sms.db", f"message:{n}", NOON - timedelta(days=n), table=MESSAGE) for n in range(1000)]
    steps = data()["step"]
    steps[1] |= {"key": ["name"], "query": [{"needs": [PROCESS], "sql": FIRST_USED.replace("*,", "*, name AS key,")}]}
    begun = process_time()
    (told,) = followed([replace(lure(), evidence=tuple(events))], rows, chain(step=steps))
    assert process_time() - begun < 20
    assert told.legs[0].time == NOON
    assert told.count <= 100
    assert MOST_EVENTS == 10_000


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"minimum": 3}, "minimum: 3 of 2 steps; a chain has at most 12"),
        ({"minimum": 1}, "minimum: expected a number from 2 to 12, got 1"),
        ({"id": "test"}, "id: expected chain- and small letters, digits and -, got 'test'"),
        ({"most": "critical"}, "most: critical needs the address of a published case"),
        ({"published": "https://example.org/other"}, "published: the case is among the references"),
        ({"colour": "red"}, "colour: no such key"),
        ({"example": [{"name": "a", "match": ["x"]}]},
         "example: needs one that must match, and one in which nothing must"),
        ({"parameters": {"n": 1}}, "parameters: n is not used by a query"),
        ({"step": [data()["step"][0]] * 2}, "step: a chain has steps of two stages at least"),
        ({"step": [{"use": "nothing"}, data()["step"][1]]}, "step[1].use: no shared step is called 'nothing'"),
    ],
)  # fmt: skip
def test_a_faulty_chain_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(RuleError) as refused:
        chain(**more)
    assert str(refused.value) == f"chain.toml: {why}"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"rules": []}, "step[2].rules: expected a list of text, got []"),
        ({"within": -1}, "step[2].within: expected a number from 0 to 34560000, got -1"),
        ({"why": None}, "step[2].why: expected text, got None"),
        ({"kinds": ["domain"]}, "step[2]: kinds and surfaces are named together"),
        ({"never": {"neighbour": "x"}},
         "step[2].never: expected reasons for some of sender, website, user, analyst, got {'neighbour': 'x'}"),
        ({"untimed": True}, "step[2]: a step without a time needs a key, and is optional"),
        ({"query": [{"needs": [PROCESS], "sql": "SELECT $x"}]}, "step: $x is neither a parameter nor a baseline"),
        ({"query": [{"sql": "SELECT 1"}]}, "step[2].query[1].needs: is missing"),
    ],
)  # fmt: skip
def test_a_faulty_step_is_refused(more: dict[str, Any], why: str) -> None:
    steps = data()["step"]
    steps[1] |= more
    with pytest.raises(RuleError) as refused:
        chain(step=steps)
    assert str(refused.value) == f"chain.toml: {why}"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (f'SELECT * FROM "{PROCESS}"', "chain.toml: step 'a process ran': the query does not return the column time"),
        ("SELECT nothing", "Binder Error: Referenced column"),
        ("DROP TABLE x", "chain.toml: query: expected one SELECT statement"),
    ],
)
def test_a_chain_that_cannot_be_followed_does_not_stop_the_others(sql: str, why: str) -> None:
    steps = data()["step"]
    steps[1]["query"] = [{"needs": [PROCESS], "sql": sql}]
    broken = chain(id="chain-broken", step=steps)
    told, lacking = follow(case(process(1, minutes(20))), [lure()], [broken, chain()], GIVEN)
    assert [f.rule for f in told] == ["lure", "chain-test"]
    ((rule_, missing, said),) = [(n.rule, n.missing, n.why) for n in lacking]
    assert (rule_, missing) == ("chain-broken", ())
    assert said.startswith(f"the chain could not be followed: {why}")


def test_what_its_steps_are_attributed_to_is_told_where_they_agree() -> None:
    pegasus, other = (Attribution(product=Attributed(name=n, confidence="medium", basis="B")) for n in ("P", "Q"))
    rows = case(process(1, minutes(20)))
    assert followed([lure(attribution=pegasus)], rows)[0].attribution == pegasus
    assert followed([lure(attribution=Attribution())], rows)[0].attribution is None
    second = replace(lure(attribution=other), id="second", rule="second", stage="exploitation")
    steps = data()["step"]
    steps.append({"name": "more", "stage": "exploitation", "attack": ["T1658"], "within": 3600, "why": "W",
                  "before": 3600, "rules": ["second"]})  # fmt: skip
    both = Given(rules=GIVEN.rules | {"second": GIVEN.rules["lure"]})
    told = followed([lure(attribution=pegasus), second], rows, chain(step=steps), given=both)
    assert [f.attribution for f in told] == [None]


def test_an_own_chain_is_read_from_its_file(tmp_path: Path) -> None:
    shipped = load_chains()[0]
    (tmp_path / "own.toml").write_text(shipped.file.read_text("utf-8"), "utf-8")
    assert [c.id for c in load_chains([tmp_path])] == [shipped.id]
    (tmp_path / "again.toml").write_text(shipped.file.read_text("utf-8"), "utf-8")
    with pytest.raises(RuleError, match="is already the id of"):
        load_chains([tmp_path])


def test_levels_are_those_of_findings() -> None:
    assert {c.most for c in load_chains()} <= set(LEVELS)
