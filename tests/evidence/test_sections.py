"""The parts of a dumpstate as members."""

import hashlib
import zipfile

import pytest
from containers import listed, no_password, read, zip_of

from bridle.evidence import dumpstate, open_source
from bridle.evidence.source import State

HEADER = b"====\n== dumpstate: 2026-03-29 23:14:20\n====\n"
RULE = b"-" * 79 + b"\n"
TEXT = (
    HEADER
    + b"------ SYSTEM PROPERTIES (getprop) ------\n[a]: [b]\n"
    + RULE
    + b"DUMP OF SERVICE CRITICAL activity:\nshort\n"
    + RULE
    + b"DUMP OF SERVICE ../../etc:\nescape\n"
    + RULE
    + b"DUMP OF SERVICE activity:\nlong\n"
    + b"------ SYSTEM PROPERTIES (getprop) ------\n[c]: [d]\n"
)
PARTS = {
    "/bugreport/sections/HEADER/1.txt": HEADER,
    "/bugreport/sections/SYSTEM PROPERTIES/1.txt": b"[a]: [b]\n",
    "/bugreport/sections/SYSTEM PROPERTIES/2.txt": b"[c]: [d]\n",
    "/bugreport/dumpsys/activity/1.txt": b"short\n",
    "/bugreport/dumpsys/activity/2.txt": b"long\n",
    "/bugreport/dumpsys/.._.._etc/1.txt": b"escape\n",
}


@pytest.fixture
def opened(tmp_path):
    sources = []

    def open_(data):
        path = tmp_path / "given"
        path.write_bytes(data)
        sources.append(open_source(path, password=no_password))
        return sources[-1]

    yield open_
    for source in sources:
        source.close()


@pytest.mark.parametrize(
    "pack", [bytes, lambda t: zip_of({"b.txt": t}), lambda t: zip_of({"b.txt": t}, zipfile.ZIP_STORED)]
)
def test_each_part_is_a_file_of_its_own(opened, pack):
    found = listed(opened(pack(TEXT)))
    assert {p: read(m) for p, m in found.items() if p != "/bugreport/dumpstate.txt"} == PARTS
    assert found["/bugreport/dumpsys/activity/2.txt"].size == 5
    assert found["/bugreport/dumpsys/activity/2.txt"].member.endswith(", from line 14")


def test_parts_of_a_long_text_lie_encrypted_on_the_disk_and_are_read_from_there(opened):
    filler = b"".join(b"%031d\n" % n for n in range(3 << 20))
    found = listed(opened(zip_of({"b.txt": HEADER + filler + b"------ LATE (x) ------\nsome text\n" + TEXT})))
    extent = found["/bugreport/sections/LATE/1.txt"].content()
    assert extent.cipher == "ctr"
    extent.close()
    assert read(found["/bugreport/sections/LATE/1.txt"])[:10] == b"some text\n"
    assert (
        hashlib.sha256(read(found["/bugreport/sections/HEADER/1.txt"])).digest()
        == hashlib.sha256(HEADER + filler).digest()
    )


def test_parts_stay_readable_while_other_members_are_read(opened):
    files = {"b.txt": TEXT} | {f"FS/data/anr/anr_{n}": b"%d" % n for n in range(200)}
    found = listed(opened(zip_of(files)))
    for n in range(200):
        assert read(found[f"/data/anr/anr_{n}"]) == b"%d" % n
    assert read(found["/bugreport/sections/SYSTEM PROPERTIES/1.txt"]) == b"[a]: [b]\n"


def test_parts_of_a_damaged_text_are_read_as_far_as_it_goes_and_say_so(opened):
    data = bytearray(zip_of({"b.txt": TEXT, "main_entry.txt": b"b.txt"}))
    at = data.index(b"PK\x01\x02") + 16
    data[at] ^= 1
    source = opened(bytes(data))
    part = listed(source)["/bugreport/sections/SYSTEM PROPERTIES/1.txt"]
    assert read(part) == b"[a]: [b]\n"
    assert part.state is State.DAMAGED
    assert "expected CRC-32" in part.reason
    assert any("b.txt was read only in part" in p.reason for p in source.problems())


def test_androidqf_has_the_dumps_of_its_own_text(opened):
    text = b"Currently running services:\n  adb\n" + RULE + b"DUMP OF SERVICE adb:\n{}\n"
    found = listed(opened(zip_of({"getprop.txt": b"[a]: [b]\n", "dumpsys.txt": text})))
    assert read(found["/androidqf/dumpsys/adb/1.txt"]) == b"{}\n"
    assert "/androidqf/dumpsys.txt" in found


def test_more_parts_than_any_report_has_are_a_problem(opened):
    source = opened(HEADER + b"------ X (x) ------\n" * 100_010)
    assert sum("/sections/X/" in p for p in listed(source)) == 100_000
    assert [p.reason for p in source.problems()] == [
        "given was read only in part: expected at most 100000 parts, got more."
    ]


def test_parts_beyond_the_bound_of_a_text_are_refused_and_it_is_said(opened, monkeypatch):
    at = TEXT.index(b"short")
    for limit, expected in (
        (len(TEXT), (State.PRESENT, 6, State.PRESENT)),
        (at + 6, (State.PRESENT, 6, State.REFUSED)),
        (at + 5, (State.DAMAGED, 5, State.REFUSED)),
        (at, (State.REFUSED, 6, State.REFUSED)),
    ):
        monkeypatch.setattr(dumpstate, "LIMIT", limit)
        source = opened(TEXT)
        found = listed(source)
        first, last = found["/bugreport/dumpsys/activity/1.txt"], found["/bugreport/dumpsys/activity/2.txt"]
        assert (first.state, first.size, last.state) == expected
        assert first.content is None or read(first) == b"short\n"[: first.size]
        said = [p.reason for p in source.problems()]
        wanted = f"given was read only in part: it has {len(TEXT)} bytes, and parts are read to {limit}."
        assert said == ([wanted] if limit < len(TEXT) else [])


def test_a_heading_written_into_a_crash_hides_no_later_one_and_is_told(opened):
    crashes = b"------ CRASHES (dropbox) ------\nfirst\n------ X (y) ------\nlater\n"
    source = opened(HEADER + crashes + b"------ 1s was the duration of 'CRASHES' ------\n")
    found = listed(source)
    assert read(found["/bugreport/sections/CRASHES/1.txt"]) == b"first\n"
    assert read(found["/bugreport/sections/CRASHES/2.txt"]) == b"------ X (y) ------\nlater\n"
    assert [p.reason[:60] for p in source.problems()] == [
        "given: a line in 'CRASHES' looks like a heading, about line "
    ]
