"""`hunt`: over many cases, from their keys alone, what a recheck of each would find; and what no longer holds."""

import fcntl
import json
import os
import shutil
from datetime import date

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.fleet import hunt as hunting
from bridle.fleet import hunt_worker
from bridle.fleet.hunt import Hunt, cases_of
from bridle.fleet.hunt_state import State
from bridle.indicators import load
from bridle.phantom import device
from consent_record import CONSENT
from own_feeds import values_of, write_feed

KINDS = ("ios-backup", "ios-sysdiagnose", "bugreport", "apk")
NOWHERE = [("domain", "nowhere.example.org")]


def run(*arguments):
    return CliRunner().invoke(bridle, list(map(str, arguments)))


def findings(case):
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    monkeypatch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("BRIDLE_CONFIG", str(folder / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(folder / "data"))
    yield folder
    monkeypatch.undo()


@pytest.fixture(autouse=True)
def own_home(home):
    """The module's, for all tests of it."""


@pytest.fixture(scope="module")
def lake(home):
    """A case of each kind, checked with a feed that names nothing of theirs; the APK's with an end of consent."""
    write_feed(home / "first.csv", NOWHERE)
    (home / "consent.toml").write_text(CONSENT.format(until="2026-06-30"))
    for kind in KINDS:
        device.write(kind, "infected", False, None, 7, home / kind, 1)
        more = ["--consent", home / "consent.toml"] if kind == "apk" else []
        done = run("check", home / kind, "-o", home / "lake" / "cases" / kind, "-i", home / "first.csv", *more)
        assert done.exit_code in (0, 1), done.output
    return home / "lake"


def hunted(lake, *arguments, code=1):
    done = run("hunt", lake, *arguments, "--json", "--jobs", 1)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def comparable(f):
    return {k: f[k] for k in ("id", "rule", "count", "first_seen", "last_seen", "surfaces", "evidence", "indicator")}


@pytest.fixture(scope="module")
def planted(lake):
    """Values of every kind out of every case."""
    found = {v for kind in KINDS for v in values_of(open_case(lake / "cases" / kind), 6)}
    return write_feed(lake.parent / "planted.csv", sorted(found))


def test_a_hunt_finds_in_each_case_what_a_recheck_finds(lake, planted, tmp_path):
    kinds = {i.kind for i in load([planted]).indicators}
    assert kinds >= {"domain", "url", "ip-address", "email", "process-name", "file-path", "sha256", "app-id", "cert"}
    found = hunted(lake, "-i", planted)
    assert found["by_records"] == []
    for kind in KINDS[:3]:
        case = lake / "cases" / kind
        run("recheck", case, "-o", tmp_path / kind, "-i", planted)
        wanted = [f for f in findings(tmp_path / kind) if f["rule"].startswith("indicator-")]
        mine = [f for f in found["findings"] if f["case"] == str(case) and f["hunt"] == "new"]
        assert sorted(map(comparable, mine), key=str) == sorted(map(comparable, wanted), key=str)
        assert len(wanted) > 20


def test_without_keys_the_records_give_the_same(lake, planted, tmp_path):
    case = shutil.copytree(lake / "cases" / "bugreport", tmp_path / "cases" / "bugreport")
    with_keys = hunted(case, "-i", planted)
    (case / "match_keys.parquet").unlink()
    without = hunted(case, "-i", planted)
    assert without["findings"] == with_keys["findings"] != []
    assert (with_keys["by_records"], without["by_records"]) == ([], [str(case)])


def test_consent_that_ended_is_listed_and_not_asked(lake, planted):
    asked = Hunt(cases=(lake,), indicators=(str(planted),), today=date(2026, 7, 1))
    states = {os.path.basename(o.case): (o.state, o.why) for o in hunting.hunt(asked).outcomes}
    assert {k: s for k, (s, _) in states.items()} == dict.fromkeys(KINDS, "done") | {"apk": "skipped"}
    assert "until 2026-06-30 only" in states["apk"][1]
    before = Hunt(cases=(lake,), indicators=(str(planted),), today=date(2026, 6, 30))
    assert {o.state for o in hunting.hunt(before).outcomes} == {"done"}


def test_only_what_is_new_since_and_what_is_left_of_it(lake, planted, tmp_path):
    values = [(i.kind, i.shown) for i in load([planted]).indicators]
    old, new = write_feed(tmp_path / "a.csv", values[::2]), write_feed(tmp_path / "b.csv", values[1::2])
    run("recheck", lake / "cases" / "bugreport", "-o", tmp_path / "case", "-i", old)
    told = findings(tmp_path / "case")
    found = hunted(tmp_path / "case", "-i", new, "--since", old)
    assert found["indicators"] == len(values[1::2])
    gone = {f["id"] for f in found["findings"] if f["hunt"] == "withdrawn"}
    assert gone == {f["id"] for f in told if f["rule"].startswith("indicator-")} != set()
    everything = hunted(tmp_path / "case", "-i", new)
    assert [f["id"] for f in everything["findings"] if f["hunt"] == "new"] == [
        f["id"] for f in found["findings"] if f["hunt"] == "new"
    ]
    again = hunted(tmp_path / "case", "-i", old, "-i", new, "--since", new, code=0)
    assert again["new"] == 0 == again["follow_up"]


def bundle(path, *indicators):
    objects = [
        {"type": "indicator", "spec_version": "2.1", "id": f"indicator--00000000-0000-4000-8000-{n:012}",
         "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "pattern_type": "stix",
         "valid_from": "2026-01-01T00:00:00Z", **i}
        for n, i in enumerate(indicators)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000",
                                "objects": objects}))  # fmt: skip
    return path


@pytest.fixture(scope="module")
def domains(lake):
    """Three domains of the bugreport, from different tables."""
    rows = open_case(lake / "cases" / "bugreport").sql(
        "SELECT DISTINCT min(value) FROM observables WHERE kind = 'domain' AND value LIKE '%.%'"
        ' GROUP BY "table" ORDER BY 1 LIMIT 3'
    )[1]
    assert len(rows) == 3
    return [value for (value,) in rows]


def test_revoked_and_expired_indicators_are_followed_up(lake, domains, tmp_path):
    patterns = [f"[domain-name:value = '{d}']" for d in domains]
    old = bundle(tmp_path / "old.json", *({"pattern": p} for p in patterns))
    run("recheck", lake / "cases" / "bugreport", "-o", tmp_path / "case", "-i", old)
    changes = ({"revoked": True}, {"valid_until": "2026-02-01T00:00:00Z"}, {})
    new = bundle(tmp_path / "new.json", *({"pattern": p, **c} for p, c in zip(patterns, changes, strict=True)))
    found = hunted(tmp_path / "case", "-i", new, code=0)
    assert {f["indicator"]["value"]: f["hunt"] for f in found["findings"]} == {
        domains[0]: "revoked", domains[1]: "expired"
    }  # fmt: skip
    assert (found["new"], found["follow_up"]) == (0, 2)


def test_patterns_with_a_value_are_told_by_keys_and_others_read_every_record(lake, domains, tmp_path):
    case = lake / "cases" / "bugreport"
    keyed = bundle(
        tmp_path / "keyed.json",
        {"pattern": f"[domain-name:value = '{domains[0]}'] AND [domain-name:value = '{domains[1]}']"},
        {"pattern": "[domain-name:value = 'no.example.org'] AND [domain-name:value LIKE '%e%']"},
    )
    found = hunted(case, "-i", keyed)
    assert (found["new"], found["patterns_by_columns"], found["by_records"]) == (1, 0, [])
    like = bundle(tmp_path / "like.json", {"pattern": f"[domain-name:value LIKE '{domains[0][:-1]}_']"})
    slow = hunted(case, "-i", like)
    assert (slow["new"], slow["patterns_by_columns"], slow["by_records"]) == (1, 1, [str(case)])


def test_what_was_found_is_written_before_it_is_remembered(lake, planted, tmp_path):
    state = tmp_path / "state.json"
    result = hunting.hunt(Hunt(cases=(lake,), indicators=(str(planted),), state=state))
    assert result.new > 0
    assert not state.exists()
    result.remember()
    assert len(json.loads(state.read_bytes())["done"]) == 3
    (tmp_path / ".there.hunt-dead").write_bytes(b"")
    (tmp_path / "there").write_bytes(b"")
    assert run("hunt", lake, "-i", planted, "-o", tmp_path / "there").exit_code == 2
    assert not (tmp_path / ".there.hunt-dead").exists()
    out = tmp_path / "none" / "out.jsonl"
    other = tmp_path / "other.json"
    assert run("hunt", lake, "-i", planted, "--state", other, "-o", out).exit_code == 2
    assert not other.exists()


def test_what_a_dead_hunt_left_is_removed_and_a_living_one_keeps_its_own(tmp_path):
    for name in (".state.json.hunt-dead", ".state.json.hunt-alive", ".other.json.hunt-x"):
        (tmp_path / name).write_bytes(b"x")
    with (tmp_path / ".state.json.hunt-alive").open("rb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        State(tmp_path / "state.json").save()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".other.json.hunt-x", ".state.json.hunt-alive", "state.json"
    ]  # fmt: skip
    assert json.loads((tmp_path / "state.json").read_bytes()) == {"schema": 1, "done": {}}


def test_a_state_leaves_out_what_was_asked(lake, planted, tmp_path):
    state = tmp_path / "state.json"
    first = hunted(lake, "-i", planted, "--state", state)
    assert first["states"]["done"] == 3 and first["states"]["skipped"] == 1
    again = hunted(lake, "-i", planted, "--state", state, code=0)
    assert (again["states"]["before"], again["states"]["done"]) == (3, 0)
    more = write_feed(tmp_path / "more.csv", [*NOWHERE])
    extended = hunted(lake, "-i", planted, "-i", more, "--since", planted, "--state", state, code=0)
    assert (extended["states"]["done"], extended["new"], extended["indicators"]) == (3, 0, 1)
    fresh = shutil.copytree(lake / "cases" / "bugreport", tmp_path / "cases" / "new")
    custody = fresh / "manifest.json"
    custody.write_text(custody.read_text() + "\n")
    late = hunted(fresh, "-i", planted, "-i", more, "--since", planted, "--state", state)
    assert late["new"] == len([f for f in first["findings"] if f["case"].endswith("bugreport")]) > 0
    state.write_text("[]")
    assert run("hunt", lake, "-i", planted, "--state", state).exit_code == 2


def test_damaged_cases_are_told_and_the_others_asked(lake, planted, tmp_path):
    cases = tmp_path / "cases"
    for n in range(20):
        shutil.copytree(lake / "cases" / "bugreport", cases / f"c{n:02}")
    (cases / "c03" / "match_keys.parquet").write_bytes(b"x")
    (cases / "c04" / "case.key.age").write_bytes(b"x")
    (cases / "c05" / "case.toml").unlink()
    done = run("hunt", tmp_path, "-i", planted, "--json", "--jobs", 2)
    found = json.loads(done.stdout)
    assert (done.exit_code, found["states"]) == (1, {"done": 17, "before": 0, "skipped": 0, "unreadable": 3})
    assert [os.path.basename(o["case"]) for o in found["not_asked"]] == ["c03", "c04", "c05"]
    alone = run("hunt", cases / "c03", "-i", planted)
    assert alone.exit_code == 3 and "unreadable" in alone.stdout


def test_a_process_that_dies_costs_its_case(lake, planted, tmp_path, monkeypatch):
    work = [(lake / "cases" / "apk", False)] * 40
    work[21] = (tmp_path / "kills", False)
    context = hunting.multiprocessing.get_context("fork")
    monkeypatch.setattr(hunting.multiprocessing, "get_context", lambda _: context)
    ask = hunt_worker.hunt_case
    monkeypatch.setattr(
        hunt_worker, "hunt_case", lambda path, *more: os._exit(9) if path.name == "kills" else ask(path, *more)
    )
    found = load([planted])
    asked = hunting.question(found, None, (), date(2026, 1, 1), "TLP:CLEAR")
    own = hunting.identity(create=False)
    outcomes = list(hunting._ask_all(work, (asked, asked), own, date(2026, 1, 1), 2))
    assert len(outcomes) == 40
    assert [(o.case, o.why) for o in outcomes if o.state != "done"] == [
        (str(tmp_path / "kills"), "the process that read it died")
    ]


def test_findings_are_written_a_line_each_and_nothing_is_overwritten(lake, planted, tmp_path):
    out = tmp_path / "new.jsonl"
    done = run("hunt", lake / "cases" / "bugreport", "-i", planted, "-o", out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert done.exit_code == 1
    assert f"New        {len(lines):,} findings in 1 cases" in done.stdout
    assert {"case", "manifest", "hunt", "id", "rule", "level", "evidence", "false_positives"} <= set(lines[0])
    assert run("hunt", lake, "-i", planted, "-o", out).exit_code == 2


def test_which_cases_are_meant(lake, tmp_path):
    every = [lake / "cases" / kind for kind in sorted(KINDS)]
    assert cases_of([lake]) == cases_of([lake / "cases"]) == cases_of([*every, lake]) == every
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(hunting.UsageError, match="holds no case"):
            cases_of([wrong])
    assert run("hunt", "s3://bucket/lake", "-i", lake.parent / "first.csv").exit_code == 2
    assert run("hunt", lake, "-i", tmp_path / "none.csv").exit_code == 2
