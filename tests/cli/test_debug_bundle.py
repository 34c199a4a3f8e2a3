"""`bridle debug-bundle`: shown before it is written, and nothing of the evidence in it, whoever wrote the case."""

import json
import re
import stat

import pyarrow as pa
import pytest
from click.testing import CliRunner

from bridle import __version__
from bridle.case.ledger import LEDGER
from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.cli import bridle, debug_bundle, faults
from bridle.engine.debug_bundle import kind_of
from bridle.private import Fault

CANARY = re.compile(r"canary|555|2001:db8", re.IGNORECASE)
ROW = {"source": "canary", "path": "/private/canary/+15550100", "member": "canary.zip", "type": "file",
       "artifact": "ios.sms", "size": 555_123, "modified": None, "status": "parsed", "reason": None, "rows": 4,
       "gaps": 1, "sha256": "canary" * 8, "shown": None}  # fmt: skip
KILLED = {"status": "killed", "rows": 0, "gaps": 1}
ROWS = (
    ROW, ROW | {"rows": 3, "gaps": 0},
    ROW | KILLED | {"reason": "the parser failed: KeyError in sms.py:12"},
    ROW | KILLED | {"reason": "the parser failed: CanaryError in canary.py:12"},
    ROW | KILLED | {"reason": "the parser failed: KeyError in sms.py:12 canary"},
    ROW | KILLED | {"reason": "the parser process was stopped by signal 11"},
    ROW | {"status": "damaged", "reason": "expected canary, got '+15550100'"},
    ROW | {"artifact": "canary.canary", "status": "canary", "reason": "canary"},
    ROW | {"artifact": None, "status": "not wanted", "reason": "2001:db8::1"},
)  # fmt: skip


@pytest.fixture
def case(tmp_path):
    meta = {"case": {"schema": 1, "bridle": __version__, "encrypted": False}, "canary": {"label": "canary"}}
    writer = CaseWriter(tmp_path / "case", None)
    writer.write_table("ledger", pa.Table.from_pylist([*ROWS], LEDGER))
    writer.write_file("case.toml", render_case_toml(meta).encode())
    writer.commit()
    return tmp_path / "case"


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("bridle.acquire.doctor.examined", lambda folder: iter(()))


def run(*arguments):
    return CliRunner().invoke(bridle, ["debug-bundle", *map(str, arguments)])


def test_what_it_holds_of_a_case(case):
    said = run(case)
    assert said.exit_code == 0, said.output
    (told,) = json.loads(said.stdout)["cases"]
    assert told == {
        "bridle": __version__,
        "encrypted": False,
        "files": {"damaged": 1, "killed": 4, "not wanted": 1, "other": 1, "parsed": 2},
        "artifacts": {
            "ios.sms": {"damaged": 1, "gaps": 6, "killed": 4, "parsed": 2, "rows": 11},
            "other": {"gaps": 1, "other": 1, "rows": 4},
        },
        "errors": [
            {"artifact": "ios.sms", "status": "damaged", "kind": "other", "count": 1},
            {"artifact": "ios.sms", "status": "killed", "kind": "KeyError in sms.py:12", "count": 1},
            {"artifact": "ios.sms", "status": "killed", "kind": "other", "count": 1},
            {"artifact": "ios.sms", "status": "killed", "kind": "other in other", "count": 1},
            {"artifact": "ios.sms", "status": "killed", "kind": "signal 11", "count": 1},
        ],
    }


def test_no_canary_and_nothing_of_this_machine(case, tmp_path):
    faults.kept(Fault(("KeyError",), ("cli/check.py:12",)))
    with (tmp_path / "config" / "faults.jsonl").open("a") as file:
        file.write('{"bridle": "0.1.0", "kinds": ["KeyError: canary"], "places": ["cli/check.py:12"]}\n')
        file.write('{"bridle": "0.1.0", "kinds": ["KeyError"], "places": ["/home/canary.py:12"]}\ncanary\n[]\n')
    said = run(case).stdout
    assert CANARY.findall(said) == []
    assert str(tmp_path) not in said
    assert json.loads(said)["faults"] == [
        {"bridle": __version__, "kinds": ["KeyError"], "places": ["cli/check.py:12"], "count": 1}
    ]


def test_what_is_written_is_what_was_shown(case, tmp_path):
    file = tmp_path / "bundle.json"
    said = run(case, "-o", file, "--yes")
    assert said.exit_code == 0
    assert file.read_text() == said.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("-o", file, "--yes").exit_code == 2
    assert file.read_text() == said.stdout


def test_nothing_is_written_unless_it_is_approved(tmp_path, monkeypatch):
    file = tmp_path / "bundle.json"
    said = run("-o", file)
    assert said.exit_code == 2
    assert said.stdout.startswith('{\n  "schema": 1,')
    assert "with --yes" in said.stderr
    for answer, written in (("n\n", False), ("\n", False), ("y\n", True)):
        terminal = type("Terminal", (), {"isatty": lambda self: True})()
        monkeypatch.setattr(debug_bundle, "sys", type("S", (), {"stdin": terminal, "stderr": terminal}))
        asked = CliRunner().invoke(bridle, ["debug-bundle", "-o", str(file)], input=answer)
        assert asked.exit_code == (0 if written else 2)
        assert file.exists() is written


def test_a_case_that_cannot_be_read(case):
    (case / "ledger.parquet").write_bytes(b"canary")
    said = run(case)
    assert said.exit_code == 3
    assert "canary" not in said.stderr


def test_the_newest_faults_are_kept():
    for n in range(53):
        faults.kept(Fault(("KeyError",), (f"cli/check.py:{n}",)))
    assert [f["places"] for f in faults.stored()] == [[f"cli/check.py:{n}"] for n in range(3, 53)]


def test_kinds_in_the_words_of_the_sandbox():
    """As sandbox/parse.py and sandbox/child.py say them."""
    said = {
        "the parser needed more memory than it may use": "memory", "stopped after 300 s": "time",
        "the parser process was stopped by signal 9": "signal 9", "the parser process ended (3)": "ended",
        "the parser process misbehaved: canary": "misbehaved",
        "the parser process could not be started: canary": "not started",
        "the parser failed: RecursionError in plist.py:8": "RecursionError in plist.py:8",
        "the parser failed: KeyError in ../canary.py:8": "other", "": "other",
    }  # fmt: skip
    assert {reason: kind_of(reason) for reason in said} == said


def test_the_name_of_the_file_is_told_and_not_obeyed(tmp_path):
    done = run("-o", str(tmp_path / "b\u202e\nVerdict\x1b.json"), "--yes")
    assert done.exit_code == 0
    assert done.stderr.endswith("b\\u202e Verdict\\x1b.json: what is above, and nothing else.\n")
