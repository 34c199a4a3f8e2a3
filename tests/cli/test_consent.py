"""`bridle consent`: the record to fill in, and what a case or a record allows today."""

import json

import pytest
from click.testing import CliRunner

from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.cli import bridle
from consent_record import CONSENT

RECORD = CONSENT.format(until="2026-06-30")
GIVEN = {
    "given_by": "P1", "date": "2026-01-05", "language": "en", "method": "signed paper", "witness": "",
    "retention_until": "2026-12-31", "acquire": True, "analyse": True, "re_scan_until": "2026-06-30",
    "share_with": ["Example Lab"], "publish": False, "statistics": True,
}  # fmt: skip


@pytest.fixture
def on(monkeypatch):
    """Sets the day that consent is held against."""
    import datetime

    def day(text):
        monkeypatch.setattr("bridle.case.consent.today", lambda: datetime.date.fromisoformat(text))

    return day


def run(*arguments):
    return CliRunner().invoke(bridle, ["consent", *map(str, arguments)])


def case(path, consent, synthetic=False):
    writer = CaseWriter(path, None)
    meta = {"case": {"encrypted": False}, "consent": consent, "sources": [{"id": "S1", "synthetic": synthetic}]}
    writer.write_file("case.toml", render_case_toml(meta).encode())
    writer.commit()
    return path


def test_what_a_case_allows_and_until_when(tmp_path, on):
    path = case(tmp_path / "case", GIVEN)
    on("2026-06-30")
    shown = run(path)
    assert (shown.exit_code, shown.stdout) == (0, (
        "Given by       P1 on 2026-01-05, signed paper, explained in en\n"
        "Witness        nobody\n"
        "Kept until     2026-12-31\n"
        "Examine again  until 2026-06-30\n"
        "Share          with Example Lab\n"
        "Publish        no: its consent record does not allow publishing (publish = false); ask the person, "
        "and give the new record with `bridle recheck CASE --consent FILE.toml`\n"
        "Statistics     yes\n"
    ))  # fmt: skip
    told = json.loads(run(path, "--json").stdout)
    assert (told["consent"], told["synthetic"], told["on"], told["kept_until"], told["overdue"]) == (
        GIVEN, False, "2026-06-30", "2026-12-31", False,
    )  # fmt: skip
    assert list(told["refused"]) == ["publish"]


def test_what_is_overdue_is_told(tmp_path, on):
    path = case(tmp_path / "case", GIVEN)
    on("2027-01-01")
    shown = run(path)
    assert shown.exit_code == 1
    assert (
        shown.stdout.splitlines()[-1] == "Overdue        it was to be destroyed by 2026-12-31: `bridle withdraw CASE`"
    )
    assert list(json.loads(run(path, "--json").stdout)["refused"]) == ["re_scan", "share", "publish", "statistics"]


def test_commands_that_open_it_say_so_once(tmp_path, on):
    path = case(tmp_path / "case", GIVEN)
    on("2027-01-01")
    done = CliRunner().invoke(bridle, ["sql", str(path), "SELECT 1 AS one"])
    assert (done.exit_code, done.stdout) == (0, "one\n1\n")
    assert done.stderr.count("it was to be destroyed by 2026-12-31 (retention_until); `bridle withdraw CASE`") == 1
    on("2026-12-31")
    assert CliRunner().invoke(bridle, ["sql", str(path), "SELECT 1 AS one"]).stderr == ""


def test_without_a_record(tmp_path):
    shown = run(case(tmp_path / "case", "none recorded")).stdout.splitlines()
    assert shown[:2] == ["Consent        none recorded", "Examine again  yes"]
    assert shown[2].startswith("Share          no: this case has no consent record, so it is not shared")
    made = run(case(tmp_path / "made", "none recorded", synthetic=True)).stdout
    assert made == (
        "Consent        none recorded; all of it is synthetic, and needs none\n"
        "Examine again  yes\nShare          yes\nPublish        yes\nStatistics     yes\n"
    )


def test_a_record_is_looked_at_before_it_is_used(tmp_path, on):
    on("2026-06-30")
    (tmp_path / "consent.toml").write_text(RECORD)
    assert "Examine again  until 2026-06-30\n" in run(tmp_path / "consent.toml").stdout
    (tmp_path / "consent.toml").write_text(RECORD.replace("publish = false", "publish = 0"))
    done = run(tmp_path / "consent.toml")
    assert (done.exit_code, done.stderr) == (
        2, f"bridle: {tmp_path / 'consent.toml'}: publish: expected true or false, got 0\n"
    )  # fmt: skip


def test_the_record_in_a_language(tmp_path):
    assert 'language = "ar"           # in which' in run("--language", "ar").stdout
    assert run("--language", "a r").exit_code == 2
    assert run(tmp_path).exit_code == 2


def test_hostile_text_of_a_record_stays_on_its_line(tmp_path):
    shown = run(case(tmp_path / "case", {**GIVEN, "given_by": "a\nKept until     2999\x1b[2J", "share_with": ["b\nc"]}))
    assert shown.stdout.splitlines()[0] == (
        "Given by       a Kept until 2999\\x1b[2J on 2026-01-05, signed paper, explained in en"
    )
