"""The benchmark of detection: its judgements on real files, its page, and a small run of each part."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bridle.detect.rule import load_rules
from bridle.phantom.truth import Trace, Truth
from corpus import CORPUS, needs_corpus
from detection import devices, page, real
from detection.devices import Done, Task
from detection.examine import NOTHING, Examined, Found, holds
from detection.keep import kept_or
from detection.results import Results

RULES = {r.id for r in load_rules()}


def found(rule: str = "ios-example", level: str = "low", stage: str = "exposure") -> Found:
    return Found(
        rule=rule, title="T", level=level, stage=stage, message="The record | shows.", count=2, confidence="low",
        false_positives=("Somebody did it.",), forgeable_by=("the user",), tested=("fits: it was visited by hand",),
    )  # fmt: skip


def examined(*findings: Found, recalled: tuple[bool, ...] = (), by_rules: tuple[bool, ...] = ()) -> Examined:
    return Examined(
        findings=findings, recalled=recalled, by_rules=by_rules, verdict="no known traces", rows=10, artifacts=3,
        rules=5, problems=(),
    )  # fmt: skip


def done(part: str, kind: str, seed: int, result: Examined, name: str = "", traces: tuple[Trace, ...] = ()) -> Done:
    truth = Truth(kind=kind, state="clean", seed=seed, scale=1, traces=traces)
    return Done(task=Task(part=part, kind=kind, seed=seed, name=name), truth=truth, examined=result)


TRACE = Trace(
    order=1, time="2021-05-14T09:00:00.000000Z", stage="execution", table="ios.ps.process", value="/x/implant",
    description="the implant runs",
)  # fmt: skip


def cited(table: str, file: str, **values: object) -> dict:
    return {"evidence": [{"table": table, "path": file, "values": values}]}


def test_a_trace_is_recalled_by_a_row_of_its_table_that_holds_its_value() -> None:
    assert holds(cited("ios.ps.process", "/ps.txt", path="/x/implant", pid=7), TRACE)
    assert not holds(cited("ios.ps.process", "/ps.txt", path="/x/other", pid=7), TRACE)
    assert not holds(cited("ios.spindump.process", "/s.txt", path="/x/implant"), TRACE)
    assert holds(cited("ios.ps.process", "/x/implant"), TRACE)


def test_what_is_not_as_it_must_be() -> None:
    results = Results(
        environment={},
        real={"one": examined(found("a"), found("b", "medium")), "two": examined(found("c", "informational"))},
        explained={("one", "a"): "it is ordinary"},
        clean=[
            done("clean", "bugreport", 1, examined(found(), found("x"))),
            done("clean", "ios-backup", 2, examined(found("y", "high"))),
            done("clean", "ios-backup", 3, examined(found())),
        ],
        forged=[
            done("forgery", "ios-backup", 3, examined(found("z", "high", "execution")), "offline-tab", (TRACE,)),
            done("forgery", "ios-backup", 3, examined(found("z", "high", "targeting")), "vendor-visit", (TRACE,)),
        ],
        replay_lacks="nothing there",
    )
    assert results.failures() == [
        "one: b at medium, on a real input that is presumed clean",
        "one: b at medium is not explained",
        "clean bugreport, seed 1: 2 findings at low",
        "clean ios-backup, seed 2: y at high",
        "forged offline-tab, ios-backup: z at high, stage execution",
        "the known-answer replay was not run: nothing there",
    ]


def test_a_replay_that_failed_is_not_as_it_must_be() -> None:
    good = SimpleNamespace(failures=[], not_evaluable={}, by_design={})
    assert Results(environment={}, real={}, replayed=good).failures() == []
    bad = SimpleNamespace(failures=["one", "two"], not_evaluable={}, by_design={})
    assert Results(environment={}, real={}, replayed=bad).failures() == ["the known-answer replay failed on 2 pairs"]


def test_the_page() -> None:
    """Figures worked out by hand: 1 of 2 phones has a low, at most 97.47 %; 1 finding on 2, at most 2.372 each."""
    results = Results(
        environment={"bridle": "0"}, real={}, replay_lacks="nothing there",
        clean=[done("clean", "ios-backup", 1, examined(found("a"))), done("clean", "ios-backup", 2, examined())],
        forged=[done("forgery", "ios-backup", 3, examined(found("indicator-url", "medium", "targeting")),
                     "offline-tab", (TRACE,))],
        attacked=[
            done("campaign", "ios-sysdiagnose", 3, examined(recalled=(True, False), by_rules=(False, False)), "kismet",
                 (TRACE, TRACE)),
            done("campaign", "ios-backup", 3, NOTHING, "kismet"),
        ],
    )  # fmt: skip
    text = page.written(results)
    assert page.written(results) == text
    lines = text.splitlines()
    assert "| low | 2 | 1 | 97.47 % | 1 | 0.50 | 2.372 |" in lines
    assert "| medium | 2 | 0 | 77.64 % | 0 | 0.00 | 1.498 |" in lines
    assert "| `a` | low | exposure | 1 |" in lines
    assert "| clean synthetic phones: most findings at low on one | 2 | 1 or fewer | 1 |" in lines
    assert "| real inputs presumed clean: findings at medium and above | 0 | 0 | not measured |" in lines
    assert "The corpus of real inputs is not beside this checkout: nothing was measured here." in lines
    assert "**Not run: nothing there.**" in lines
    assert "| ios | execution | 2 | 1 | 50.00 % | 0 | 0.00 % |" in lines
    assert "| `kismet` | `ios.ps.process` | the implant runs | 1 |" in lines
    (forged,) = [line for line in lines if line.startswith("| `offline-tab`")]
    assert "fits: it was visited by hand; could be forged by: the user" in forged
    assert "recall on planted traces, not field sensitivity" in text.lower()
    assert len([line for line in lines if line.startswith("| `kismet` | ios-")]) == 1


def test_bars_in_cells_are_escaped() -> None:
    assert page.table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |\n"


@needs_corpus
@pytest.mark.parametrize("platform", ["ios", "android"])
def test_every_file_of_the_corpus_is_judged_once(platform: str) -> None:
    with (CORPUS / platform / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        listed = [f"{platform}/{r['path']}" for r in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]
    assert sorted(row.path for row in real.judged() if row.platform == platform) == sorted(listed)


def test_every_judgement_has_a_reason() -> None:
    rows = real.judged()
    assert {row.use for row in rows} == {"clean", "excluded"}
    assert [row.path for row in rows if not row.why] == []
    assert [row.path for row in rows if (row.use == "clean") != bool(row.input and row.place)] == []


def test_explanations_are_of_inputs_and_rules_that_exist() -> None:
    with (real.HERE / "explained.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    inputs = {row.input for row in real.judged()}
    assert [(r["input"], r["rule"]) for r in rows if r["input"] not in inputs] == []
    assert [r["rule"] for r in rows if r["rule"] not in RULES and not r["rule"].startswith("indicator-")] == []
    assert [r["rule"] for r in rows if not r["why"]] == []


@needs_corpus
def test_a_real_input_is_laid_out_and_examined(tmp_path: Path) -> None:
    result = real.examined("plaso netusage.sqlite", CORPUS, tmp_path / "work")
    assert result.artifacts == 1
    assert result.rows > 500
    assert [f.rule for f in result.findings if f.rank >= 2] == []
    assert list(tmp_path.iterdir()) == []


def test_every_phone_is_planned() -> None:
    """Kinds of acquisition in turn, as many phones of each platform."""
    kinds = [task.kind for task in devices.clean(3)]
    assert kinds == [
        "ios-backup", "bugreport", "ios-file-system", "androidqf", "ios-sysdiagnose", "adb-backup"
    ]  # fmt: skip
    assert {(t.name, t.kind) for t in devices.attacked()} >= {("kismet", "ios-sysdiagnose"), ("novispy", "androidqf")}
    assert ("vendor-visit", "ios-backup") in {(t.name, t.kind) for t in devices.forged()}


@pytest.mark.parametrize("task", [*devices.clean(3)], ids=lambda t: t.kind)
def test_clean_phones_with_noise(task: Task, tmp_path: Path) -> None:
    result = devices.run(task, tmp_path / "work")
    assert result.examined.problems == ()
    assert result.examined.rows > 50
    assert [t.name for t in result.truth.noise]
    assert result.truth.traces == ()


def test_an_attack_is_recalled(tmp_path: Path) -> None:
    """The staging folder and the published name are found where they were planted."""
    task = Task(part="campaign", kind="ios-sysdiagnose", seed=3, name="kismet")
    result = devices.run(task, tmp_path / "work")
    told = {t.table: hit for t, hit in zip(result.truth.traces, result.examined.recalled, strict=True)}
    assert told == {
        "ios.crash_report.crash": True, "ios.ps.process": True, "ios.spindump.process": True,
        "ios.unified_log.process": True, "ios.shutdown_log.client": True,
    }  # fmt: skip
    assert result.examined.highest in ("high", "critical")


def test_an_acquisition_without_a_trace_is_not_examined(tmp_path: Path) -> None:
    result = devices.run(Task(part="forgery", kind="ios-sysdiagnose", seed=3, name="contact-card"), tmp_path / "work")
    assert (result.truth.traces, result.examined) == ((), NOTHING)


def test_parts_are_mixed() -> None:
    """Two of one part and four of another: both are half done at the same time."""
    from detection.__main__ import _mixed

    work = [(Path(f"{name} {n}"), ()) for name, count in (("real", 2), ("clean", 4)) for n in range(count)]
    assert [str(file) for file, _ in _mixed(work)] == ["real 0", "clean 0", "clean 1", "real 1", "clean 2", "clean 3"]


def test_a_run_that_was_stopped_says_so() -> None:
    stopped = Results(environment={}, real={}, unmeasured=7, replay_lacks="not asked")
    assert stopped.failures()[0] == "7 acquisitions were not examined: the run was stopped before its end"


def test_a_result_is_kept(tmp_path: Path) -> None:
    calls = []

    def work(value: int) -> int:
        calls.append(value)
        return value * 2

    assert [kept_or(tmp_path / "a", work, 4), kept_or(tmp_path / "a", work, 5)] == [8, 8]
    assert calls == [4]


def test_a_worker_ends_with_the_run(tmp_path: Path) -> None:
    """Though the run is killed: a worker that went on would load the machine, and nobody would read its results."""
    begin = "from detection.keep import end_with_parent; end_with_parent(); print(1, flush=True)"
    sleeper = f"import time; {begin}; time.sleep(60)"
    started = f"p = subprocess.Popen([sys.executable, '-c', {sleeper!r}]); print(p.pid, flush=True)"
    starter = f"import subprocess, sys, time; {started}; time.sleep(60)"
    environment = os.environ | {"PYTHONPATH": str(real.HERE.parent)}
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True, env=environment) as run:
        worker = sorted(int(run.stdout.readline()) for _ in range(2))[1]
        run.kill()
        run.wait()
        for _ in range(100):
            try:
                os.kill(worker, 0)
            except ProcessLookupError:
                break
            time.sleep(0.2)
        else:
            os.kill(worker, signal.SIGKILL)
            pytest.fail("the worker went on for 20 seconds")
