"""What the part of hostile strings takes for wrong; and a quick run of it over one phone."""

import pytest

from reliability import desk, hostile, strings


@pytest.mark.parametrize(
    ("text", "form", "wrong"),
    [
        ("a\tb\n", "text", []), ("\x1b[31m", "text", ["acts: '\\x1b'"]),
        ("\x9b", "json", ["acts: '\\x9b'", "no JSON"]), ("a\rb", "text", ["a carriage return"]),
        ("a\r\nb\r\n", "csv", []),
        ("x,=1+1\r\n", "csv", ["a formula: '=1+1'"]),
        ('x,"\n =1"\r\n', "csv", ["a formula: '\\n =1'"]),
        ("a\nVerdict    FORGED", "text", ["a line begins with Verdict "]),
        ('{"a": "\\u202e"}', "json", []), ("{}\n{}\n", "jsonl", []), ("{}{}", "jsonl", ["no JSON"]),
        ("<b>&lt;script>alert('hostile')", "html", []), ("<script>alert('hostile')", "html", ["runs: <script>alert"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_output(text, form, wrong):
    found = hostile.faults(text, form)
    assert len(found) == len(wrong)
    assert all(f.startswith(w) for f, w in zip(found, wrong, strict=True))


def test_what_draws_a_bar_is_let_be_and_what_a_name_says_is_not():
    drawn = b"\x1b[?25l\r\x1b[2K\x1b[32m-\x1b[0m Reading x \x1b[33m0:00:00\x1b[0m\r\n\x1b[1A\x1b[2K\x1b[?25h"
    assert desk._OF_RICH.sub(b"", drawn) == b"- Reading x 0:00:00\n"
    for name in ("terminal escape", "C1 control", "isolate"):
        named = hostile.HOSTILE[name].encode()
        assert desk._OF_RICH.sub(b"", b"\x1b[32m-\x1b[0m " + named) == b"- " + named


def test_a_command_is_called_by_its_verbs_and_options():
    given = ("infra", "import", "feed \x1b[31m", "--base", "b a", "-i", "x", "--as", "csv")
    assert desk.called(given) == "infra import --base -i --as csv"


def test_what_is_lost_of_a_text():
    planter = hostile.Hostile()
    marked = [planter.mark("a b") for _ in range(len(hostile.HOSTILE))]
    assert hostile.lost(marked) == []
    cut = [m.replace("=HYPERLINK", "HYPERLINK") for m in marked]
    assert hostile.lost(cut) == ['formula: \'HYPERLINK("http://198.51.100.7/","x")\'']


def test_a_phone_with_a_hostile_text_in_every_text(tmp_path):
    outputs, texts = strings.examined(tmp_path, "ios-file-system", 100_000, strings.SHORT)
    assert (outputs.note, texts.note) == ("", "")
    assert outputs.survived == outputs.tried == 35
    assert texts.survived == texts.tried
    assert texts.tried > 500
