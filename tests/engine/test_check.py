"""`check` from the outside: what is examined, what is told, and how it ends."""

import gzip
import hashlib
import io
import json
import plistlib
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from corpus import BENCH, CORPUS, INDICATORS, needs_bench, needs_corpus, needs_indicators

BACKUP = CORPUS / "ios" / "mvt" / "tests" / "artifacts" / "ios_backup"


def run(*arguments, **environment):
    return CliRunner(env=environment).invoke(bridle, ["check", *map(str, arguments), "--jobs", "2"])


def findings(case):
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


def rows(case, query):
    return open_case(case).sql(query)[1]


def file_system(root, files):
    for name, data in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def database(*statements):
    db = sqlite3.connect(":memory:")
    for s in statements:
        db.execute(s)
    db.commit()
    return db.serialize()


DATA_USAGE = database(
    "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL, ZTIMESTAMP REAL)",
    "CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)",
    "INSERT INTO ZPROCESS VALUES (1, 'apsd', NULL, 600000000, 600000000)",
)
PLACE = "/private/var/wireless/Library/Databases/DataUsage.sqlite"


def tree(folder):
    return {
        str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in folder.rglob("*")
        if p.is_file()
    }


@needs_corpus
@needs_indicators
def test_a_real_backup(tmp_path):
    before = tree(BACKUP)
    case = tmp_path / "case"
    done = run(BACKUP, "-o", case, "-i", INDICATORS / "stix2")
    assert done.exit_code == 0, done.output
    assert tree(BACKUP) == before
    assert rows(case, 'SELECT count(*) FROM "ios.manifest.file"') == [[3721]]
    listed = "path NOT LIKE '/backup/%' AND NOT coalesce(starts_with(reason, 'Manifest.db does not list it'), false)"
    assert rows(case, f"SELECT count(*) FROM ledger WHERE {listed}") == [[3721]]
    assert rows(case, 'SELECT count(*) FROM "ios.whatsapp_lid.pair"') == [[1]]
    assert rows(case, 'SELECT count(*) FROM "ios.data_usage.process"') == [[40]]
    assert rows(case, 'SELECT count(*) FROM "ios.data_usage.usage"') == [[10]]
    assert [f for f in findings(case) if f["level"] in ("high", "critical")] == []
    coverage = json.loads((case / "coverage.json").read_text())["artifacts"]
    from bridle import artifacts

    assert sorted(coverage) == sorted(n for n in artifacts.paths() if n.startswith("ios."))
    absent = coverage["ios.safari_history"]
    assert (absent["status"], absent["files"][0]["status"]) == ("not examined", "absent")


@needs_bench
@needs_indicators
def test_an_encrypted_backup_gives_what_its_plain_twin_gives(tmp_path):
    plain, secret = tmp_path / "plain", tmp_path / "secret"
    for command in (
        ["gen_backup.py", plain, "--scale", "0.005"],
        ["gen_encrypted.py", plain, secret, "--dpic", "1000"],
    ):
        subprocess.run([sys.executable, BENCH / command[0], *command[1:]], check=True, capture_output=True)
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(plain, "-o", one, "-i", INDICATORS / "stix2").exit_code == 1
    assert run(secret, "-o", two, "-i", INDICATORS / "stix2", BRIDLE_BACKUP_PASSWORD="mvt").exit_code == 1
    assert [f["id"] for f in findings(one)] == [f["id"] for f in findings(two)] != []
    digests = [
        {n: f.get("content_sha256") for n, f in json.loads((c / "manifest.json").read_text())["files"].items()}
        for c in (one, two)
    ]
    differ = {n for n in digests[0] if digests[0][n] != digests[1][n]}
    # what holds the hash or the row count of a file that differs between the twins: Manifest.db and Manifest.plist,
    # which has its two keys more, and the sources themselves
    assert differ <= {
        "case.toml",
        "ledger.parquet",
        "observables.parquet",
        "match_keys.parquet",
        "device.parquet",
        "report.html",
        "summary.json",
        "coverage.json",
        "records/ios.manifest.file.parquet",
        "records/ios.backup_info.fact.parquet",
    }
    uncited = rows(two, 'SELECT text FROM "ios.sms.message" WHERE length(text) > 12')
    cited = json.dumps(findings(two))
    canaries = [t.encode() for (t,) in uncited if t not in cited][:200]
    assert len(canaries) == 200
    stored = b"".join(p.read_bytes() for p in two.rglob("*") if p.is_file())
    assert [c for c in canaries if c in stored] == []


def test_the_same_evidence_gives_the_same_bytes(tmp_path):
    phone = file_system(tmp_path / "phone", {PLACE: DATA_USAGE})
    for name in ("one", "two"):
        assert run(phone, "-o", tmp_path / name, "--plaintext-case").exit_code == 0
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert {n: v[2] for n, v in one.items() if n != "custody.jsonl"} == {
        n: v[2] for n, v in two.items() if n != "custody.jsonl"
    }


@needs_indicators
def test_every_published_path_in_a_file_system_is_credited_and_near_misses_are_not(tmp_path):
    from bridle.indicators import load
    from bridle.indicators.normalise import resolved

    paths = sorted(
        {
            i.value
            for i in load([INDICATORS / "stix2"]).indicators
            if i.kind == "file-path" and i.value.startswith("/private/")
        }
    )
    empty = b'<plist version="1.0"><dict/></plist>'
    files = {p + "inside" if p.endswith("/") else p: empty if p.endswith(".plist") else b"x" for p in paths}
    near = {p.rstrip("/") + "FOO": b"x" for p in paths} | {"/private/var/tmp/xylophone": b"x"}
    phone = file_system(tmp_path / "phone", {**near, **files, PLACE: DATA_USAGE})
    assert run(phone, "-o", tmp_path / "case", "-i", INDICATORS / "stix2").exit_code == 1
    found = [f for f in findings(tmp_path / "case") if f["rule"] == "indicator-file-path"]
    assert {resolved(f["indicator"]["value"]) for f in found} >= set(paths)
    cited = {e["path"] for f in found for e in f["evidence"]}
    assert cited & near.keys() == set()


def half(data):
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (DATA_USAGE, 0, "parsed"),
        (b"", 3, "damaged"),
        (b"not a database, fifty bytes of something else.....", 3, "damaged"),
    ],
)
def test_a_bad_database_costs_itself_and_is_told(tmp_path, data, code, status):
    good = "/private/var/db/diagnostics/shutdown.log"
    log = b"After 1.26s, these clients are still here:\n\t\tremaining client pid: 66 (/usr/libexec/x)\n"
    phone = file_system(tmp_path / "phone", {PLACE: data, good: log})
    case = tmp_path / "case"
    done = run(phone, "-o", case, "--json")
    assert done.exit_code == code, done.output
    assert rows(case, "SELECT status FROM ledger WHERE artifact = 'ios.data_usage'") == [[status]]
    assert rows(case, 'SELECT count(*) FROM "ios.shutdown_log.client"') == [[1]]
    assert "Traceback" not in done.output


def test_half_a_database_is_read_as_far_as_it_goes(tmp_path):
    statements = [f"INSERT INTO ZPROCESS VALUES ({n}, '{'p' * 300}{n}', NULL, 6e8, 6e8)" for n in range(2, 400)]
    db = sqlite3.connect(":memory:")
    db.deserialize(DATA_USAGE)
    for s in statements:
        db.execute(s)
    db.commit()
    phone = file_system(tmp_path / "phone", {PLACE: half(db.serialize())})
    run(phone, "-o", tmp_path / "case")
    ((kept, gaps),) = rows(
        tmp_path / "case", "SELECT sum(rows), sum(gaps) FROM ledger WHERE artifact = 'ios.data_usage'"
    )
    assert 100 < kept < 399
    assert gaps >= 1


@pytest.mark.parametrize("make", ["empty", "random", "missing", "gzip"])
def test_what_is_no_acquisition_is_said_in_one_line(tmp_path, make):
    source = tmp_path / "source"
    if make == "empty":
        source.mkdir()
    elif make == "random":
        source.write_bytes(bytes(range(256)) * 64)
    elif make == "gzip":
        source.write_bytes(gzip.compress(b"nothing"))
    done = run(source, "-o", tmp_path / "case")
    assert done.exit_code == 3, done.output
    assert len(done.output.strip().splitlines()) <= 2
    assert not (tmp_path / "case").exists()


def test_a_truncated_archive_is_examined_in_part(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in ((PLACE[1:], DATA_USAGE), ("private/var/mobile/Library/big", b"x" * 200_000)):
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    source = tmp_path / "phone.tar"
    source.write_bytes(buffer.getvalue()[:100_000])
    done = run(source, "-o", tmp_path / "case", "--json")
    assert done.exit_code == 3, done.output
    assert json.loads(done.stdout)["problems"] != []
    assert rows(tmp_path / "case", 'SELECT name FROM "ios.data_usage.process"') == [["apsd"]]


def test_a_file_cut_short_gives_what_is_left_of_it_and_says_so(tmp_path):
    line = b"\t\tremaining client pid: 66 (/usr/libexec/x)\n"
    log = b"After 1.26s, these clients are still here:\n" + line * 20_000
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        about = tarfile.TarInfo("private/var/db/diagnostics/shutdown.log")
        about.size = len(log)
        tar.addfile(about, io.BytesIO(log))
    source = tmp_path / "phone.tar"
    source.write_bytes(buffer.getvalue()[: 512 + len(log) // 2])
    assert run(source, "-o", tmp_path / "case").exit_code == 3
    ((status, kept),) = rows(tmp_path / "case", "SELECT status, rows FROM ledger WHERE artifact = 'ios.shutdown_log'")
    assert status == "damaged"
    assert kept in (9_999, 10_000)


def test_a_link_in_the_place_of_a_file_is_refused_and_told(tmp_path):
    phone = file_system(tmp_path / "phone", {"/private/var/mobile/x": b"x"})
    link = phone / PLACE[1:]
    link.parent.mkdir(parents=True)
    link.symlink_to("/etc/passwd")
    assert run(phone, "-o", tmp_path / "case").exit_code == 0
    query = "SELECT status, reason FROM ledger WHERE artifact = 'ios.data_usage'"
    ((status, reason),) = rows(tmp_path / "case", query)
    assert status == "refused"
    assert "link" in reason


def test_wrong_use_is_two(tmp_path):
    phone = file_system(tmp_path / "phone", {PLACE: DATA_USAGE})
    (tmp_path / "there").mkdir()
    assert run(phone, "-o", tmp_path / "there").exit_code == 2
    assert run(phone, "-o", tmp_path / "case", "-i", tmp_path / "none.stix2").exit_code == 2
    bad = tmp_path / "bad.stix2"
    bad.write_text("{")
    assert run(phone, "-o", tmp_path / "case", "-i", bad).exit_code == 2
    assert run(phone, "-o", tmp_path / "case", "--consent", bad).exit_code == 2
    assert run(phone, "-o", tmp_path / "case", "--encrypt-to", "age1nobody").exit_code == 2
    assert [p.name for p in tmp_path.iterdir() if "case" in p.name] == []


def test_a_log_beside_its_database_is_read_with_it(tmp_path):
    live = tmp_path / "live.sqlite"
    live.write_bytes(DATA_USAGE)
    db = sqlite3.connect(live)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("INSERT INTO ZPROCESS VALUES (2, 'bh', NULL, 6e8, 6e8)")
    db.commit()
    files = {PLACE: live.read_bytes(), PLACE + "-wal": Path(f"{live}-wal").read_bytes()}
    db.close()
    phone = file_system(tmp_path / "phone", files)
    before = tree(phone)
    run(phone, "-o", tmp_path / "case")
    assert rows(tmp_path / "case", 'SELECT name FROM "ios.data_usage.process" ORDER BY ALL') == [["apsd"], ["bh"]]
    assert tree(phone) == before


def test_consent_is_bound_to_the_case_and_sharing_needs_it(tmp_path):
    phone = file_system(tmp_path / "phone", {PLACE: DATA_USAGE})
    record = tmp_path / "consent.toml"
    text = CliRunner().invoke(bridle, ["consent"]).output
    text = text.replace('given_by = ""', 'given_by = "P-1"').replace('method = ""', 'method = "signed"')
    record.write_text(text)
    over = run(phone, "-o", tmp_path / "with", "--consent", record)
    assert (over.exit_code, (tmp_path / "with").exists()) == (2, False)
    assert "lets the case be kept until 2000-12-31 only (retention_until); ask the person" in over.output
    record.write_text(text.replace("2000-12-31", "2999-12-31").replace("share_with = []", 'share_with = ["Lab"]'))
    run(phone, "-o", tmp_path / "with", "--consent", record)
    run(phone, "-o", tmp_path / "without")
    shared = [
        CliRunner().invoke(bridle, ["report", str(tmp_path / c), "--format", "stix"]).exit_code
        for c in ("with", "without")
    ]
    assert shared == [0, 2]
    assert open_case(tmp_path / "with").meta["consent"]["given_by"] == "P-1"


def test_verify_names_what_was_changed(tmp_path):
    phone = file_system(tmp_path / "phone", {PLACE: DATA_USAGE})
    case = tmp_path / "case"
    run(phone, "-o", case)
    assert CliRunner().invoke(bridle, ["verify", str(case)]).exit_code == 0
    (case / "report.html").write_text("other")
    (case / "new.txt").write_text("x")
    said = CliRunner().invoke(bridle, ["verify", str(case)])
    assert said.exit_code == 1
    assert "report.html" in said.output
    assert "new.txt" in said.output


def test_plist_bombs_and_broken_plists_cost_themselves(tmp_path):
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        b"<plist><dict><key>x</key><string>&b;</string></dict></plist>"
    )
    place = "/private/var/root/Library/Caches/locationd/clients.plist"
    phone = file_system(tmp_path / "phone", {place: bomb, PLACE: DATA_USAGE})
    done = run(phone, "-o", tmp_path / "case")
    assert done.exit_code == 3
    assert rows(tmp_path / "case", "SELECT status FROM ledger WHERE artifact = 'ios.locationd_clients'") == [
        ["damaged"]
    ]


def test_one_app_without_metadata_loses_no_other(tmp_path):
    backup = tmp_path / "backup"
    backup.mkdir()
    (backup / "Manifest.db").write_bytes(
        database("CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain, relativePath, flags INTEGER, file BLOB)")
    )
    info = {
        "Product Type": "iPhone10,1",
        "Product Version": "14.3",
        "Applications": {"org.a": {}, "org.b": {"iTunesMetadata": plistlib.dumps({"itemName": "B"})}},
    }
    (backup / "Info.plist").write_bytes(plistlib.dumps(info))
    run(backup, "-o", tmp_path / "case")
    assert rows(tmp_path / "case", 'SELECT bundle_id, name FROM "ios.backup_info.application" ORDER BY ALL') == [
        ["org.a", None],
        ["org.b", "B"],
    ]
    shutil.rmtree(backup)
