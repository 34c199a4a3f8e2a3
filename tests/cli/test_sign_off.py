"""`bridle sign-off`: a template, a file, one finding; who signs, and what is still missing."""

import csv
import hashlib
import json
import tomllib

import pytest
from click.testing import CliRunner

from bridle.case.manifest import append_custody
from bridle.case.writer import CaseWriter
from bridle.cli import bridle

HIGH, MEDIUM = "ab" * 32, "ac" * 32
FINDINGS = [
    {"id": HIGH, "level": "high", "rule": "ios.r", "title": "A\n[[finding]]\x1b[2J \u202etitle"},
    {"id": MEDIUM, "level": "medium", "rule": "ios.s", "title": "Another"},
    {"id": "ad" * 32, "level": "low", "rule": "ios.t", "title": "Not to be signed"},
]


def run(*arguments):
    return CliRunner().invoke(bridle, ["sign-off", *map(str, arguments)])


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "case"
    writer = CaseWriter(path, None)
    writer.write_file("findings.jsonl", "".join(json.dumps(f) + "\n" for f in FINDINGS).encode())
    writer.commit()
    append_custody(path, {"event": "check"})
    return path


def test_the_template_holds_what_is_missing_and_nothing_of_it_leaves_its_comment(case):
    text = run(case, "--template").stdout
    assert tomllib.loads(text) == {
        "finding": [{"id": HIGH, "disposition": "", "reason": ""}, {"id": MEDIUM, "disposition": "", "reason": ""}]
    }
    assert "# high ios.r A [[finding]]\\x1b[2J \\u202etitle\n" in text
    run(case, "--as", "Ada", "--finding", HIGH, "--disposition", "benign", "--reason", "known")
    assert tomllib.loads(run(case, "--template").stdout)["finding"] == [{"id": MEDIUM, "disposition": "", "reason": ""}]


def test_from_the_template_to_two_signatures(case, tmp_path):
    filled = run(case, "--template").stdout.replace('disposition = ""', 'disposition = "confirmed"')
    (tmp_path / "filled.toml").write_text(filled.replace('reason = ""', 'reason = "seen in \\"x\\""'))
    first = run(case, "--as", "Ada", "--from", tmp_path / "filled.toml")
    assert (first.exit_code, first.stdout) == (0, (
        'abababababab  confirmed     seen in "x"\n'
        'acacacacacac  confirmed     seen in "x"\n'
        "Analyst        Ada\n"
        "Second reader  not signed\n"
        "Not complete: no second reader has signed.\n"
    ))  # fmt: skip
    assert run(case).exit_code == 1
    again = run(case, "--as", "ADA", "--second-reader")
    assert (again.exit_code, again.stderr) == (
        2, "bridle: ADA entered dispositions of this case; analyst and second reader must be two people\n",
    )  # fmt: skip
    assert run(case, "--as", "Ben", "--second-reader").exit_code == 0
    told = json.loads(run(case, "--json").stdout)
    assert told == {
        "complete": True,
        "findings_sha256": hashlib.sha256((case / "findings.jsonl").read_bytes()).hexdigest(),
        "analyst": "Ada", "second_reader": "Ben", "missing": [], "disputed": [], "problems": [], "ignored": [],
        "dispositions": [
            {"finding": HIGH, "disposition": "confirmed", "reason": 'seen in "x"'},
            {"finding": MEDIUM, "disposition": "confirmed", "reason": 'seen in "x"'},
        ],
    }  # fmt: skip
    assert (run(case).exit_code, run(case).stdout.splitlines()[-1]) == (0, "Complete: reports are no drafts.")


def test_a_table_will_do_and_empty_rows_wait(case, tmp_path):
    with (tmp_path / "filled.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([["id", "disposition", "reason"], [HIGH[:2] + HIGH[2:8], "benign", "an app"],
                                    [MEDIUM, "", ""]])  # fmt: skip
    done = run(case, "--as", "Ada", "--from", tmp_path / "filled.csv", "--json")
    assert (done.exit_code, json.loads(done.stdout)["missing"]) == (0, [MEDIUM])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--second-reader"], "say who signs, with --as NAME"),
        (["--as", "Ada", "--finding", HIGH], "--finding, --disposition and --reason belong together"),
        (["--as", "Ada", "--finding", "a", "--disposition", "benign", "--reason", "r"],
         "expected the id of a finding, or 6 characters of it, got 'a'"),
        (["--as", "Ada", "--finding", "ffffff", "--disposition", "benign", "--reason", "r"],
         "the case has no finding 'ffffff'"),
        (["--as", "Ada", "--finding", HIGH, "--disposition", "clean", "--reason", "r"],
         "expected one of confirmed, benign, inconclusive, needs-more as a disposition, got 'clean'"),
        (["--as", "A\u202eda"], "expected a name of at most 100 visible characters"),
        (["--as", "Ada", "--from", "no.toml"], "no.toml cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_to_do(case, arguments, why):
    done = run(case, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"bridle: {why}")
    assert not (case / "signoff.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.toml", "finding = 7", "expected [[finding]] with id, disposition, reason, got 7"),
        ("a.toml", '[[finding]]\nid = "x"', "expected [[finding]] with id, disposition, reason, got {'id': 'x'}"),
        ("a.toml", "= 1", "is neither TOML as --template writes it, nor a .csv"),
        ("a.csv", "id,reason\n", "expected a first line with id, disposition, reason"),
        ("a.csv", "id,disposition,reason\n\0,benign,r\n", "expected the id of a finding, or 6 characters of it"),
        ("a.toml", '[[finding]]\nid = 7\ndisposition = "benign"\nreason = "r"', "expected the id of a finding, or 6"),
        ("a.toml", f'[[finding]]\nid = "{HIGH}"\ndisposition = 1\nreason = "r"', "expected one of confirmed, benign"),
    ],
)
def test_a_file_of_another_form_is_refused(case, tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    done = run(case, "--as", "Ada", "--from", tmp_path / name)
    assert (done.exit_code, why in done.stderr) == (2, True), done.stderr
    assert not (case / "signoff.jsonl").exists()


def test_a_case_that_cannot_be_read_or_is_none(case, tmp_path):
    assert run(tmp_path / "none").exit_code == 2
    (case / "findings.jsonl").write_text("[]\n")
    assert (run(case).exit_code, run(case, "--as", "Ada").exit_code) == (3, 3)
    (case / "withdrawn.json").write_text("{}")
    (case / "manifest.json").unlink()
    assert "was destroyed when its consent was withdrawn" in run(case).stderr
