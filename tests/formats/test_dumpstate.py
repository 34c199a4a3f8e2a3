"""Where the parts of a dumpstate lie."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import FormatError
from bridle.formats import dumpstate
from bridle.formats.dumpstate import Part, parts

RULE = b"-" * 79 + b"\n"
TEXT = (
    b"====\n== dumpstate: 2026-03-29 23:14:20\n====\n"
    b"------ SYSTEM PROPERTIES (getprop) ------\n[a]: [b]\n"
    b"------ 0.101s was the duration of 'SYSTEM PROPERTIES' ------\n"
    b"between\n"
    b"------ MEMORY INFO (/proc/meminfo) ------\nMemTotal: 1\n"
    b"------ DUMPSYS CRITICAL (/system/bin/dumpsys) ------\n" + RULE + b"DUMP OF SERVICE CRITICAL activity:\nACTIVITY\n"
    b"--------- 0.151s was the duration of dumpsys activity, ending at: 2026-03-29 23:14:28\n"
    + RULE
    + b"DUMP OF SERVICE package:\n*** SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***\nPackages:\n"
)
HEADER = b"====\n== dumpstate: 2026-03-29 23:14:20\n====\n"


def found(text: bytes) -> list[tuple[Part, bytes]]:
    return [(p, text[p.offset : p.offset + p.length]) for p in parts(io.BytesIO(text))]


def test_every_part_has_its_text_and_its_line() -> None:
    assert [(p.kind, p.title, p.line, body) for p, body in found(TEXT)] == [
        ("section", "HEADER", 1, HEADER),
        ("section", "SYSTEM PROPERTIES", 5, b"[a]: [b]\n"),
        ("between", "BETWEEN", 7, b"between\n"),
        ("section", "MEMORY INFO", 9, b"MemTotal: 1\n"),
        ("section", "DUMPSYS CRITICAL", 11, b""),
        ("service", "activity", 13, b"ACTIVITY\n"),
        ("service", "package", 17, b"*** SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***\nPackages:\n"),
    ]


def test_headings_and_closing_lines_are_told() -> None:
    by_title = {p.title: p for p, _ in found(TEXT)}
    properties, activity, package = (by_title[t] for t in ("SYSTEM PROPERTIES", "activity", "package"))
    assert (properties.command, properties.seconds, properties.closed) == ("getprop", 0.101, True)
    assert by_title["MEMORY INFO"].command == "/proc/meminfo"
    assert (by_title["MEMORY INFO"].seconds, by_title["MEMORY INFO"].closed) == (None, False)
    assert (activity.priority, activity.seconds, activity.ending) == ("CRITICAL", 0.151, "2026-03-29 23:14:28")
    assert (package.priority, package.closed, package.ending) == (None, False, None)
    assert package.failed == "SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***"


@pytest.mark.parametrize("chunk", [5000, 4097, 8192])
def test_a_boundary_of_what_is_read_at_once_hides_nothing(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    text = b"".join(b"------ S%d (cat) ------\n%s\n" % (n, b"x" * (n * 7 % 300)) for n in range(400))
    whole = found(text)
    monkeypatch.setattr(dumpstate, "_CHUNK", chunk)
    assert found(text) == whole
    assert [p.title for p, _ in whole[1:]] == [f"S{n}" for n in range(400)]
    assert [p.line for p, _ in whole[1:]] == [2 + 2 * n for n in range(400)]
    assert [body for _, body in whole[1:]] == [b"x" * (n * 7 % 300) + b"\n" for n in range(400)]


def test_android_4_closes_with_the_time_that_elapsed_and_ends_lines_as_windows_does() -> None:
    text = b"------ PROCESSES (ps -P) ------\r\nUSER PID\r\n[ps: 0.2s elapsed]\r\n\r\n"
    text += b"------ UPTIME (uptime) ------\r\nup\r\n"
    assert [(p.title, p.command, body) for p, body in found(text)] == [
        ("HEADER", None, b""),
        ("PROCESSES", "ps -P", b"USER PID\r\n"),
        ("UPTIME", "uptime", b"up\r\n"),
    ]


@pytest.mark.parametrize(
    ("line", "failed"),
    [
        (b"*** command 'logcat -L' failed: exit code 1", "command 'logcat -L' failed: exit code 1"),
        (b"*** command 'top' timed out after 10.000s (killing pid 5)", None),
        (b"*** /proc/last_kmsg: No such file or directory", "/proc/last_kmsg: No such file or directory"),
        (b"*** Error dumping /proc/x (X): No such file or directory", None),
        (b"*** *** *** *** *** *** ***", ""),
    ],
)
def test_what_failed_is_told(line: bytes, failed: str | None) -> None:
    text = b"------ X (x) ------\n" + line + b"\nmore\n"
    (part,) = (p for p, _ in found(text) if p.title == "X")
    assert part.failed == ((line[4:].decode() if failed is None else failed) or None)


def test_the_list_of_services_of_androidqf_is_a_header() -> None:
    text = b"Currently running services:\n  adb\n" + RULE + b"DUMP OF SERVICE adb:\n{}\n"
    assert [(p.title, body) for p, body in found(text)] == [
        ("HEADER", b"Currently running services:\n  adb\n"),
        ("adb", b"{}\n"),
    ]


def test_names_that_are_no_text_are_shown() -> None:
    assert [p.title for p, _ in found(b"DUMP OF SERVICE a\xff\x1b[31m:\nx\n")] == ["HEADER", "a\\xff\x1b[31m"]


def test_only_a_line_of_its_own_is_a_heading() -> None:
    text = b"03-29 23:14:20.000 I tag: ------ FAKE (x) ------\n03-29 DUMP OF SERVICE fake:\n ------ FAKE (x) ------\n"
    assert [(p.title, body) for p, body in found(text)] == [("HEADER", text)]


@pytest.mark.parametrize(
    ("line", "title", "command"),
    [
        (b"------ UPTIME (uptime) ------", "UPTIME", "uptime"),
        (b"------ UPTIME ------", "UPTIME", None),
        (b"------ UPTIME (uptime) ------\r", "UPTIME", "uptime"),
        (b"------ SHOW MAP 1 (/init) (su root showmap -q 1) ------", "SHOW MAP 1", "/init) (su root showmap -q 1"),
        (b"------ A (b)------", "A", None),
        (b"------ A (b ------", "A", None),
        (b"------ (x) ------", "", "x"),
        (b"------  ------", "", None),
    ],
)
def test_what_a_heading_says(line: bytes, title: str, command: str | None) -> None:
    assert [(p.title, p.command) for p, _ in found(line + b"\nx\n")][1:] == [(title, command)]


@pytest.mark.parametrize("line", [b"------ A (b) -----", b"-------", b"------ -----", b"------ A"])
def test_what_is_no_heading(line: bytes) -> None:
    assert [p.title for p, _ in found(line + b"\nx\n")] == ["HEADER"]


@pytest.mark.parametrize("line", [b"------ " + b"(" * 4080, b"------ " + b"(x) " * 1015 + b"------"])
def test_brackets_in_a_line_like_a_heading_cost_no_time(line: bytes) -> None:
    started = time.process_time()
    list(parts(io.BytesIO((line + b"\n") * 1000)))
    assert time.process_time() - started < 1


def test_parts_without_end_are_bounded() -> None:
    text = b"------ X (x) ------\n" * (dumpstate.MOST + 5)
    given = []
    with pytest.raises(FormatError, match="at most 100000 parts"):
        given.extend(parts(io.BytesIO(text)))
    assert len(text) > 0


def test_nothing_is_a_header_of_no_length() -> None:
    assert [(p.title, p.length) for p in parts(io.BytesIO(b""))] == [("HEADER", 0)]


CRASHES = b"------ DROPBOX (dumpsys dropbox -p) ------\na\n%s\nb\n------ 0.1s was the duration of 'DROPBOX' ------\n"
DUMP = b"DUMP OF SERVICE dropbox:\na\n%s\nb\n--------- 0.1s was the duration of dumpsys dropbox, ending at: x\n"


@pytest.mark.parametrize("text", [CRASHES, DUMP])
@pytest.mark.parametrize(
    "line",
    [
        b"------ FAKE (x) ------",
        b"DUMP OF SERVICE fake:",
        b"------ 0.1s was the duration of 'FAKE' ------",
        b"------ FAKE (x) ------\nx\n------ 0.1s was the duration of 'FAKE' ------",
        b"------ 0.1s was the duration of 'DROPBOX' ------",
        b"--------- 0.1s was the duration of dumpsys dropbox, ending at: x",
    ],
)
def test_a_line_like_a_heading_hides_nothing_that_stands_behind_it(text: bytes, line: bytes) -> None:
    given = [(p, body) for p, body in found(text % line) if p.title in ("DROPBOX", "dropbox")]
    assert given[0][1].startswith(b"a\n")
    assert given[-1][1].endswith(b"b\n")
    assert [p.rest for p, _ in given] in ([False], [False, True])
    assert given[-1][0].closed


def test_a_section_in_which_services_are_dumped_is_told_once() -> None:
    text = b"------ DUMPSYS CRITICAL (dumpsys) ------\n" + DUMP % b"c"
    text += b"------ 0.1s was the duration of 'DUMPSYS CRITICAL' ------\n"
    assert not any(p.rest for p, _ in found(text))


def test_another_closing_line_of_a_part_that_is_over_means_nothing() -> None:
    text = DUMP % b"c" + b"DUMP OF SERVICE late:\nx\n--------- 0.1s was the duration of dumpsys dropbox, ending at: x\n"
    assert not any(p.rest for p, _ in found(text))


_piece = st.sampled_from(
    [
        b"\n", b"------ ", b"--------- ", b"-------- ", b"*** ", b"DUMP OF SERVICE ", b"activity:", b"A (b) ------",
        b"0.1s was the duration of dumpsys activity, ending at: x", b"x", b"\r\n", b"-" * 79 + b"\n", b"\n\n",
        b"y" * 4100,
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_piece, max_size=40).map(b"".join), st.sampled_from([4097, 4200, 9000]))
def test_marked_lines_are_those_that_begin_so(text: bytes, chunk: int) -> None:
    expected, offset = [], 0
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.startswith((b"------ ", b"--------- ", b"*** ", b"DUMP OF SERVICE ")):
            expected.append((offset, number, line[:4096]))
        offset += len(line) + 1
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dumpstate, "_CHUNK", chunk)
        assert list(dumpstate._marked_lines(io.BytesIO(text))) == expected
