"""`verify --evidence`: records and findings derived again, and every way in which a case may say something else."""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bridle.case import manifest
from bridle.case.digest import content_sha256
from bridle.cli import bridle
from bridle.engine.options import UsageError
from bridle.engine.verify import Against, evidence_differences

DATA_USAGE = "private/var/wireless/Library/Databases/DataUsage.sqlite"
SMS = "private/var/mobile/Library/SMS/sms.db"
TABLE = "records/ios.data_usage.process.parquet"
INTACT = (
    "Intact: every file is as the manifest says, and what the evidence gives.\n"
    "Not sealed: whoever could write here could have changed files and manifest alike; `bridle seal` seals.\n"
)


def database(path, *statements):
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    for s in statements:
        db.execute(s)
    db.commit()
    db.close()


@pytest.fixture
def phone(tmp_path):
    root = tmp_path / "phone"
    database(
        root / DATA_USAGE,
        "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL, "
        "ZTIMESTAMP REAL)",
        "CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)",
        "INSERT INTO ZPROCESS VALUES (1, 'exampled', NULL, 600000000, 600000000)",
        "INSERT INTO ZPROCESS VALUES (2, 'apsd', NULL, 600000000, 600000000)",
    )
    database(
        root / SMS,
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid, text, date INTEGER, is_from_me, handle_id)",
        "INSERT INTO message VALUES (1, 'g', 'Your parcel: https://lure.example.org/x', 600000000000000000, 0, 1)",
    )
    (tmp_path / "feed.csv").write_text("type,value\ndomain,lure.example.org\nprocess-name,exampled\n")
    return root


@pytest.fixture
def examined(phone, tmp_path, monkeypatch):
    """The case of the phone, in plain text so that it can be forged."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    check(tmp_path, phone, tmp_path / "case", "--plaintext-case")
    return tmp_path / "case"


def run(*arguments):
    return CliRunner().invoke(bridle, list(map(str, arguments)))


def check(tmp_path, phone, case, *more):
    done = run("check", phone, "-o", case, "-i", tmp_path / "feed.csv", "--jobs", 1, *more)
    assert done.exit_code in (0, 1), done.output


def differences(case, phone, **asked):
    feed = str(case.parent / "feed.csv")
    return list(evidence_differences(Against(**{"case": case, "sources": (phone,), "indicators": (feed,), **asked})))


def forge(case, **files):
    """Write the manifest anew, as somebody would who covers what was changed; `files` are other content digests."""
    digests = manifest.contents(case) | {n.replace("__", "/"): d for n, d in files.items()}
    (case / manifest.NAME).write_bytes(manifest.build(case, digests))
    for chain in manifest.CHAINS:
        (case / chain).unlink(missing_ok=True)
    assert manifest.verify_manifest(case) == []


def renamed(case, old, new):
    """The table with another name of a process, in place; its content digest."""
    table = pq.read_table(case / TABLE)
    at = table.schema.get_field_index("name")
    names = [new if n == old else n for n in table["name"].to_pylist()]
    table = table.set_column(at, table.schema.field(at), pa.array(names))
    (case / TABLE).unlink()
    pq.write_table(table, case / TABLE)
    return content_sha256(table)


@pytest.mark.parametrize("more", [(), ("--plaintext-case",), ("--only", "ios.sms"), ("--hash-all",)])
def test_a_case_is_what_its_evidence_gives(phone, tmp_path, monkeypatch, more):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    check(tmp_path, phone, tmp_path / "case", *more)
    shutil.copytree(phone, tmp_path / "copy")
    done = run("verify", tmp_path / "case", "--evidence", tmp_path / "copy", "-i", tmp_path / "feed.csv")
    assert (done.exit_code, done.output) == (0, INTACT)
    assert not list(tmp_path.glob("bridle-verify-*"))


def test_another_value_in_a_row(examined, phone):
    digest = renamed(examined, "exampled", "harmlessd")
    forge(examined, **{TABLE.replace("/", "__"): digest})
    found = differences(examined, phone)
    assert found[0] == (
        "ios.data_usage.process S1 /private/var/wireless/Library/Databases/DataUsage.sqlite ZPROCESS:1: "
        "name is 'harmlessd' in the case, 'exampled' in the evidence"
    )
    assert len(found) == 1


def test_another_value_under_the_true_digest(examined, phone):
    renamed(examined, "exampled", "harmlessd")
    forge(examined)
    found = differences(examined, phone)
    assert found[0] == "ios.data_usage.process: its rows have another digest than the manifest gives"
    assert found[1].startswith("ios.data_usage.process S1 /private/var/wireless/")


def test_a_finding_left_out_and_one_made_worse(examined, phone):
    told = [json.loads(line) for line in (examined / "findings.jsonl").read_text().splitlines()]
    domain = next(f for f in told if f["rule"] == "indicator-domain")
    process = next(f for f in told if f["rule"] == "indicator-process-name")
    other = [process | {"level": "low"} if f is process else f for f in told if f is not domain]
    (examined / "findings.jsonl").write_text("".join(json.dumps(f) + "\n" for f in other))
    forge(examined)
    assert differences(examined, phone) == [
        f"finding {domain['id'][:12]} (indicator-domain): the evidence gives this finding, the case lacks it",
        f"finding {process['id'][:12]} (indicator-process-name): differs in level",
    ]


def test_a_table_left_out_and_coverage_and_report_polished(examined, phone):
    (examined / TABLE).unlink()
    covered = json.loads((examined / "coverage.json").read_text())
    covered["artifacts"]["ios.sms"]["gaps"] = 5
    (examined / "coverage.json").write_text(json.dumps(covered))
    (examined / "report.html").write_text("<p>Nothing was found.</p>")
    forge(examined)
    assert differences(examined, phone) == [
        "ios.data_usage.process: the evidence gives this table, the case lacks it",
        "coverage of ios.sms: gaps is 5 in the case, 1 in the evidence",
        "report.html: does not say what the evidence gives",
    ]


def test_other_evidence(examined, phone):
    before = hashlib.sha256((phone / SMS).read_bytes()).hexdigest()
    status = (phone / SMS).stat()
    db = sqlite3.connect(phone / SMS)
    db.execute("UPDATE message SET text = 'Your parcel: https://lore.example.org/x'")
    db.commit()
    db.close()
    os.utime(phone / SMS, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.utime((phone / SMS).parent, ns=(status.st_atime_ns, (phone / SMS).parent.stat().st_mtime_ns))
    sha256 = hashlib.sha256((phone / SMS).read_bytes()).hexdigest()
    done = run("verify", examined, "--evidence", phone, "-i", examined.parent / "feed.csv", "--json")
    told = json.loads(done.output)["differences"]
    assert done.exit_code == 1
    digests = f"sha256 is {before!r:.60} in the case, {sha256!r:.60} in the evidence"
    assert f"ledger S1 /{SMS} {SMS} ios.sms: {digests}" in told
    assert any(line.startswith(f"ios.sms.message S1 /{SMS} message:1: _sha256 is ") for line in told)
    assert any(line.endswith("(indicator-domain): the evidence does not give this finding") for line in told)


def test_a_copy_that_lost_its_times(examined, phone):
    for path in (phone, *phone.rglob("*")):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    found = differences(examined, phone)
    assert found[0].startswith(
        "ledger: only times of change differ, and what follows from them: the evidence is a copy"
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"indicators": ()}, r"the feed feed\.csv \(SHA-256 [0-9a-f]{16}…\); name it with -i"),
        ({"sources": ()}, "made of 1 sources, 0 are given; give --evidence for each, in this order: phone"),
        ({"sources": (Path("nowhere"),)}, "the evidence nowhere does not exist"),
    ],
)
def test_what_is_not_as_it_was_is_refused(examined, phone, asked, sentence):
    with pytest.raises(UsageError, match=sentence):
        differences(examined, phone, **asked)


def test_one_feed_more_is_refused(examined, phone, tmp_path):
    (tmp_path / "more.csv").write_text("type,value\ndomain,other.example.org\n")
    feeds = (str(tmp_path / "feed.csv"), str(tmp_path / "more.csv"))
    with pytest.raises(
        UsageError, match=r"not examined with the feed more\.csv; name with -i only those .*: feed\.csv"
    ):
        differences(examined, phone, indicators=feeds)
    done = run("verify", examined, "--evidence", phone, "-i", tmp_path / "more.csv")
    assert (done.exit_code, "name it with -i" in done.output) == (2, True)


def test_by_other_rules_the_rows_of_findings_are_compared(examined, phone):
    about = (examined / "case.toml").read_text()
    line = about[about.index("[rules]") :].split("\n")[1]
    (examined / "case.toml").write_text(about.replace(line, f'digest = "{"0" * 64}"'))
    heard, feed = Heard(), str(examined.parent / "feed.csv")
    forge(examined)
    assert list(evidence_differences(Against(case=examined, sources=(phone,), indicators=(feed,)), heard)) == []
    assert "of findings, only the rows they cite are compared" in heard.told[0]
    told = (examined / "findings.jsonl").read_text()
    (examined / "findings.jsonl").write_text(told.replace('"locator": "ZPROCESS:1"', '"locator": "ZPROCESS:9"'))
    forge(examined)
    found = differences(examined, phone)
    assert any(line.endswith(f"ios.data_usage.process /{DATA_USAGE} ZPROCESS:9: no such record") for line in found)


class Heard:
    """What was said meanwhile."""

    def __init__(self):
        self.told = []

    def stage(self, title): ...
    def advance(self, files, wanted, rows): ...

    def warn(self, sentence):
        self.told.append(sentence)
