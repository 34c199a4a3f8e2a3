"""What is made while a program starts is never looked through for garbage; cycles made later are still found."""

import subprocess
import sys

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
