"""`bridle list`: from a file to its summary and back to one number, with two people's keys."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle

CSV = "client,number,selected\nc-1,+5215512345678,2018-05-04 10:00:00\nc-1,+33612345678,2018-05-04 10:01:00\n"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("BRIDLE_IDENTITY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leak.csv").write_text(CSV)

    def run(*args, code=0):
        done = CliRunner().invoke(bridle, ["list", *args])
        assert done.exit_code == code, done.output
        return done

    second = run("key", "second.txt").stdout.strip()
    made = ("import", "leak.csv", "--project", "list", "--owner", "Lab", "--purpose", "Who was selected")
    run(*made, "--second-key", second)
    return run


def test_the_second_key_is_readable_by_its_holder_only(desk, tmp_path):
    assert (tmp_path / "second.txt").stat().st_mode & 0o777 == 0o600
    assert "name a new file" in desk("key", "second.txt", code=2).stderr


def test_an_import_says_what_it_read_and_shows_no_cell(desk, tmp_path):
    (tmp_path / "more.csv").write_text(CSV.replace("c-1", "c-2") + "c-2,?,never\n")
    done = desk("import", "more.csv", "--project", "list", "--second-identity", "second.txt", code=1)
    assert "3 rows imported from csv" in done.stdout
    assert "operator  client" in done.stdout
    assert "rewritten 1 by 1 migrations" in done.stdout
    assert done.stderr.splitlines() == [
        "line 4: the time of selection cannot be read", "line 4: no number that can be read",
    ]  # fmt: skip
    assert "12345678" not in done.output


def test_a_summary(desk):
    made = json.loads(desk("summary", "--project", "list", "--json").stdout)
    assert (made["rows"], made["numbers"], made["owner"]) == (2, 2, "Lab")
    assert made["countries"] == {"FR": 1, "MX": 1}
    assert made["sittings"] == {"count": 1, "rows": 2, "gap_seconds": 300}
    assert "published" not in made
    text = desk("summary", "--project", "list", "--published").stdout
    assert text.startswith("Who was selected (Lab)\n2 selections of 2 numbers")
    assert "    [189, 189]  189 (https://www.washingtonpost.com" in text
    assert "numbers of India\n" in text
    assert "Morocco in the court exhibit of 2019  -- sources contradict each other" in text
    assert "expected a time zone" in desk("summary", "--project", "list", "--zone", "../x", code=2).stderr


def test_from_a_token_to_its_number_and_the_log(desk):
    (row,) = json.loads(desk("show", "--project", "list", "--country", "MX", "--json").stdout)
    assert (row["time"], row["operator"], row["rule"]) == ("2018-05-04T10:00:00+00:00", "c-1", "mx-2019")
    why = ("--second-identity", "second.txt", "--reason", "she asked")
    found = desk("unmask", row["token"], "--project", "list", *why).stdout
    assert found.startswith("row 0  +525512345678  written +5215512345678  range first of -\n")
    desk("unmask", "0" * 32, "--project", "list", *why, code=1)
    log = json.loads(desk("audit", "--project", "list", "--json").stdout)
    assert [(e["action"], e["reason"]) for e in log] == [
        ("create", "Who was selected"), ("import", ""), ("unmask", "she asked"), ("unmask", "she asked"),
    ]  # fmt: skip


def test_what_is_missing_is_said_in_one_line(desk, tmp_path):
    (tmp_path / "more.csv").write_text("number\n+33612345679\n")
    assert "second key too" in desk("import", "more.csv", "--project", "list", code=3).stderr
    assert "without an owner" in desk("import", "more.csv", "--project", "new", code=2).stderr
    new = ("import", "more.csv", "--project", "new", "--owner", "Lab", "--purpose", "Who was selected")
    assert "--second-key" in desk(*new, code=2).stderr
    assert "is no list project" in desk("summary", "--project", "nothing", code=2).stderr
    assert "is no file" in desk("import", "none.csv", "--project", "list", code=2).stderr
    (tmp_path / "config" / "identity.txt").unlink()
    assert "there is no identity" in desk("summary", "--project", "list", code=3).stderr


def test_no_client_of_a_list_forges_a_line(desk, tmp_path):
    (tmp_path / "more.csv").write_text(CSV.replace("c-1", '"a\nVerdict    none\x1b"'))
    desk("import", "more.csv", "--project", "list", "--second-identity", "second.txt", code=1)
    for verb in ("summary", "show"):
        said = desk(verb, "--project", "list").stdout
        assert "a Verdict    none\\x1b" in said
        assert not [line for line in said.splitlines() if line.startswith("Verdict")]
