"""What a command costs, of commands whose cost is known."""

import sys

import pytest

from measure import measure

MIB = 1 << 20
HOLDS = "import os, time; b = bytearray({0} << 20); {1}; time.sleep(0.6)"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory of a tree is read from /proc")


def python(program):
    return [sys.executable, "-c", program]


def test_memory_is_that_of_all_processes_at_once():
    child = HOLDS.format(60, "pass")
    program = HOLDS.format(60, f"import subprocess; c = subprocess.Popen([{sys.executable!r}, '-c', {child!r}])")
    found = measure(python(program + "; c.wait()"))
    assert found.code == 0
    assert 120 * MIB <= found.memory_sum < 190 * MIB
    assert 60 * MIB <= found.memory_largest < 100 * MIB


def test_a_memory_file_counts_though_no_process_holds_it():
    program = "import os, time; d = os.memfd_create('m'); os.pwrite(d, b'x' * (80 << 20), 0); time.sleep(0.6)"
    found = measure(python(program))
    assert found.memory_sum >= 80 * MIB


def test_processor_time_includes_children():
    spins = "import time\nwhile time.process_time() < 0.5: pass"
    found = measure(python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spins!r}])"))
    assert 0.5 <= found.cpu < 5


def test_written_is_what_lies_in_the_folder_at_the_end(tmp_path):
    program = (
        "import os, sys; os.mkdir(os.environ['OUT'] + '/b'); open(os.environ['OUT'] + '/b/a', 'wb').write(b'12345')"
    )
    found = measure(python(program), tmp_path, {"OUT": str(tmp_path)})
    assert (found.written, found.code) == (5, 0)


@pytest.mark.parametrize(("program", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)])
def test_how_it_ended(program, code):
    assert measure(python(program)).code == code
