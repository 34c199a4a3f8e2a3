"""What was freed goes back to the system, and only where it is worth it."""

import subprocess
import sys
from pathlib import Path

import pytest

_PIECES = """
import pyarrow as pa
from bridle.case import freed
pool = pa.default_memory_pool()
assert pool.backend_name == "system"
freed.give_back(0)
held = [pa.allocate_buffer(60_000) for _ in range(1_000)]
for piece in held:
    memoryview(piece).cast("B")[::4096] = bytes(15)
full = freed._resident()
del held[:-1], piece
kept = freed._resident()
freed.give_back(1 << 40)
unasked = freed._resident()
freed.give_back(16 << 20)
print(*(round((full - now) / (1 << 20)) for now in (kept, unasked, freed._resident())))
"""
"""60 MB in pieces too small to be mapped one by one, of which the last stays and with it, in a heap, all before it."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is resident in /proc")
def test_what_was_freed_is_given_back_where_it_is_worth_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import bridle\n" + _PIECES], capture_output=True, text=True, check=True, timeout=60
    )
    kept, unasked, given = map(int, told.stdout.split())
    assert (kept, unasked) == (0, 0)
    assert given >= 50


def test_a_system_that_knows_no_arenas_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from bridle.case import freed

    class Other:
        """A C library without `mallopt`."""

    monkeypatch.setattr(freed.ctypes, "CDLL", lambda _: Other())
    freed.allocate_together()


def test_without_proc_nothing_is_known_and_all_is_given_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bridle.case import freed

    monkeypatch.setattr(freed, "_STATM", tmp_path / "absent")
    freed.give_back()
    assert freed._resident() == 0
