"""Rows that entries tell of as columns are those that each entry tells of by itself."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.artifacts.android.logcat import _TYPES
from bridle.core import Gap, Record
from bridle.formats import log_rows, logcat
from bridle.formats.log_events import events

_HEAD = "01-08 15:30:16.609  1000   929   996 I "


def told(*lines: str) -> dict[str, list[Record]]:
    """The rows of lines, by the name of their type."""
    found: dict[str, list[Record]] = {}
    for item in logcat.entries(io.BytesIO("".join(f"{_HEAD}{line}\n" for line in lines).encode()), None, None):
        assert not isinstance(item, Gap)
        for row in log_rows.rows(item, _TYPES):
            for each in [row] if isinstance(row, Record) else row:
                found.setdefault(type(each).__name__, []).append(each)
    return found


def test_columns_and_single_rows_in_their_order() -> None:
    """A list of another form, and an entry of another tag, stand between those that are told as columns."""
    found = told(
        "am_proc_died: [0,11,org.example.one,900,18]",
        "am_kill: [0,12,org.example.two:remote,-800,empty #17]",
        "am_proc_died: [13,org.example.three]",
        "am_kill: [0,14,org.example.four,900,a,b,c]",
        "ActivityManager: Process org.example.five (pid 15) has died: fg TOP",
        "ActivityManager: nothing of that",
        "am_proc_died: [0,16,plain,900,18]",
    )
    assert [
        (r.entry, r.kind, r.user, r.pid, r.process_name, r.package_name, r.adj, r.reason) for r in found["ProcessEnd"]
    ] == [
        ("line 1", "died", 0, 11, "org.example.one", "org.example.one", 900, None),
        ("line 2", "killed", 0, 12, "org.example.two:remote", "org.example.two", -800, "empty #17"),
        ("line 3", "died", None, 13, "org.example.three", "org.example.three", None, None),
        ("line 4", "killed", 0, 14, "org.example.four", "org.example.four", 900, "a,b,c"),
        ("line 5", "died", None, 15, "org.example.five", "org.example.five", None, "fg TOP"),
        ("line 7", "died", 0, 16, "plain", None, 900, None),
    ]
    assert list(found) == ["ProcessEnd"]


def test_starts() -> None:
    found = told(
        "am_proc_start: [0,21,10001,org.example.one:x,service,{a,b}]",
        "am_proc_start: [0,22,10002,,,]",
        "am_proc_start: [23,10003,org.example.three,activity,x]",
        "ActivityManager: Start proc 24:org.example.four/u0a4 for service {x y}",
        "ActivityManager: Start proc 25:org.example.five/1000 for x {y for z}",
    )["ProcessStart"]
    assert [
        (r.locator, r.user, r.uid, r.pid, r.process_name, r.package_name, r.cause, r.component) for r in found
    ] == [
        ("line 4:ProcessStart", None, 10004, 24, "org.example.four", "org.example.four", "service", "{x y}"),
        ("line 5:ProcessStart", None, 1000, 25, "org.example.five", "org.example.five", "x", "{y for z}"),
        ("line 1:ProcessStart", 0, 10001, 21, "org.example.one:x", "org.example.one", "service", "{a,b}"),
        ("line 2:ProcessStart", 0, 10002, 22, None, None, None, None),
        ("line 3:ProcessStart", None, 10003, 23, "org.example.three", "org.example.three", "activity", "x"),
    ]  # fmt: skip


_STARTS = (
    "1:a.b/u0a1 for x", "2:a/1000 for x y for z", "3:a.b/u0a1", "4:a b/u0 for x", "5:a/u0 for x for ", "6:a/b/u0 for x",
    "7 for 7:a/u0 for x", "8:a/u0  for x", "x:a/u0 for x", " for 1:a/u0 for x", "9:a:b/u10a2 for y {z}", "10:/u0 for x",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(_STARTS), max_size=6))
def test_starts_of_any_form_as_each_by_itself(starts: list[str]) -> None:
    messages = [f"Start proc {start}" for start in starts]
    expected = {}
    for number, message in enumerate(messages, 1):
        for name, fields in events("ActivityManager", message):
            expected[f"line {number}:{name}"] = fields
    found = told(*(f"ActivityManager: {message}" for message in messages))
    rows = {r.locator: r for of in found.values() for r in of}
    assert {at: {f: getattr(r, f) for f in expected.get(at, ())} for at, r in rows.items()} == expected


_value = st.sampled_from(
    ["0", "-1", "10088", "org.example.app", "org.example.app:r", "", "x", "9" * 18, "9" * 19, "-", "٣", " 5"]
)
_list = st.lists(_value, max_size=9).map(lambda v: f"[{','.join(v)}]")
_regular = st.tuples(_value, _value, _value, _value, _value).map(lambda v: f"[{','.join(v)}]")
_entry = st.builds(
    "{}: {}{}".format,
    st.sampled_from(["am_proc_start", "am_proc_died", "am_kill", "am_crash", "ActivityManager", "libc", "usb 1"]),
    _list | _regular | st.sampled_from(["", "[]", "[", "Killing 1:a.b/u0 (adj 9): x", "Start proc 1:a.b/u0a1 for x"]),
    st.sampled_from(
        ["", "", "", ' avc:  denied  { read } for  comm="x" name="y" scontext=u:r:a:s0 tcontext=u:r:b:s0 tclass=file']
    ),
)


@settings(deadline=None)
@given(st.lists(_entry, max_size=8))
def test_equal_to_each_entry_by_itself(lines: list[str]) -> None:
    """Except that a start of a process is not looked at for a denial, as it always was."""
    expected: dict[str, list[tuple[str, dict[str, object]]]] = {}
    for number, line in enumerate(lines, 1):
        tag, _, message = line.partition(": ")
        for name, fields in events(tag.rstrip(), message):
            if not (name == "Denial" and line.startswith("ActivityManager: Start proc")):
                expected.setdefault(name, []).append((f"line {number}", fields))
    found = told(*lines)
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        assert sorted(r.locator for r in rows) == sorted(f"{at}:{name}" for at, _ in expected[name])
        at = {r.entry: r for r in rows}
        for where, fields in expected[name]:
            assert {f: getattr(at[where], f) for f in fields} == fields
        if name != "ProcessStart":
            assert [r.entry for r in rows] == [where for where, _ in expected[name]]
