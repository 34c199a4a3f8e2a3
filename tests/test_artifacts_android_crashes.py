"""Crashes, backups and intrusion logs of Android: what has no rows, what is bounded, and what others get wrong."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import PurePosixPath
from time import monotonic

import pytest

import made_protobuf
from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError
from bridle.formats import security_log, tombstone_proto, tombstone_text

START = "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\n"
PROCESS = "pid: 3559, tid: 3568, name: worker  >>> /vendor/bin/exampled <<<\n"


def read(name: str, content: bytes | str, path: str = "/data/x"):
    data = content.encode() if isinstance(content, str) else content
    return rows(artifacts.load(name), Stored(data, PurePosixPath(path)))


def of(found, name: str):
    return [r for r in found if type(r).__name__ == name]


# --- tombstones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stamp", ["2025-11-24 16:26:18.007439439+0100", "2025-11-24 16:26:18.007439439 +01:00"])
def test_the_offset_of_a_crash_is_kept(stamp):
    """A wall clock at +0100 is an hour before the same clock in UTC."""
    when = datetime(2025, 11, 24, 15, 26, 18, 7439, tzinfo=UTC)
    (text,) = of(read("android.tombstone", f"{START}Timestamp: {stamp}\n{PROCESS}"), "Crash")
    (message,) = of(read("android.tombstone", made_protobuf.make(json.dumps([[1, 1], [4, stamp], [5, 9]]))), "Crash")
    assert (text.time, text.wall_clock) == (when, None)
    assert (message.time, message.wall_clock) == (when, None)


def test_both_forms_of_a_crash_give_the_same_values():
    text = (
        f"{START}Build fingerprint: 'b'\nRevision: '0'\nABI: 'arm64'\nTimestamp: 2025-11-24 16:26:18+0100\n"
        f"Process uptime: 12s\nCmdline: /vendor/bin/exampled -q\n{PROCESS}uid: 1000\n"
        "signal 11 (SIGSEGV), code 0 (SI_USER from pid 77, uid 0), fault addr 0xf00\nAbort message: 'gone'\n"
        "\nbacktrace:\n      #00 pc 0000000000000010  /system/lib64/libx.so (offset 0x1000) (f+4) (BuildId: ab)\n"
        "\nmemory map (1 entry):\n"
        "    00000000'00001000-00000000'00001fff r-x         0      1000  /a.so (BuildId: cd)\n"
        "\nopen files:\n    fd 3: /dev/null (unowned)\n"
    )
    message = [
        [1, 1], [2, "b"], [3, "0"], [4, "2025-11-24 16:26:18+0100"], [5, 3559], [6, 3568], [7, 1000],
        [9, "/vendor/bin/exampled"], [9, "-q"],
        [10, [[1, 11], [2, "SIGSEGV"], [4, "SI_USER"], [5, 1], [7, 77], [8, 1], [9, 0xF00]]], [14, "gone"],
        [16, [[1, 3568], [2, [[1, 3568], [2, "worker"], [4, [
            [1, 16], [2, 4096], [4, "f"], [5, 4], [6, "/system/lib64/libx.so"], [7, 4096], [8, "ab"]]]]]]],
        [17, [[1, 4096], [2, 8192], [4, 1], [6, 1], [7, "/a.so"], [8, "cd"]]], [19, [[1, 3], [2, "/dev/null"]]],
        [20, 12],
    ]  # fmt: skip
    ours = read("android.tombstone", text)
    theirs = read("android.tombstone", made_protobuf.make(json.dumps(message)))
    assert [type(r).__name__ for r in ours] == ["Crash", "Thread", "Frame", "Mapping", "OpenFile"]
    only = {"locator", "form", "arguments", "pc", "sp"}
    for left, right in zip(ours, theirs, strict=True):
        names = [n for n in type(left).__slots__ if n not in only]
        assert {n: getattr(left, n) for n in names} == {n: getattr(right, n) for n in names}
    assert (ours[0].form, theirs[0].form) == ("text", "protobuf")


def test_root_is_told_though_protobuf_does_not_store_it():
    (crash,) = of(read("android.tombstone", made_protobuf.make('[[5, 1], [8, "u:r:init:s0"]]')), "Crash")
    assert crash.uid == 0


def test_a_user_that_was_cut_off_is_not_root():
    (crash,) = of(read("android.tombstone", made_protobuf.make('{"cut": 1, "fields": [[5, 1], [6, 300]]}')), "Crash")
    assert (crash.pid, crash.tid, crash.uid) == (1, None, None)


def test_a_tombstone_of_dropbox_stands_in_another_message():
    inner = [[1, 1], [5, 7], [9, "com.example.app"]]
    found = read("android.tombstone", gzip.compress(made_protobuf.make(json.dumps([[1, inner], [2, 3]]))))
    assert [(c.pid, c.package_name) for c in of(found, "Crash")] == [(7, "com.example.app")]


@pytest.mark.parametrize("content", [b"\x08", b"\xff" * 50, b"no tombstone\n", b"\x00\x01\x02"])
def test_what_is_no_tombstone_is_a_format_error(content):
    with pytest.raises(FormatError):
        read("android.tombstone", content)


def test_a_compressed_bomb_is_refused():
    with pytest.raises(FormatError):
        read("android.tombstone", gzip.compress(b"\0" * (70 << 20), 9))


def test_frames_without_end_do_not_fill_the_memory():
    frame = "      #00 pc 0000000000000010  /system/lib64/libx.so\n"
    found = read("android.tombstone", START + PROCESS + "backtrace:\n" + frame * (tombstone_text._MOST_FRAMES + 5))
    assert len(of(found, "Frame")) == tombstone_text._MOST_FRAMES
    assert len(gaps(found)) == 5


def test_rows_without_end_stop_with_a_gap(monkeypatch):
    monkeypatch.setattr(tombstone_proto, "MOST_ROWS", 50)
    found = read("android.tombstone", b"\x28\x01" + b"\x8a\x01\x00" * 500)
    assert len(of(found, "Mapping")) == 50
    assert [g.reason for g in gaps(found)] == ["expected at most 50 rows, got more"]


@pytest.mark.parametrize(
    "line",
    [
        "pid: 1, tid: 1, name: " + ">>> " * 4_000,
        "signal 1 (" + "), code 1 (" * 1_400,
        "Abort message: '" + "\n" * 9_000,
        "memory map\n    0-0 r-x 0 0  " + " (load bias 0x" * 1_100,
        "open files:\n    fd 1: " + " (owned by " * 1_400,
        "--------- log main\n11-24 16:26:18.001     1     1 E " + " " * 16_000,
        "backtrace:\n #00 pc 1  " + " (" * 8_000,
    ],
)
def test_no_line_costs_more_than_its_length(line):
    begin = monotonic()
    read("android.tombstone", START + PROCESS + f"{line}\n" * 3)
    assert monotonic() - begin < 1


def test_a_line_that_is_too_long_is_a_gap():
    found = read("android.tombstone", START + PROCESS + "x" * 20_000 + "\nuid: 5\n")
    assert [g.locator for g in gaps(found)] == ["line 3"]
    assert of(found, "Crash")[0].uid == 5


# --- adb backups ---------------------------------------------------------------------------------------------------


def backup(*messages):
    return zlib.compress(json.dumps(messages).encode())


def test_type_1_is_received_and_type_2_is_sent():
    found = read("android.sms_backup", backup({"type": "1", "date_sent": "1645543780000"}, {"type": "2"}))
    assert [s.direction for s in found] == ["received", "sent"]


def test_an_mms_has_its_time_in_seconds_and_an_sms_in_milliseconds():
    sms, mms = read("android.sms_backup", backup({"date": "1579531789000"}, {"date": "1579531789", "msg_box": "1"}))
    assert sms.time == mms.time == datetime(2020, 1, 20, 14, 49, 49, tzinfo=UTC)


def test_a_time_in_the_other_unit_is_a_gap():
    found = read("android.sms_backup", backup({"date": "1579531789"}, {"date": "1579531789000", "msg_box": "1"}))
    assert [g.locator for g in gaps(found)] == ["[0].date", "[1].date"]
    assert [r.time for r in found if not hasattr(r, "reason")] == [None, None]


def test_a_list_that_is_cut_short_gives_what_stands_before():
    whole = backup(*({"address": f"+1555010{n}", "body": "x" * 100, "type": "1"} for n in range(10)))
    found = read("android.sms_backup", whole[: len(whole) - 8])
    assert of(found, "Sms")
    assert any(g.locator == "zlib" for g in gaps(found))


def test_an_empty_list_and_no_list():
    assert read("android.sms_backup", zlib.compress(b"[]")) == []
    for content in (b"{}", zlib.compress(b'{"a": 1}'), b"text"):
        with pytest.raises(FormatError):
            read("android.sms_backup", content)


def test_deep_nesting_and_broken_objects_are_bounded():
    found = read("android.sms_backup", b'[{"a":' + b"[" * 200_000 + b',{"body": "x"}')
    assert len(gaps(found)) == 2
    found = read("android.sms_backup", b"[" + b'{"a" "b"},' * 1_000 + b'{"body":"x"}]')
    assert len(gaps(found)) == 21


def test_a_list_beyond_the_bound_is_refused():
    with pytest.raises(FormatError):
        read("android.sms_backup", zlib.compress(b"[" + b" " * (65 << 20) + b"]"))


# --- intrusion logs ------------------------------------------------------------------------------------------------


def test_all_46_tags_are_known_and_each_has_its_number_once():
    assert sorted(number for number, _ in security_log.TAGS.values()) == list(range(210001, 210047))


@pytest.mark.parametrize("tag", sorted(security_log.TAGS))
def test_each_event_stands_once_in_security_event_and_once_in_a_table(tag):
    event = {"security_event": {"event_id": 1, "event_time": 1746979200000000000, tag: {}}}
    found = read("android.intrusion_log", json.dumps(event))
    first, second = found
    assert (first.tag, first.tag_number) == (tag, security_log.TAGS[tag][0])
    assert type(second).__name__ not in ("SecurityEvent", "Gap")
    assert second.time == first.time == datetime(2025, 5, 11, 16, 0, tzinfo=UTC)


def test_each_value_of_each_event_is_kept():
    for tag, (_, names) in security_log.TAGS.items():
        values = {n: "7" if n in ("path", "command", "key_id", "ssid") else 7 for n in names}
        event = {"security_event": {"event_time": 1746979200000000000, tag: values}}
        found = read("android.intrusion_log", json.dumps(event))
        assert json.loads(of(found, "SecurityEvent")[0].payload or "{}") == values


def test_the_same_event_twice_is_told_twice():
    line = '{"dns_event":{"event_time":1746979200123,"hostname":"example.org"}}\n'
    assert len(read("android.intrusion_log", line * 3)) == 3


@pytest.mark.parametrize("time", [1746979200, 1746979200000000, -1, 10**30, "1746979200000", 1.5, None, True])
def test_a_time_that_cannot_be_in_milliseconds(time):
    found = read("android.intrusion_log", json.dumps({"connect_event": {"event_time": time, "port": 1}}))
    assert (found[0].time, found[0].port) == (None, 1)
    assert len(gaps(found)) == (time is not None)


def test_a_hash_under_another_name_is_found():
    digest = "ab" * 32
    event = {"security_event": {"event_time": 1746979200000000000, "app_process_start": {"apk_hash": digest}}}
    assert of(read("android.intrusion_log", json.dumps(event)), "ProcessStart")[0].sha256 == digest


def test_a_line_of_a_megabyte_is_a_gap():
    found = read("android.intrusion_log", b'{"dns_event":{"hostname":"' + b"a" * (1 << 20) + b'"}}\n{"dns_event":{}}')
    assert [g.locator for g in gaps(found)] == ["line 1"]
    assert len(of(found, "DnsEvent")) == 1


# --- DropBox and ANR -----------------------------------------------------------------------------------------------


def test_a_dropbox_without_entries():
    assert read("android.dropbox", "Searching for: system_app_crash\n\n(No entries found.)\n") == []
    assert len(gaps(read("android.dropbox", "Security exception: not allowed\n"))) == 1


def test_a_violation_is_no_crash():
    listed = "2020-01-08 15:29:43 {} (text, 9 bytes)\n    Process: com.example.app/PID: 1/UID: 2 ...\n"
    found = read("android.dropbox", "".join(map(listed.format, ("data_app_strictmode", "data_app_crash"))))
    assert [type(r).__name__ for r in found] == ["Entry", "Crash"]


def test_a_long_text_of_dropbox_is_cut():
    body = "at com.example.Main.run(Main.java:1)\n" * 5_000
    (crash,) = read("android.dropbox", f"{'=' * 40}\n2020-01-08 15:29:43 system_app_crash (text, 9 bytes)\n\n{body}")
    assert len(crash.text) <= 16_384 + 1_000


def test_no_traces():
    assert read("android.anr", "*** NO ANR VM TRACES FILE (/data/anr/traces.txt): No such file or directory\n\n") == []
    assert [g.locator for g in gaps(read("android.anr", "\nwhat is this\n"))] == ["line 2"]
    assert read("android.anr", "total 0\n", "/bugreport/sections/ANR FILES/1.txt") == []


def test_a_text_of_a_thread_that_is_a_number_costs_itself():
    """File 9 of a thread are names of files that could not be read, 7 its notes: both are numbers once."""
    thread = [[1, 7], [9, "/a.so"], [9, 5], [7, 6], [7, "note"]]
    found = read("android.tombstone", made_protobuf.make(json.dumps([[5, 1], [6, 7], [16, [[1, 7], [2, thread]]]])))
    (only,) = of(found, "Thread")
    assert (only.notes, only.extra) == (("note",), '{"unreadable_elf_files": ["/a.so"]}')
    assert [(g.locator, g.reason) for g in gaps(found)] == [
        ("threads[0].notes", "notes: expected text, got 6"),
        ("threads[0].unreadable_elf_files", "unreadable_elf_files: expected text, got 5"),
    ]
