"""What a fleet says to people: as it goes, at its end, and of a lake."""

from types import SimpleNamespace

from bridle.cli import fleet_progress
from bridle.cli.fleet_progress import Lines, of_lake
from bridle.fleet.outcome import Outcome
from bridle.fleet.plan import Planned
from bridle.fleet.prepare import Entry
from bridle.fleet.run import Report

VERDICT = "traces of targeting"


def entry(name, state="new"):
    planned = Planned(task=f"task-{name}", source=f"/evidence/{name}", name=name, identity="i", settings="s")
    return Entry(planned=planned, state=state)


def outcome(status, **values):
    return Outcome(task="t", status=status, **values)


PAIRS = [
    (entry("P-1"), outcome("done", exit=1, verdict=VERDICT, findings={"high": 2, "low": 1}, attempts=2)),
    (entry("P-2", "done"), outcome("done", exit=4, verdict=VERDICT, findings={"high": 1})),
    (entry("P-3"), outcome("failed", exit=3, reason="encrypted, and no password was given")),
    (entry("P-4"), outcome("poison", exit=3, reason="its worker was ended by SIGKILL, 3 times", attempts=3)),
]


def test_a_run_is_told_as_it_goes(capsys, monkeypatch):
    monkeypatch.setattr(fleet_progress, "_EVERY", -1.0)
    lines = Lines()
    lines.begin(3, 1)
    for e, o in (PAIRS[0], PAIRS[2], PAIRS[3]):
        lines.ended(e, o)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "bridle: 3 to examine, 1 in the lake already",
        "bridle: 1 of 3, 1 with findings, 1 done in a second attempt",
        "bridle: P-3: failed: encrypted, and no password was given",
        "bridle: 2 of 3, 1 with findings, 1 failed, 1 done in a second attempt",
        "bridle: P-4: set aside: its worker was ended by SIGKILL, 3 times",
        "bridle: 3 of 3, 1 with findings, 1 failed, 1 set aside, 2 done in a second attempt",
    ]


def test_the_end_of_a_run_names_what_has_no_case():
    prepared = SimpleNamespace(lake=SimpleNamespace(address="/lake"))
    assert Lines().closing(Report(PAIRS, forgotten=1), prepared).splitlines() == [
        "Cases      1 examined, 1 there already, 1 failed, 1 set aside, 1 forgotten",
        "Verdict    2 × traces of targeting",
        "Findings   3 high, 1 low",
        "In part    1 of 2 were read only in part",
        "Failed     P-3: encrypted, and no password was given",
        "Set aside  P-4: its worker was ended by SIGKILL, 3 times",
        "Lake       /lake",
    ]


def test_a_lake_is_told_with_the_next_step():
    told = {
        "planned": 1200, "done": 1100, "running": 2, "waiting": 96, "interrupted": 3, "failed": 1, "poison": 1,
        "forgotten": 4, "earlier": 0, "verdicts": {VERDICT: 7, "inconclusive": 1093},
        "findings": {"critical": 0, "high": 9, "medium": 0, "low": 0, "informational": 0},
        "oldest_running": {"task": "t", "name": "P-9", "since": "2026-03-01T10:00:00Z"},
        "last": {"task": "t", "name": "P-8", "status": "done", "time": "2026-03-01T10:05:00Z"},
        "not_done": [{"name": "P-3", "task": "x", "status": "failed", "reason": "a" * 200}],
    }  # fmt: skip
    assert of_lake(told).splitlines() == [
        "Planned    1,200",
        "Done       1,100",
        "Running    2; P-9 since 2026-03-01T10:00:00Z",
        "Waiting    96; 3 of them interrupted",
        "Failed     1; set aside 1",
        "Forgotten  4",
        "Verdict    7 × traces of targeting",
        "Verdict    1,093 × inconclusive",
        "Findings   9 high",
        f"Failed     P-3: {'a' * 159}…",
        "Last       P-8: done at 2026-03-01T10:05:00Z",
        "Next       run the same `bridle fleet check` again: it does what waits",
    ]
