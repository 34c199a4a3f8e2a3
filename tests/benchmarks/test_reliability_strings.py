"""What the part of hostile strings takes for wrong; and a quick run of it over one phone."""

import pytest

from reliability import hostile, strings


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


def test_what_is_lost_of_a_text():
    planter = hostile.Hostile()
    marked = [planter.mark("a b") for _ in range(len(hostile.HOSTILE))]
    assert hostile.lost(marked) == []
    cut = [m.replace("=HYPERLINK", "HYPERLINK") for m in marked]
    assert hostile.lost(cut) == ['formula: \'HYPERLINK("http://198.51.100.7/","x")\'']


def test_a_phone_with_a_hostile_text_in_every_text(tmp_path):
    outputs, texts = strings.examined(tmp_path, "ios-file-system", 100_000, strings.SHORT)
    assert (outputs.note, texts.note) == ("", "")
    assert outputs.survived == outputs.tried == 33
    assert texts.survived == texts.tried
    assert texts.tried > 500
