"""A fault of bridle is told by its kind and place: no value of the evidence is on the screen or kept."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import bridle
from bridle import private, private_logs

FAULT = """
import sys
import bridle.cli.check as command
def unfolded(*_):
    try:
        {}["canary one"]
    except KeyError as e:
        e.add_note("canary two")
        raise TypeError("canary three +1 555 0100") from e
command.unfolded = unfolded
sys.argv = ["bridle", "check", "canary four", "-o", "case"]
from bridle.cli import main
main()
"""
SOURCE = Path(bridle.__file__).parent
LINE = 1 + (SOURCE / "cli/check.py").read_text().splitlines().index(
    '    sources, options["labels"], acquisitions = unfolded(source, options.pop("label"))'
)


def run(folder, code, *arguments, **environment):
    settings = {"PYTHONPATH": str(SOURCE.parent), "BRIDLE_CONFIG": str(folder / "config"), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=settings | environment, capture_output=True,
        text=True, timeout=120, check=False, umask=0,
    )  # fmt: skip


def test_a_fault_is_told_without_values_and_is_no_answer(tmp_path):
    done = run(tmp_path, FAULT)
    assert (done.returncode, done.stdout) == (70, "")
    lines = done.stderr.splitlines()
    assert lines[0] == (
        "bridle: a fault of bridle: TypeError after KeyError in __main__. Nothing of the evidence is shown here."
    )
    assert f"    cli/check.py:{LINE}" in lines
    assert "canary" not in done.stderr
    assert str(SOURCE) not in done.stderr
    assert lines[-1].startswith("Next: report these lines, which `bridle debug-bundle -o FILE` also has; or run ")


def test_what_is_kept_of_it(tmp_path):
    run(tmp_path, FAULT)
    run(tmp_path, FAULT)
    (file,) = (tmp_path / "config").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert [t["kinds"] for t in told] == [["TypeError", "KeyError"]] * 2
    assert set(told[0]) == {"bridle", "kinds", "places"}
    assert f"cli/check.py:{LINE}" in told[0]["places"]
    assert "canary" not in file.read_text()


def test_it_is_told_where_it_cannot_be_kept(tmp_path):
    (tmp_path / "config").write_text("a file")
    done = run(tmp_path, FAULT)
    assert done.returncode == 70
    assert "Next: report these lines; or run the command again" in done.stderr


def test_all_of_it_behind_a_warning(tmp_path):
    done = run(tmp_path, FAULT, BRIDLE_DEBUG="1")
    assert done.returncode == 70
    warned = done.stderr.index("Do not send it to anybody")
    assert warned < done.stderr.index("canary one") < done.stderr.index("canary three")
    assert "Traceback" not in done.stderr[:warned]


@pytest.mark.parametrize(
    "code",
    [
        "import threading; t = threading.Thread(target=lambda: {}['canary']); t.start(); t.join()",
        "class C:\n    def __del__(self): raise KeyError('canary')\nC()",
        "raise KeyError('canary')",
    ],
)
def test_nor_by_threads_finalizers_and_other_processes(tmp_path, code):
    done = run(tmp_path, f"from bridle import private; private.begin()\n{code}")
    assert "bridle: a fault of bridle: KeyError in __main__." in done.stderr
    assert "canary" not in done.stderr


def test_warnings_of_libraries_are_not_shown(tmp_path):
    code = "from bridle import private; private.begin(); import warnings; warnings.warn('canary')"
    assert run(tmp_path, code).stderr == ""
    assert "canary" in run(tmp_path, code, BRIDLE_DEBUG="1").stderr


def test_logs_of_libraries_name_the_library_alone(tmp_path):
    code = """
import logging, sys
other = logging.getLogger("uvicorn.error"); other.propagate = False; other.addHandler(logging.StreamHandler())
from bridle import private_logs; private_logs.quiet()
try:
    {}["canary"]
except KeyError:
    other.exception("canary %s", "canary")
logging.getLogger("asyncio").error("canary")
logging.getLogger("asyncio").warning("canary")
"""
    told = run(tmp_path, code)
    assert told.stderr == "bridle: error in uvicorn: KeyError in __main__\nbridle: error in asyncio\n"


def test_no_core_is_left_here_or_by_what_is_started(tmp_path):
    code = """
import ctypes, resource, subprocess, sys
from bridle import private; private.begin()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
subprocess.run([sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"])
"""
    assert run(tmp_path, code).stdout == "(0, 0) 0\n(0, 0)\n"


def test_files_are_their_owners_alone_whatever_the_umask(tmp_path):
    run(tmp_path, "from bridle import private; private.begin(); open('file', 'w'); import os; os.mkdir('folder')")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700


def test_a_circle_of_causes_ends():
    one, two = KeyError("canary"), ValueError("canary")
    one.__cause__, two.__cause__ = two, one
    assert private.fault(one) == private.Fault(("KeyError", "ValueError"), ("an unknown place",))


def test_debugging_changes_no_log(monkeypatch):
    import logging

    monkeypatch.setenv("BRIDLE_DEBUG", "1")
    before = [*logging.root.handlers]
    private_logs.quiet()
    assert logging.root.handlers == before
