"""Blind peer review, from the case to the outcome."""

import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
import tomllib

import pyrage
import pytest
from opened_pack import unpacked

from bridle.case.manifest import verify_manifest
from bridle.case.reader import open_case
from bridle.phantom import device, feed

PASSWORD = "review of a backup"


@pytest.fixture
def shared(desk, phone, tmp_path):
    """The case of the phone, which may be shared with the reviewer."""
    consent = tmp_path / "consent.toml"
    consent.write_text(consent.read_text().replace("RECIPIENT", desk.recipient))
    return desk.check(phone, "case", "--consent", consent)


@pytest.mark.parametrize("kind", ["ios-backup", "ios-file-system", "bugreport"])
def test_a_bundle_of_a_synthetic_device_run_blind_gives_what_was_committed_to(desk, tmp_path, kind):
    feed.write(tmp_path / "feed.csv", 5)
    encrypted = kind == "ios-backup"
    device.write(kind, "infected", encrypted, PASSWORD if encrypted else None, 5, tmp_path / "phone", iterations=100)
    (tmp_path / "password").write_text(PASSWORD)
    more = ("--password-file", tmp_path / "password") if encrypted else ()
    case = desk.check(tmp_path / "phone", "case", *more)
    done = desk.pack(case, tmp_path / "phone", "pack.age", "--json", *more)
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["findings"] > 8
    whys = {f["path"]: f["why"] for f in told["files"]}
    assert {why for why in whys.values() if why.startswith(("read by", "asked for"))} == (
        {"read by the rule android-many-powers-no-icon"} if kind == "bugreport" else set()
    )
    assert desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer").exit_code == 0
    done = desk.reviewer(
        "review", "open", tmp_path / "pack.age", tmp_path / "pack.age.expected.age", tmp_path / "answer", "--json"
    )
    opened = json.loads(done.output)
    assert (done.exit_code, opened["same"], opened["problems"]) == (0, True, [])
    assert {f["outcome"] for f in opened["findings"]} == {"reproduced"}
    assert len(opened["findings"]) == told["findings"]
    committed = {field for f in opened["findings"] for field in f["not_committed"]}
    assert committed <= {"tested", "corroborated_by", "message", "confidence", "forgeable_by", "superseded_by"}


def test_only_what_is_cited_is_packed(desk, phone, shared, tmp_path):
    done = desk.pack(shared, phone, "pack.age", "--json")
    told = json.loads(done.output)
    size, sha256 = (phone / SMS).stat().st_size, hashlib.sha256((phone / SMS).read_bytes()).hexdigest()
    assert told["files"] == [
        {"case": str(shared), "source": "S1", "path": f"/{SMS}", "size": size, "why": "cited as evidence"},
        {"case": str(shared), "source": "S1", "path": f"/{SMS}-journal", "size": 0,
         "why": "belongs to a file of the pack"},
    ]  # fmt: skip
    assert told["feeds"] == [{"name": "feed.csv", "packed": True}]
    files = unpacked(tmp_path / "pack.age", tmp_path / "reviewer")
    assert sorted(files) == [
        "README.txt", f"cases/1/S1/files/{SMS}", f"cases/1/S1/files/{SMS}-journal", "commitment.json",
        "feeds/1/feed.csv", "pack.json",
    ]  # fmt: skip
    assert hashlib.sha256(files[f"cases/1/S1/files/{SMS}"]).hexdigest() == sha256


def test_a_pack_is_made_under_the_bounds_of_its_case(desk, phone, shared, tmp_path):
    consent = tmp_path / "consent.toml"
    archive = tmp_path / "phone.tar"
    with tarfile.open(archive, "w") as tar:
        for name in (SMS, f"{SMS}-journal"):
            tar.add(phone / name, name)
    for members, packed in ((1, [f"/{SMS}"]), (2, [f"/{SMS}", f"/{SMS}-journal"])):
        case = tmp_path / f"case{members}"
        more = ("-i", tmp_path / "feed.csv", "--consent", consent, "--limit", f"members={members}")
        done = desk.lab("check", archive, "-o", case, *more)
        assert done.exit_code == (4 if members == 1 else 1), done.output
        told = json.loads(desk.pack(case, archive, f"pack{members}.age", "--json").output)
        assert [f["path"] for f in told["files"]] == packed


def test_the_pack_is_blind_and_says_nothing_of_whose_it_is(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    files = unpacked(tmp_path / "pack.age", tmp_path / "reviewer")
    about = files["pack.json"].decode()
    for word in ("indicator-domain", 'medium":', "lure", "P1", "W1", "signed paper", str(tmp_path), "phone"):
        assert word not in about.replace('"least":"medium"', "")
    assert set(json.loads(files["commitment.json"])) == {"scheme", "sha256"}
    assert json.loads(about)["cases"][0]["consent"] == {
        "date": "2026-01-05", "language": "en", "retention_until": "2999-12-31", "re_scan_until": "2998-12-31",
    }  # fmt: skip


def test_nothing_is_in_clear_and_nothing_is_left(desk, phone, shared, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    desk.pack(shared, phone)
    for name in ("pack.age", "pack.age.expected.age"):
        stored = (tmp_path / name).read_bytes()
        assert stored.startswith(b"age-encryption.org/v1\n")
        assert b"canary" not in stored
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not list(tmp_path.glob(".*.building"))


def test_the_reviewers_case_may_be_looked_at_and_no_more(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    done = desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer", "--json")
    (answer,) = json.loads(done.output)
    manifest = hashlib.sha256((tmp_path / "answer" / "manifest.json").read_bytes()).hexdigest()
    assert (answer["answer"], answer["findings"]) == (manifest, 1)
    about = tomllib.loads((tmp_path / "answer" / "case.toml").read_text())
    assert about["sources"] == [
        {"id": "S1", "label": "S1 of file-system", "kind": "review-pack", "platform": "ios", "digest": answer["pack"],
         "encrypted": False, "synthetic": False}
    ]  # fmt: skip
    consent = about["consent"]
    assert (consent["share_with"], consent["publish"], consent["statistics"]) == ([], False, False)
    assert (consent["retention_until"], consent["re_scan_until"]) == ("2999-12-31", "2998-12-31")
    assert json.loads((tmp_path / "answer" / "custody.jsonl").read_text().splitlines()[-1])["answer"] == manifest
    monkey = pytest.MonkeyPatch()
    monkey.setenv("BRIDLE_CONFIG", str(tmp_path / "reviewer"))
    rows = open_case(tmp_path / "answer").sql('SELECT _path, locator, text FROM "ios.sms.message" ORDER BY locator')[1]
    monkey.undo()
    assert rows == [
        [f"/{SMS}", "message:1", "Your parcel: https://lure.example.org/x"],
        [f"/{SMS}", "message:2", "a canary that only a message says"],
    ]


def test_it_is_entered_for_whom_a_pack_was_made(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    entries = [json.loads(line) for line in (shared / "custody.jsonl").read_text().splitlines()][1:]
    assert [(e["event"], e["recipient"], e["output_sha256"]) for e in entries] == [
        ("review pack", desk.recipient, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
        for name in ("pack.age", "pack.age.expected.age")
    ]
    assert verify_manifest(shared) == []


def test_rows_for_other_tools(desk, phone, shared, tmp_path):
    desk.pack(shared, phone, "pack.age", "--rows")
    files = unpacked(tmp_path / "pack.age", tmp_path / "reviewer")
    rows = [json.loads(line) for line in files["cases/1/rows/ios.sms.message.jsonl"].splitlines()]
    assert [(r["_path"], r["locator"], r["text"], r["time"]) for r in rows] == [
        (f"/{SMS}", "message:1", "Your parcel: https://lure.example.org/x", "2020-01-06T10:40:00Z"),
        (f"/{SMS}", "message:2", "a canary that only a message says", "2020-01-06T10:40:00Z"),
    ]
    (tmp_path / "sms.db").write_bytes(files[f"cases/1/S1/files/{SMS}"])
    with sqlite3.connect(tmp_path / "sms.db") as db:
        assert db.execute("SELECT text FROM message ORDER BY ROWID").fetchone() == (rows[0]["text"],)


def opened(desk, tmp_path, expected="pack.age.expected.age"):
    done = desk.reviewer(
        "review", "open", tmp_path / "pack.age", tmp_path / expected, tmp_path / "answer", "--json"
    )  # fmt: skip
    return done.exit_code, json.loads(done.output)


@pytest.fixture
def answered(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    done = desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer")
    assert done.exit_code == 0, done.output


def test_expected_findings_that_were_changed(desk, tmp_path, answered):
    identity = pyrage.x25519.Identity.from_str(
        (tmp_path / "reviewer" / "identity.txt").read_text().strip().splitlines()[-1]
    )
    stored = json.loads(pyrage.decrypt((tmp_path / "pack.age.expected.age").read_bytes(), [identity]))
    stored["cases"][0][0]["level"] = "low"
    changed = pyrage.encrypt(json.dumps(stored).encode(), [identity.to_public()])
    (tmp_path / "changed.age").write_bytes(changed)
    code, told = opened(desk, tmp_path, "changed.age")
    assert code == 1
    (problem,) = told["problems"]
    assert problem == (
        "the expected findings are not those that the pack commits to: they were changed after it was made, or belong"
        " to another pack"
    )
    assert (told["findings"][0]["outcome"], told["findings"][0]["fields"]) == ("differs", ["level"])


def test_the_expected_findings_of_another_pack(desk, phone, shared, tmp_path, answered):
    desk.pack(shared, phone, "other.age")
    code, told = opened(desk, tmp_path, "other.age.expected.age")
    assert (code, len(told["problems"])) == (1, 1)


def test_a_case_of_something_else(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    os.rename(shared, tmp_path / "answer")
    code, told = opened(desk, tmp_path)
    assert (code, told["problems"]) == (
        1,
        [f"{tmp_path / 'answer'} was not made from this pack; `bridle review run PACK -o CASE` makes one"],
    )


def test_a_case_that_was_changed_and_one_that_found_other_things(desk, tmp_path, answered):
    file = tmp_path / "answer" / "findings.jsonl"
    found = json.loads(file.read_text())
    other = found | {"id": "0" * 64, "rule": "another-rule"}
    file.write_text(json.dumps(other) + "\n")
    code, told = opened(desk, tmp_path)
    assert code == 1
    assert told["problems"] == [f"{tmp_path / 'answer'}: findings.jsonl: changed (size)"]
    assert [(f["rule"], f["outcome"]) for f in told["findings"]] == [
        ("indicator-domain", "not found"), ("another-rule", "not expected"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("share_with", "sentence"), [('["Other Lab"]', "share_with names others"), ("[]", "share_with is empty")]
)
def test_what_the_consent_does_not_cover(desk, phone, tmp_path, share_with, sentence):
    consent = tmp_path / "consent.toml"
    consent.write_text(consent.read_text().replace('["Example Lab", "RECIPIENT"]', share_with))
    done = desk.pack(desk.check(phone, "case", "--consent", consent), phone)
    assert (done.exit_code, sentence in done.output) == (2, True), done.output
    assert not (tmp_path / "pack.age").exists()


def test_the_organisation_that_the_consent_names(desk, phone, tmp_path):
    consent = tmp_path / "consent.toml"
    consent.write_text(consent.read_text().replace(', "RECIPIENT"', ""))
    case = desk.check(phone, "case", "--consent", consent)
    assert desk.pack(case, phone).exit_code == 2
    desk.recipient = f"Example Lab <{desk.recipient}>"
    assert desk.pack(case, phone).exit_code == 0
    assert desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer").exit_code == 0


def test_without_consent(desk, phone, tmp_path):
    done = desk.pack(desk.check(phone, "case"), phone)
    assert (done.exit_code, "no consent record" in done.output) == (2, True), done.output


def test_other_evidence(desk, phone, shared, tmp_path):
    with sqlite3.connect(phone / SMS) as db:
        db.execute("UPDATE message SET text = 'x' WHERE ROWID = 2")
    done = desk.pack(shared, phone)
    assert done.exit_code == 3
    assert f"is not what the case examined as S1: /{SMS} is missing or has another SHA-256" in done.output
    assert not (tmp_path / "pack.age").exists()


def test_nothing_to_review_no_evidence_no_feed_and_no_key(desk, phone, shared, tmp_path):
    done = desk.lab("review", "pack", shared, "--for", desk.recipient, "-o", tmp_path / "p")
    assert (done.exit_code, f"--evidence {shared}=SOURCE, in this order: S1 (phone)" in done.output) == (2, True)
    done = desk.lab("review", "pack", shared, "--evidence", phone, "--for", desk.recipient, "-o", tmp_path / "p")
    assert (done.exit_code, "examined with the feed feed.csv (SHA-256 " in done.output) == (2, True)
    done = desk.lab("review", "pack", shared, "--evidence", phone, "--for", "age1x", "-o", tmp_path / "p")
    assert (done.exit_code, "expected the reviewer's age recipient (age1…), got 'age1x'" in done.output) == (2, True)
    consent = tmp_path / "consent.toml"
    feed_file = tmp_path / "none.csv"
    feed_file.write_text("type,value\ndomain,nowhere.example.org\n")
    case = tmp_path / "quiet"
    desk.lab("check", phone, "-o", case, "-i", feed_file, "--consent", consent)
    done = desk.lab("review", "pack", case, "--evidence", phone, "--for", desk.recipient, "-o", tmp_path / "p")
    assert (done.exit_code, "has no finding of level medium or above" in done.output) == (2, True)


def test_a_pack_for_somebody_else(desk, phone, shared, tmp_path):
    desk.pack(shared, phone)
    done = desk.lab("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer")
    assert (done.exit_code, "does not open this file" in done.output) == (3, True)
    done = desk.reviewer("review", "run", phone / SMS, "-o", tmp_path / "answer")
    assert (done.exit_code, "is no review pack" in done.output) == (3, True)
    assert not (tmp_path / "answer").exists()


def test_only_told_and_never_over_another_file(desk, phone, shared, tmp_path):
    done = desk.pack(shared, phone, "pack.age", "--dry-run")
    assert (done.exit_code, f"/{SMS}  (cited as evidence)" in done.output) == (0, True)
    assert not (tmp_path / "pack.age").exists()
    (tmp_path / "pack.age").write_text("mine")
    done = desk.pack(shared, phone)
    assert (done.exit_code, (tmp_path / "pack.age").read_text()) == (2, "mine")


def test_two_cases_in_one_pack(desk, phone, shared, tmp_path):
    with sqlite3.connect(phone / SMS) as db:
        db.execute("INSERT INTO message VALUES (3, 'i', 'https://lure.example.org/y', 600000000000000000, 0, 1)")
    second = desk.check(phone, "second", "--consent", tmp_path / "consent.toml")
    (tmp_path / "first-phone").mkdir()
    done = desk.lab(
        "review", "pack", shared, second, "--evidence", f"{second}={phone}", "--for", desk.recipient,
        "-i", tmp_path / "feed.csv", "-o", tmp_path / "pack.age",
    )  # fmt: skip
    assert (done.exit_code, f"--evidence {shared}=SOURCE" in done.output) == (2, True)
    first = desk.check(phone, "first", "--consent", tmp_path / "consent.toml", "--label", "one")
    done = desk.lab(
        "review", "pack", first, second, "--evidence", f"first={phone}", "--evidence", f"{second}={phone}",
        "--for", desk.recipient, "-i", tmp_path / "feed.csv", "-o", tmp_path / "pack.age",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer").exit_code == 0
    assert sorted(p.name for p in (tmp_path / "answer").iterdir()) == ["1", "2"]
    code, told = opened(desk, tmp_path)
    assert (code, [f["outcome"] for f in told["findings"]]) == (0, ["reproduced", "reproduced"])


SMS = "private/var/mobile/Library/SMS/sms.db"


def test_a_feed_may_be_called_anything(desk, phone, tmp_path):
    """Archives spell control characters of names differently; the member is called plainly, the feed as it is."""
    consent = tmp_path / "consent.toml"
    consent.write_text(consent.read_text().replace("RECIPIENT", desk.recipient))
    feed = tmp_path / "\x9b31m\u202e feed.csv"
    (tmp_path / "feed.csv").rename(feed)
    asked = ("--consent", consent, "--jobs", 1)
    assert desk.lab("check", phone, "-o", tmp_path / "case", "-i", feed, *asked).exit_code == 1
    to = ("--for", desk.recipient, "-o", tmp_path / "pack.age", "--json")
    done = desk.lab("review", "pack", tmp_path / "case", "--evidence", phone, "-i", feed, *to)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["feeds"] == [{"name": feed.name, "packed": True}]
    done = desk.reviewer("review", "run", tmp_path / "pack.age", "-o", tmp_path / "answer")
    assert done.exit_code == 0, done.output
