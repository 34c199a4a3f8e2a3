"""What is made while a program starts is never looked through for garbage; cycles made later are still found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, weakref
from bridle import garbage

class Made: pass

with garbage.kept():
    inside = gc.isenabled()
    stays = Made()
before = any(o is stays for o in gc.get_objects())
cycle = Made()
cycle.itself = cycle
gone = weakref.ref(cycle)
del cycle
made = [[] for _ in range(2 * garbage.OBJECTS)]
print(inside, before, gc.isenabled(), gc.get_threshold(), gone() is None)
"""


def test_what_is_made_inside_stays_and_cycles_made_later_go():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False False True (5000, 10, 10) True\n"


def test_at_the_end_nothing_is_said_to_have_leaked():
    program = "from bridle import garbage\nwith garbage.kept():\n    import duckdb\n    db = duckdb.connect()\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout + done.stderr == ""


ENDING = """
import atexit, sys, threading, time
from bridle import garbage

class Loud:
    def __del__(self): print("let go")

with garbage.kept():
    atexit.register(lambda: print("registered"))
    loud = Loud()
def late():
    time.sleep(0.2)
    print("a thread")
threading.Thread(target=late).start()
print("said", end=" ")
garbage.ends({code})
sys.exit({code})
"""


@pytest.mark.parametrize(("code", "status"), [("7", 7), ("None", 0), ("0", 0)])
def test_a_program_that_ends_waits_for_threads_and_does_what_is_registered_and_lets_nothing_go(code, status):
    program = ENDING.format(code=code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "said a thread\nregistered\n", "")


def test_a_message_instead_of_a_code_ends_as_ever():
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(code="'sorry'")], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "sorry\n")
    assert done.stdout == "said a thread\nregistered\nlet go\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_what_cannot_be_said_at_the_end_is_told():
    """As Python tells it of any program: with a code that is not the program's own."""
    program = (
        "import sys\nfrom bridle import garbage\nwith garbage.kept(): pass\nprint('said')\ngarbage.ends(7)\nsys.exit(7)"
    )
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False, env=buffered
        )
    assert (done.returncode, b"No space left on device" in done.stderr) == (120, True)
