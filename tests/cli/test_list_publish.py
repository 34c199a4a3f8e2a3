"""`bridle list publish` and `standing`: what leaves a project, what is entered, and what is refused."""

import json
import re
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from list_projects import Desk

CANARIES = ("5550123456", "Ministry of Canaries", "ab" * 32)


def run(*args):
    return CliRunner().invoke(bridle, ["list", *map(str, args)])


def row(n, **more):
    return {"number": f"+1555{n:07}", "country": "US", "operator": "Ministry of Canaries", "time_precision": "second",
            "time": datetime(2019, 1 + n % 3, 17, 11, 22, 33, tzinfo=UTC), **more}  # fmt: skip


@pytest.fixture
def desk(tmp_path, monkeypatch):
    desk = Desk(tmp_path, monkeypatch)
    desk.tokens = desk.take(
        [*(row(n) for n in range(123440, 123470)), row(123456, country=None, operator="5550123456")]
    )
    return desk


def case(path, verdict="traces of targeting", consent=True, statistics="true", kept="2999-12-31"):
    path.mkdir()
    summary = {"verdict": {"text": verdict, "from": None, "to": None, "why": ""}}
    (path / "summary.json").write_text(json.dumps(summary))
    record = f'[consent]\nstatistics = {statistics}\nretention_until = "{kept}"\n'
    (path / "case.toml").write_text(record if consent else "sources = []\n")
    files = {f.name: {"stored_sha256": sha256(f.read_bytes()).hexdigest()} for f in sorted(path.iterdir())}
    (path / "manifest.json").write_text(json.dumps({"files": files}))
    return path


def test_canaries_are_found_in_no_output(desk, tmp_path):
    got = run("publish", "--project", desk.folder, "-o", tmp_path / "out")
    assert got.exit_code == 0, got.output
    files = sorted((tmp_path / "out").iterdir())
    assert [f.name for f in files] == [
        "README.txt", "country-by-month.tsv", "country-by-operator.tsv", "country-by-stage.tsv", "publication.json"
    ]  # fmt: skip
    text = got.output + "".join(f.read_text() for f in files)
    assert [c for c in (*CANARIES, *desk.tokens) if c in text] == []
    assert not re.search(r"\d{7}|[0-9a-f]{16}|\d\d:\d\d|2019-\d\d-", text)
    assert (tmp_path / "out" / "country-by-month.tsv").read_text() == (
        "\t2019-01\t2019-02\t2019-03\ttotal\nUS\t10\t10\t10\t30\ntotal\t10\t10\t10\t30\n"
    )
    assert [(e.action, e.details) for e in desk.open().audit.entries()][-1] == ("publish", {"numbers": 30})


def test_a_second_publication_that_differs_by_few_is_refused(desk, tmp_path):
    assert run("publish", "--project", desk.folder, "-o", tmp_path / "one").exit_code == 0
    desk.take([row(n) for n in range(3)], source="cd" * 32)
    got = run("publish", "--project", desk.folder, "-o", tmp_path / "two")
    assert (got.exit_code, (tmp_path / "two").exists()) == (2, False)
    assert "differs by fewer than 5" in got.output
    desk.take([row(n) for n in range(3, 15)], source="ef" * 32)
    assert run("publish", "--project", desk.folder, "-o", tmp_path / "two").exit_code == 0


def test_so_few_are_refused(tmp_path, monkeypatch):
    desk = Desk(tmp_path, monkeypatch, [row(n) for n in range(4)])
    got = run("publish", "--project", desk.folder, "-o", tmp_path / "out")
    assert (got.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert "fewer than 5 numbers" in got.output


def test_nothing_is_overwritten(desk, tmp_path):
    (tmp_path / "out").mkdir()
    assert "exists; name a new folder" in run("publish", "--project", desk.folder, "-o", tmp_path / "out").output


def verified(desk, token):
    return run("standing", "verify", token, "--basis", "owner", "--basis", "witness", "--project", desk.folder,
               "--reason", "met at the desk")  # fmt: skip


def test_standing(desk, tmp_path):
    token = desk.tokens[0]
    assert "verified: Two sources" in verified(desk, token).output
    place = ("--case", case(tmp_path / "case"), "--project", desk.folder, "--reason", "examined")
    assert "attempted: The phone was examined" in run("standing", "examine", token, *place).output
    shown = json.loads(run("standing", "show", "--project", desk.folder, "--json").stdout)
    assert [(s["token"], s["state"], s["confirmed"]) for s in shown] == [(token, "attempted", True)]
    assert "verified: " in run("standing", "withdraw", token, *place).output
    assert [e.details["act"] for e in desk.open().audit.entries() if e.action == "standing"] == [
        "verify", "examine", "conclude", "withdraw"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statistics", "kept", "counted"), [("true", "2999-12-31", True), ("false", "2999-12-31", False),
                                        ("true", "2000-12-31", False)],
)  # fmt: skip
def test_who_is_not_to_be_counted_is_not(desk, tmp_path, statistics, kept, counted):
    token = desk.tokens[0]
    verified(desk, token)
    place = case(tmp_path / "case", statistics=statistics, kept=kept)
    got = run("standing", "examine", token, "--case", place, "--project", desk.folder, "--reason", "examined")
    assert got.exit_code == 0, got.output
    entered = [e.details for e in desk.open().audit.entries() if e.action == "standing"]
    assert [e["statistics"] for e in entered if e["act"] == "examine"] == [counted]


def test_without_consent_no_examination_is_entered(desk, tmp_path):
    verified(desk, desk.tokens[0])
    bare = case(tmp_path / "case", consent=False)
    got = run("standing", "examine", desk.tokens[0], "--case", bare, "--project", desk.folder, "--reason", "examined")
    assert got.exit_code == 2
    assert "the case has no consent record" in got.output


@pytest.mark.parametrize("name", ["case.toml", "summary.json"])
def test_a_case_that_was_changed_is_not_entered(desk, tmp_path, name):
    verified(desk, desk.tokens[0])
    changed = case(tmp_path / "case", verdict="unexplained anomalies", statistics="false")
    text = (changed / name).read_text()
    (changed / name).write_text(text.replace("unexplained anomalies", "traces of execution").replace("false", "true"))
    place = ("--case", changed, "--project", desk.folder, "--reason", "examined")
    got = run("standing", "examine", desk.tokens[0], *place)
    assert (got.exit_code, "is not as it was written" in got.output) == (2, True)
    (changed / "manifest.json").unlink()
    assert "is no case that can be read" in run("standing", "examine", desk.tokens[0], *place).output


def test_a_reason_with_a_number_is_refused(desk):
    got = run("standing", "verify", desk.tokens[0], "--basis", "owner", "--basis", "witness", "--project", desk.folder,
              "--reason", "called 0155 501 00")  # fmt: skip
    assert (got.exit_code, "may be a telephone number" in got.output) == (2, True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["enrich", "--service", "any"], "no service is asked about a number"),
        (["hlr"], "no service is asked about a number"),
        (["who", "TOKEN"], "numbers are not turned into persons"),
        (["similar", "+1555*"], "no search for similar numbers"),
        (["search", "0100"], "no search for similar numbers"),
        (["locate"], "no movements"),
        (["score"], "persons are not scored"),
        (["export"], "numbers never leave"),
        (["serve"], "nobody may ask at will"),
    ],
)
def test_what_is_refused_says_why(asked, said):
    got = run(*asked)
    assert got.exit_code == 2
    assert said in got.output
    assert f"\n  {asked[0]} " not in run("--help").output
