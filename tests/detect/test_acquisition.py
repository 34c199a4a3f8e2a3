"""The examination's own traces are labelled; what is not one of them stays what it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from bridle.detect.acquisition import Window, labelled, traces, windows
from bridle.detect.examples import catalogue
from bridle.detect.finding import Finding
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules
from bridle.detect.run import detect
from bridle.detect.verdict import verdict
from bridle.indicators import IndicatorSet

START = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
END = START + timedelta(minutes=20)
DURING, LONG_AGO = START + timedelta(minutes=5), START - timedelta(days=40)
ACQUIRED = {"version": "v1.8.3", "started": START, "completed": END, "adb_key_sha256": "a1",
            "collector_path": "/data/local/tmp/collector"}  # fmt: skip
SHELL, FILE, KEY = "android.intrusion_log.adb_shell", "android.androidqf_file.file", "android.adb.key"
NONE = IndicatorSet(indicators=(), feeds=())


def table(name: str, *rows: dict[str, Any]) -> tuple[str, pa.Table]:
    stamps = {"_source": "S1", "_path": f"/of/{name.rpartition('.')[0]}", "_sha256": "ab"}
    columns = catalogue()[name]
    made = ({**stamps, "locator": f"line {n}", **r} for n, r in enumerate(rows, 1))
    return name, pa.Table.from_pylist([{f.name: r.get(f.name) for f in columns} for r in made], columns)


def found(rule: str, *tables: tuple[str, pa.Table]) -> Finding:
    case = Memory(dict([table("android.androidqf_acquisition.acquisition", ACQUIRED), *tables]))
    rules = [r for r in load_rules() if r.id == rule]
    return next(f for f in detect(case, NONE, rules, chains=()).findings if f.rule == rule)


def test_a_shell_during_the_acquisition() -> None:
    f = found("android-adb-shell-used", table(SHELL, {"interactive": False, "command": "getprop", "time": DURING}))
    assert f.acquisition_related
    assert f.message.endswith(" This is consistent with the acquisition: AndroidQF v1.8.3.")


def test_a_shell_of_another_day_is_not_the_examinations() -> None:
    rows = ({"interactive": True, "time": DURING}, {"interactive": True, "time": LONG_AGO})
    f = found("android-adb-shell-used", table(SHELL, *rows))
    assert not f.acquisition_related
    assert "1 of 2 rows are consistent with the acquisition: AndroidQF v1.8.3; the others are not." in f.message
    assert not found("android-adb-shell-used", table(SHELL, rows[1])).acquisition_related


@pytest.mark.parametrize(
    ("row", "related"),
    [
        ({"path": "/data/local/tmp/collector", "modified": LONG_AGO}, True),
        ({"path": "/data/local/tmp/other", "modified": DURING, "changed": DURING}, True),
        ({"path": "/data/local/tmp/other", "modified": LONG_AGO, "changed": DURING}, False),
        ({"path": "/data/local/tmp/other"}, False),
    ],
)
def test_files_of_the_tool(row: dict[str, Any], related: bool) -> None:
    assert found("android-file-in-tmp", table(FILE, {"mode": "-rwxr-xr-x", **row})).acquisition_related == related


@pytest.mark.parametrize(("digest", "related"), [("a1", True), ("b2", False), (None, False)])
def test_the_computers_own_key(digest: str | None, related: bool) -> None:
    row = {"where": "user_keys", "key": "QAAA", "sha256": digest, "last_connection": DURING}
    assert found("android-trusted-adb-key", table(KEY, row)).acquisition_related == related


def test_what_it_left_is_not_counted_in_the_verdict() -> None:
    coverage = {"horizon": {"first": None, "last": None}, "artifacts": {}}
    f = found("android-adb-shell-used", table(SHELL, {"interactive": True, "time": DURING}))
    assert verdict([f], coverage, ("network",)) == verdict([], coverage, ("network",))


def test_when_the_phone_was_acquired() -> None:
    archive = {"time": START}
    status = {"_path": "/backup/Status.plist", "key": "Date", "time": END}
    report = {"_path": "/bugreport/dumpstate.txt", "time": datetime(2026, 1, 2, 4, 0)}
    case = Memory(
        dict([
            table("ios.sysdiagnose_log.archive", archive), table("ios.backup_info.fact", status),
            table("android.dumpstate.report", report),
        ])
    )  # fmt: skip
    minutes = timedelta(minutes=1)
    assert windows(case, {"S1": "Europe/Belgrade"}) == (
        Window(tool="a backup", start=END - 180 * minutes, end=END + 10 * minutes),
        Window(tool="a bugreport", start=START - 30 * minutes, end=START + 20 * minutes),
        Window(tool="a sysdiagnose", start=START - 15 * minutes, end=START + 20 * minutes),
    )


def test_an_acquisition_that_says_it_lasted_for_years_covers_nothing() -> None:
    absurd = {**ACQUIRED, "started": LONG_AGO - timedelta(days=4000)}
    assert windows(Memory(dict([table("android.androidqf_acquisition.acquisition", absurd)]))) == ()


def test_tools_of_a_sysdiagnose_and_an_unknown_process() -> None:
    made = [{"name": "spindump", "path": "/usr/sbin/spindump"}, {"name": "implantd", "path": "/usr/libexec/implantd"}]
    rows = [{"process_name": r["name"], "path": r["path"], "pid": n} for n, r in enumerate(made)]
    case = Memory(dict([table("ios.ps.process", *rows), table("ios.sysdiagnose_log.archive", {"time": START})]))
    (one,) = made_findings(case, "ios-process-unlike-other-lists", [0])
    assert one.acquisition_related
    (one,) = made_findings(case, "ios-process-unlike-other-lists", [1])
    assert not one.acquisition_related


def made_findings(case: Memory, rule: str, which: list[int]) -> list[Finding]:
    from finding_samples import evidence, finding

    rows = tuple(
        evidence(path="/of/ios.ps", locator=f"line {n + 1}", time=START, table="ios.ps.process") for n in which
    )
    return labelled(case, [finding(rule=rule, evidence=rows, count=len(rows))])


def test_every_trace_names_rules_that_there_are_and_runs() -> None:
    from fnmatch import fnmatch

    ids = [r.id for r in load_rules()]
    for trace in traces():
        assert all(any(fnmatch(i, glob) for i in ids) for glob in trace.rules), trace.id
        empty = Memory({n: catalogue()[n].empty_table() for n in (*trace.needs, "ios.ps.process") if n != "processes"})
        matching = next(i for i in ids if any(fnmatch(i, g) for g in trace.rules))
        assert made_findings(empty, matching, [0])[0].acquisition_related is False
