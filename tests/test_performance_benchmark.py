"""The benchmark's words: goals are judged by medians, and what was not measured is not called reached."""

import json

from performance import goals, page, planted


def run(cpu, wall=1.0, memory=100 << 20, written=1 << 20):
    return {"cpu": cpu, "wall": wall, "memory_sum": memory, "memory_largest": memory, "written": written, "code": 1}


def part(**more):
    given = {
        "input": "iOS backup", "size": 3 << 20, "generator": True, "rows": 1234, "recalled": "15 of 16", "floor": 2.0,
        "versions": {"MVT": "2026.1", "bridle": "2026-01-02 abcdef0"},
        "runs": {"MVT": [run(160.0), run(170.0), run(150.0)], "bridle": [run(10.0), run(11.0), run(40.0)]},
        "machine": {"cores": 2, "model": "", "load": 0.1, "day": "2026-01-02"},
    }  # fmt: skip
    return given | more


def told(known):
    return [line for line in page.written(known).splitlines() if line.startswith("| ")]


def test_a_goal_is_judged_by_medians():
    lines = told({"plain": part()})
    assert "| iOS backup | 1/15 of MVT's CPU | 1/14.5 (11.0 of 160.0 s) | **not reached** |" in lines
    assert "|  | 500 MB in all processes | 100 MiB | reached |" in lines
    assert "|  | all planted traces | 15 of 16 | **not reached** |" in lines
    assert "| MVT (2026.1) | 3 | 160.0 | 1.0 | 100 | 1 | 14.5 | 1.0 |" in lines
    assert "| iOS backup | 2.00 | 11.0 | 5.5 |" in lines


def test_memory_is_judged_by_the_highest_run():
    runs = {"MVT": [run(160.0)], "bridle": [run(1.0), run(1.0), run(1.0, memory=600 << 20)]}
    assert "|  | 500 MB in all processes | 600 MiB | **not reached** |" in told({"plain": part(runs=runs)})


def test_without_the_peer_nothing_is_called_reached():
    given = part(runs={"bridle": [run(1.0)]}, versions={"bridle": "x"})
    assert "| iOS backup | 1/15 of MVT's CPU | the peer was not measured |  |" in told({"plain": given})


def test_a_sysdiagnose_is_held_beside_gzip():
    given = part(
        input="sysdiagnose", gzip=[2.0, 1.0, 4.0], runs={"bridle": [run(5.0, wall=3.1)]}, versions={"bridle": "x"}
    )
    line = "| sysdiagnose, 400 MB | 1.5 times `gzip -dc \\| sha256sum` | 1.55 times (3.1 of 2.0 s) | **not reached** |"
    assert line in told({"sysdiagnose": given})


def test_a_hunt_is_held_to_a_hundred_million_observables():
    runs = [
        {"wall": 9.0, "cases": 30, "observables": 3_000_000},
        {"wall": 2.0, "cases": 300, "observables": 30_000_000},
    ]
    lines = told({"hunt": {"printed": "a table\n" + json.dumps({"runs": runs})}})
    assert lines[2] == "| hunt over 10^8 observables | 6 s | 6.7 s (2.0 s for 300 cases with 30 M) | **not reached** |"


def test_a_fleet_that_loses_a_case_has_not_reached_its_goal():
    table = "1 process                     123.9     15.5    5.16       0     24     {}        0  yes\n"
    tail = "efficiency of 2 processes, T1 / (2 · T2): 0.94\n"
    good, bad = ({"printed": table.format(lost) * 2 + tail} for lost in (0, 1))
    assert "| fleet, two worker processes | efficiency 0.85 | 0.94 | reached |" in told({"fleet": good})
    assert told({"fleet": good})[3].endswith("2 runs, none lost, doubled or different | reached |")
    assert told({"fleet": bad})[3].endswith("2 runs, some lost, doubled or different | **not reached** |")


def test_every_goal_is_of_a_part_that_is_measured():
    from performance import parts

    assert {g.part for g in goals.GOALS} <= parts.PARTS.keys()


def test_what_was_planted_counts_only_in_its_place(tmp_path):
    truth = tmp_path / "truth.json"
    planted_traces = [{"module": "sms", "what": "URL in text: a.example.org"}, {"module": "datausage", "what": "bh"}]
    truth.write_text(json.dumps({"planted": planted_traces}))
    finding = {
        "rule": "indicator-domain",
        "indicator": {"value": "a.example.org"},
        "evidence": [{"table": "ios.sms.message"}],
    }
    elsewhere = {"rule": "indicator-process-name", "indicator": {"value": "bh"}, "evidence": [{"table": "ledger"}]}
    (tmp_path / "findings.jsonl").write_text(json.dumps(finding) + "\n" + json.dumps(elsewhere) + "\n")
    assert planted.recalled("plain", truth, tmp_path) == "1 of 2"
