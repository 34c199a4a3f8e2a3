"""`recheck` and `diff`: a case examined again from its records is what a fresh check of the evidence gives."""

import hashlib
import json
import shutil
import tomllib
from datetime import date

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.case.reader import open_case
from bridle.case.signoff import Disposition, enter, state
from bridle.cli import bridle
from bridle.engine.recheck import Again, recheck
from bridle.phantom import device
from consent_record import CONSENT
from own_feeds import values_of, write_feed

TAKEN_OVER = ("device.parquet", "ledger.parquet", "match_keys.parquet", "observables.parquet", "records/")


def run(*arguments, **environment):
    return CliRunner(env=environment).invoke(bridle, list(map(str, arguments)))


def findings(case):
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


def contents(case):
    return {n: f["content_sha256"] for n, f in json.loads((case / "manifest.json").read_text())["files"].items()}


def taken_over(case):
    return {n: d for n, d in contents(case).items() if n.startswith(TAKEN_OVER)}


@pytest.fixture(scope="module", autouse=True)
def identity(tmp_path_factory):
    """One for all cases of the module."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture(autouse=True)
def own_home(identity, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(identity))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))


@pytest.fixture(scope="module", params=["ios-backup", "ios-sysdiagnose", "bugreport"])
def phone(request, identity, tmp_path_factory):
    """A phone with a case, the feed of that, and another feed: values of the phone's own, a third of them in both."""
    folder = tmp_path_factory.mktemp(request.param)
    device.write(request.param, "infected", False, None, 7, folder / "phone", 1)
    write_feed(folder / "none.csv", [("domain", "nowhere.example.org")])
    run(
        "check",
        folder / "phone",
        "-o",
        folder / "first",
        "-i",
        folder / "none.csv",
        "--jobs",
        2,
        BRIDLE_CONFIG=str(identity),
    )
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("BRIDLE_CONFIG", str(identity))
    values = values_of(open_case(folder / "first"))
    monkeypatch.undo()
    old = write_feed(folder / "old.csv", [v for n, v in enumerate(values) if n % 3])
    new = write_feed(folder / "new.csv", [v for n, v in enumerate(values) if n % 3 != 1])
    done = run("check", folder / "phone", "-o", folder / "case", "-i", old, "--jobs", 2,
               BRIDLE_CONFIG=str(identity))  # fmt: skip
    assert done.exit_code in (0, 1), done.output
    return folder, old, new


def test_it_gives_what_a_fresh_check_gives(phone, tmp_path):
    folder, _, new = phone
    fresh, again = tmp_path / "fresh", tmp_path / "again"
    run("check", folder / "phone", "-o", fresh, "-i", new, "--jobs", 2)
    done = run("recheck", folder / "case", "-o", again, "-i", new)
    assert done.exit_code == 1, done.output
    assert verify_manifest(again) == []
    for name in ("findings.jsonl", "coverage.json", "summary.json", "report.html"):
        assert (again / name).read_bytes() == (fresh / name).read_bytes(), name
    assert taken_over(again) == taken_over(folder / "case") == taken_over(fresh)
    assert open_case(again).sql("SELECT count(*) FROM ledger") == open_case(fresh).sql("SELECT count(*) FROM ledger")


def test_with_the_same_feed_nothing_is_new_and_lineage_grows(phone, tmp_path):
    folder, old, _ = phone
    one, two = tmp_path / "one", tmp_path / "two"
    done = run("recheck", folder / "case", "-o", one, "-i", old, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["findings"]["new"], told["findings"]["gone"], told["findings"]["changed"]) == ([], [], [])
    assert told["findings"]["unchanged"] == len(findings(one)) > 0
    assert run("recheck", one, "-o", two, "-i", old).exit_code == 0
    chain = [hashlib.sha256((c / "manifest.json").read_bytes()).hexdigest() for c in (folder / "case", one)]
    assert tomllib.loads((two / "case.toml").read_text())["lineage"] == {"manifests": chain}
    assert json.loads((two / "custody.jsonl").read_text().splitlines()[0])["of"] == chain[1]
    same = run("diff", one, two)
    assert (same.exit_code, same.stdout) == (0, "No difference.\n")


def test_what_was_held_of_a_finding_is_held_of_it_again_where_nothing_changed(phone, tmp_path):
    folder, old, new = phone
    case = shutil.copytree(folder / "case", tmp_path / "case")
    required = {f["id"]: f for f in findings(case) if f["level"] in ("medium", "high", "critical")}
    given = [Disposition(finding=i, disposition="confirmed", reason="seen") for i in required]
    assert enter(case, "Ada", "analyst", given).missing == ()
    assert run("recheck", case, "-o", tmp_path / "same", "-i", old).exit_code == 0
    same = state(tmp_path / "same")
    assert (set(same.carried), same.missing, same.analyst) == (set(required), (), None)
    done = run("recheck", case, "-o", tmp_path / "other", "-i", new)
    assert (done.exit_code, done.stderr) == (1, "")
    other = state(tmp_path / "other")
    again = {f["id"]: f for f in findings(tmp_path / "other") if f["level"] in ("medium", "high", "critical")}
    unchanged = {i for i, f in again.items() if f == required.get(i)}
    assert set(other.carried) == unchanged != set(again)
    assert set(other.missing) == set(again) - unchanged
    log = [json.loads(line) for line in (case / "custody.jsonl").read_text().splitlines()]
    digests = [hashlib.sha256((tmp_path / n / "manifest.json").read_bytes()).hexdigest() for n in ("same", "other")]
    assert [(e["event"], e.get("into")) for e in log[-2:]] == [("rechecked", d) for d in digests]


def test_a_case_that_cannot_be_written_to_is_examined_again_and_that_is_said(phone, tmp_path, monkeypatch):
    folder, old, _ = phone

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bridle.case.custody.append_custody", refused)
    done = run("recheck", folder / "case", "-o", tmp_path / "same", "-i", old)
    assert done.exit_code == 0
    assert f"not entered in the custody log of {folder / 'case'}: Permission denied" in done.stderr


def test_what_a_feed_withdrew_is_told_by_both_commands(phone, tmp_path):
    folder, _, new = phone
    again = tmp_path / "again"
    told = json.loads(run("recheck", folder / "case", "-o", again, "-i", new, "--json").stdout)["findings"]
    before = {(f["indicator"]["kind"], f["indicator"]["value"]) for f in findings(folder / "case") if f["indicator"]}
    after = {(f["indicator"]["kind"], f["indicator"]["value"]) for f in findings(again) if f["indicator"]}
    assert before - after and after - before
    assert {(f["indicator"]["kind"], f["indicator"]["value"]) for f in told["gone"] if f["indicator"]} == before - after
    assert {(f["indicator"]["kind"], f["indicator"]["value"]) for f in told["new"] if f["indicator"]} == after - before
    differ = run("diff", folder / "case", again, "--json")
    found = json.loads(differ.stdout)
    assert differ.exit_code == 1
    assert found["findings"] == told
    assert found["tables"] == {"new": [], "gone": [], "changed": []}
    assert found["feeds"] == {"new": ["new.csv"], "gone": ["old.csv"], "changed": []}
    assert run("diff", again, again).exit_code == 0


@pytest.fixture(scope="module")
def consented(identity, tmp_path_factory):
    """A case whose record allows another examination until the end of 2026-06."""
    folder = tmp_path_factory.mktemp("consented")
    device.write("apk", "infected", False, None, 1, folder / "app.apk", 1)
    (folder / "consent.toml").write_text(CONSENT.format(until="2026-06-30"))
    (folder / "wider.toml").write_text(CONSENT.format(until="2998-01-01"))
    write_feed(folder / "feed.csv", [("domain", "lure.example.org")])
    done = run("check", folder / "app.apk", "-o", folder / "case", "-i", folder / "feed.csv", "--consent",
               folder / "consent.toml", "--plaintext-case")  # fmt: skip
    assert done.exit_code in (0, 1), done.output
    return folder


def asked(folder, out, **more):
    return Again(case=folder / "case", out=out, indicators=(str(folder / "feed.csv"),), **more)


def test_consent_ends_with_its_day(consented, tmp_path):
    from bridle.case.consent import ReScanRefusedError

    recheck(asked(consented, tmp_path / "one", today=date(2026, 6, 30)))
    with pytest.raises(ReScanRefusedError, match="until 2026-06-30 only"):
        recheck(asked(consented, tmp_path / "two", today=date(2026, 7, 1)))
    assert not (tmp_path / "two").exists()


def test_consent_that_ended_is_wrong_use_and_a_new_record_is_taken_over(consented, tmp_path, monkeypatch):
    case = consented / "case"
    stored = tomllib.loads((case / "case.toml").read_text())["consent"]
    assert stored["re_scan_until"] == "2026-06-30"
    monkeypatch.setattr("bridle.engine.recheck.today", lambda: date(2026, 7, 1))
    refused = run("recheck", case, "-o", tmp_path / "no", "-i", consented / "feed.csv")
    assert refused.exit_code == 2
    assert "ask the person" in refused.stderr and "--consent FILE.toml" in refused.stderr
    done = run("recheck", case, "-o", tmp_path / "yes", "-i", consented / "feed.csv", "--consent",
               consented / "wider.toml")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert tomllib.loads((tmp_path / "yes" / "case.toml").read_text())["consent"]["re_scan_until"] == "2998-01-01"


def test_a_case_that_was_changed_is_refused_unless_told(consented, tmp_path):
    case = shutil.copytree(consented / "case", tmp_path / "case")
    (case / "findings.jsonl").write_text("")
    feed = consented / "feed.csv"
    wider = ("--consent", consented / "wider.toml")
    refused = run("recheck", case, "-o", tmp_path / "no", "-i", feed, *wider)
    assert refused.exit_code == 3
    assert "findings.jsonl: changed" in refused.stderr and "--damaged" in refused.stderr
    (case / "records" / "gaps.parquet").write_bytes(b"x")
    torn = run("recheck", case, "-o", tmp_path / "torn", "-i", feed, "--damaged", *wider)
    assert (torn.exit_code, (tmp_path / "torn").exists()) == (3, False)
    shutil.copy(consented / "case" / "records" / "gaps.parquet", case / "records" / "gaps.parquet")
    (case / "match_keys.parquet").unlink()
    done = run("recheck", case, "-o", tmp_path / "yes", "-i", feed, "--damaged", *wider)
    assert done.exit_code in (0, 1), done.output
    assert taken_over(tmp_path / "yes") == taken_over(consented / "case")


def test_wrong_use(consented, tmp_path):
    feed = consented / "feed.csv"
    assert run("recheck", tmp_path, "-o", tmp_path / "x", "-i", feed).exit_code == 2
    assert run("recheck", consented / "case", "-o", consented / "case", "-i", feed).exit_code == 2
    assert run("recheck", consented / "case", "-o", tmp_path / "x", "-i", tmp_path / "none.csv").exit_code == 2
    assert run("diff", tmp_path, consented / "case").exit_code == 2
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{}")
    assert run("diff", tmp_path / "broken", consented / "case").exit_code == 3


def finding(**more):
    return {"id": "a", "rule": "r", "title": "t", "level": "low", "stage": "s", "first_seen": None, "last_seen": None,
            "count": 1, "indicator": None, **more}  # fmt: skip


def test_findings_are_paired_by_id_then_by_what_they_are_about():
    from bridle.engine.diff import findings_diff

    about = {"kind": "domain", "value": "lure.example.org", "feeds": ["f"]}
    before = [finding(), finding(id="b", indicator=about), finding(id="c", rule="q")]
    after = [finding(), finding(id="d", indicator=about, level="high"), finding(id="e", rule="p")]
    found = findings_diff(before, after)
    assert [f["id"] for f in found.new] == ["e"]
    assert [f["id"] for f in found.gone] == ["c"]
    assert [(c.was["id"], c.now["id"], c.fields, c.rose) for c in found.changed] == [("b", "d", ("id", "level"), True)]
    assert (found.unchanged, found.has_new) == (1, True)
    assert findings_diff(after, after[:2]).has_new is False
    fell = findings_diff([finding(level="high")], [finding()])
    assert (fell.changed[0].rose, fell.has_new) == (False, False)
