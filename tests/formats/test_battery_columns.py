"""Lines of a battery history that are read together give what each gives by itself."""

from datetime import datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_files import Stored
from bridle.artifacts.android.batterystats import History, batterystats
from bridle.formats import battery_columns
from bridle.formats.arrow import ArrowBlock

HEAD = "Battery History (0% used):\n"
MARK = "                    0 (19) RESET:TIME: 2026-01-04-17-30-01\n"


def read(text: bytes, least: int) -> list[object]:
    """All rows and gaps, with so many lines worth being read together."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(battery_columns.runs, "__defaults__", (least,))
        items = batterystats.parse(Stored(text, PurePosixPath("/bugreport/dumpsys/batterystats/1.txt")))
        return [row for item in items for row in (item if isinstance(item, ArrowBlock) else [item])]


def test_lines_between_marks() -> None:
    lines = [
        '   +1d2h3m4s5ms (2) 100 c0200040 +job=u0a12:"com.example/.Job"\n',
        '   +1s (2) 099 -proc=u10a3:"com.example.two:x"\n',
        '   +2s5ms (2) 099 +wake_lock=1000:""\n',
    ]
    rows = [r for r in read((HEAD + MARK + "".join(lines)).encode(), 1) if isinstance(r, History)][1:]
    assert rows == [
        History(
            locator="line 3.1", offset_ms=93_784_005, time=datetime(2026, 1, 5, 19, 33, 5, 5000), level=100,
            event="+job", uid=10012, user=0, name="com.example/.Job", package_name="com.example", process_name=None,
            changed_package=None, version=None,
        ),
        History(
            locator="line 4.1", offset_ms=1000, time=datetime(2026, 1, 4, 17, 30, 2), level=99, event="-proc",
            uid=1010003, user=10, name="com.example.two:x", package_name="com.example.two",
            process_name="com.example.two:x", changed_package=None, version=None,
        ),
        History(
            locator="line 5.1", offset_ms=2005, time=datetime(2026, 1, 4, 17, 30, 3, 5000), level=99,
            event="+wake_lock", uid=1000, user=0, name=None, package_name=None, process_name=None,
            changed_package=None, version=None,
        ),
    ]  # fmt: skip


_span = st.sampled_from(
    ["+1s", "+1d2h3m4s5ms", "+5ms", "+999d", "+1h0ms", "+", "+12345ms", "-4m", "0", "+1m5ms", "+1s2m"]
)
_event = st.sampled_from(
    ["+job", "-job", "+proc", "top", "+wake_lock", "pkginst", "OVERFLOW", "deadbeef1", "screen", "+TIME", "fg", "+a.b"]
)
_name = st.sampled_from(
    [
        "com.example/.Job",
        "com.example.app:x",
        "",
        "*job*/com.example/.J",
        "@n@com.example/.x",
        "ü",
        'a" +job=1:"b',
        "x y",
    ]
)
_plain = st.builds(
    '   {} (2) 100{} {}={}:"{}"{}'.format, _span, st.sampled_from(["", " c0200040", "  deadbeef"]), _event,
    st.sampled_from(["u0a12", "1000", "-1", "u10s5", "x", "u0a9999999"]), _name,
    st.sampled_from(["", "", "", "", " +screen", " ", "\r"]),
)  # fmt: skip
_other = st.sampled_from(
    [
        MARK.rstrip("\n"), "   +9s (2) 100 START", "   +9s (2) TIME: 9999-12-31-23-59-59", "   +9s (2) 050 volt=4302",
        "Daily stats:", "Other:", "Battery History:", "", "  text", "x" * 17_000, "   +9s (2) TIME: x",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(_plain | _plain | _plain | _other, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 70), st.sampled_from([b"\xff", b" ", b"\n"])), max_size=2),
    st.sampled_from([MARK, ""]),
)
def test_equal_to_each_line_by_itself(lines: list[str], damages: list[tuple[int, int, bytes]], mark: str) -> None:
    stored = [line.encode() for line in lines]
    for which, at, by in damages:
        if which < len(stored):
            stored[which] = stored[which][:at] + by + stored[which][at + 1 :]
    text = (HEAD + mark).encode() + b"\n".join(stored)
    assert read(text, 1) == read(text, 1000)
