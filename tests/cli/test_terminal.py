"""Text of the evidence on a terminal: shown, never obeyed, and each thing on a line of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bridle
from bridle.cli import timeline
from bridle.cli.terminal import Quiet, fail, harmless, one_line
from bridle.formats.json_text import json_text

SHOWN = {
    "\x1b[31m": "\\x1b[31m", "\x9b31m": "\\x9b31m", "a\rb": "a\\x0db", "\u202ea\u2069": "\\u202ea\\u2069",
    "a\u2028b\u2029": "a\\u2028b\\u2029", "\udcff": "\\udcff", "\U000e0041": "\\U000e0041",
    "é العربية 中 🙂": "é العربية 中 🙂", "a\nb\tc": "a\nb\tc", "\x00\x7f": "\\x00\\x7f",
}  # fmt: skip


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_shown(text):
    assert harmless(text) == SHOWN[text]


def test_no_warning_forges_a_line(capsys):
    Quiet().warn("feed not loaded: a\nVerdict    none\x1b")
    with pytest.raises(SystemExit):
        fail("a\nVerdict    none")
    said = capsys.readouterr().err
    assert said == "bridle: feed not loaded: a Verdict    none\\x1b\nbridle: a Verdict    none\n"


def test_one_line_is_one():
    assert one_line("a\nVerdict    none\r\nb") == "a Verdict    none\\x0d b"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\x1b\x9b\x7f", '"\\u001b\\u009b\\u007f"'), ("\u202e", '"\\u202e"'), ("\ud800", '"\\ud800"'),
        ("\U000e0041", '"\\udb40\\udc41"'), ("é 🙂", '"é 🙂"'), ("\u2028", '"\\u2028"'),
    ],
)  # fmt: skip
def test_json_does_nothing_and_means_the_same(text, written):
    assert json_text(text) == written
    assert json.loads(written) == text


ROW = {"time": "2026-01-02T03:04:05Z", "zone_note": "UTC", "table": "ios.sms.message", "event": "time",
       "summary": "\x9b31m=1+1\nx", "path": "/a\u202e\nb", "locator": "\x1b]0;t\x07"}  # fmt: skip


def test_a_line_of_the_timeline(capsys):
    timeline._text_line(ROW)
    assert capsys.readouterr().out == (
        "2026-01-02T03:04:05Z  ios.sms.message.time  \\x9b31m=1+1 x  [/a\\u202e b \\x1b]0;t\\x07]\n"
    )


def test_an_event_of_the_timeline(capsys):
    timeline._event_line(ROW | {"kind": "usb", "text": "a\u202e", "rows": 1})
    assert capsys.readouterr().out == (
        "2026-01-02T03:04:05Z  usb      time  a\\u202e  [ios.sms.message /a\\u202e b \\x1b]0;t\\x07]\n"
    )


def test_a_timeline_as_csv(capsys):
    timeline._csv_line()({"summary": "=\x1b1", "path": "a\r\u202e"})
    assert capsys.readouterr().out == "summary,path\r\n'=\\u001b1,a\\u000d\\u202e\r\n"


def run(folder, *arguments, **environment):
    settings = {"PYTHONPATH": str(Path(bridle.__file__).parents[1]), "PATH": os.environ["PATH"],
                "BRIDLE_CONFIG": str(folder), "BRIDLE_DATA": str(folder)}  # fmt: skip
    command = [sys.executable, "-m", "bridle", *arguments]
    return subprocess.run(command, cwd=folder, env=settings | environment, capture_output=True, check=False)


@pytest.mark.parametrize("environment", [{}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_arguments_that_are_no_text_or_act(tmp_path, environment):
    done = run(tmp_path, "verify", b"\xff\x1b[31m\xe2\x80\xae", **environment)
    assert done.returncode == 2, done.stderr
    assert b"\\x1b[31m\\u202e is not a case" in done.stderr.replace(b"\\udce2\\udc80\\udcae", b"\\u202e")
    assert b"\x1b" not in done.stderr


def test_wrong_use_quotes_it_harmless(tmp_path):
    done = run(tmp_path, "check", "--\x1b[31m\u202e", "-o", "case")
    assert done.returncode == 2
    assert b"No such option '--\\x1b[31m\\u202e'" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals here")
def test_a_source_is_named_on_a_bar_and_neither_obeyed_nor_taken_for_markup(tmp_path):
    code = (
        "from bridle.cli.terminal import Bar; bar = Bar()\n"
        "bar.stage('Reading \\x1b]0;t\\x07[/] [bold]x\\u202e\\nVerdict'); bar.advance(1, 2, 3); bar.close()"
    )
    ours, theirs = os.openpty()
    settings = {"PYTHONPATH": str(Path(bridle.__file__).parents[1]), "PATH": os.environ["PATH"], "TERM": "xterm",
                "COLUMNS": "200", "LINES": "20"}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env=settings,
                          check=False)  # fmt: skip
    os.close(theirs)
    said = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 0, said
    assert "Reading \\x1b]0;t\\x07[/] [bold]x\\u202e Verdict: 1 files seen, 2 to read, 3 rows" in said
