"""Canaries: indicators shared under a restriction, and everything readable that a case and its commands give."""

import json
import plistlib
import sqlite3
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.report.content import content_of
from bridle.report.exports import FORMS

DOMAIN, OTHER = "canary-domain.example.org", "canáry.example.com"
URL = "https://canary-url.example.net/x1y2/canary-path"
PROCESS, PATH = "canaryprocessd", "/private/var/tmp/canary-implant"
APP, MAIL = "org.example.canaryapp", "canary.account@example.org"
CONTENT = b"canary content"
CAMPAIGN = "CanaryCampaign"
BOTH, UNANSWERABLE = "canary-both.example.org", "canary-unanswerable"
PLACES = {
    "data": "private/var/wireless/Library/Databases/DataUsage.sqlite",
    "sms": "private/var/mobile/Library/SMS/sms.db",
    "history": "private/var/mobile/Library/Safari/History.db",
    "look-ups": "private/var/mobile/Library/Preferences/com.apple.identityservices.idstatuscache.plist",
}
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"


def database(*statements: str) -> bytes:
    db = sqlite3.connect(":memory:")
    for s in statements:
        db.execute(s)
    db.commit()
    return db.serialize()


def write(root: Path) -> None:
    encoded = "https://" + "".join(f"%{b:02X}" for b in DOMAIN.encode()) + "/q"
    made = {
        PLACES["data"]: database(
            "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL, "
            "ZTIMESTAMP REAL)",
            "CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)",
            f"INSERT INTO ZPROCESS VALUES (1, '{PROCESS}', NULL, 600000000, 600000000)",
            f"INSERT INTO ZPROCESS VALUES (2, 'x/{APP}', '{APP}', 600000000, 600000000)",
        ),
        PLACES["sms"]: database(
            "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid, text, date INTEGER, is_from_me, handle_id)",
            f"INSERT INTO message VALUES (1, 'g', 'Your parcel: {URL} and https://{DOMAIN.swapcase()}/y', "
            "600000000000000000, 0, 1)",
            "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id)",
            f"INSERT INTO handle VALUES (1, '{MAIL}')",
        ),
        PLACES["history"]: database(
            "CREATE TABLE history_items (id INTEGER PRIMARY KEY, url, domain_expansion, visit_count)",
            f"INSERT INTO history_items VALUES (1, 'https://{OTHER.encode('idna').decode()}/z', NULL, 1)",
            f"INSERT INTO history_items VALUES (2, '{encoded}', NULL, 1)",
            f"INSERT INTO history_items VALUES (4, 'https://{BOTH}/w', NULL, 1)",
            f"INSERT INTO history_items VALUES (3, 'https://scan.example.org/?u={quote(URL, safe='')}', NULL, 1)",
            "CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item, visit_time, title)",
            f"INSERT INTO history_visits VALUES (1, 1, 600000000, 'about {DOMAIN}')",
        ),
        PLACES["look-ups"]: plistlib.dumps({"com.apple.madrid": {f"mailto:{MAIL}": {"LookupDate": 600000000.0}}}),
        PATH[1:]: b"implant",
        "private/var/tmp/ordinary": CONTENT,
    }
    for name, data in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def feed(marking: str) -> str:
    import hashlib

    patterns = [
        f"[domain-name:value='{DOMAIN}']", f"[domain-name:value='{OTHER}']", f"[url:value='{URL}']",
        f"[process:name='{PROCESS}']", f"[file:path='{PATH}']", f"[app:id='{APP}']", f"[email-addr:value='{MAIL}']",
        f"[file:hashes.'SHA-256'='{hashlib.sha256(CONTENT).hexdigest()}']",
        f"[domain-name:value='{BOTH}'] AND [process:name='{PROCESS}']",
        f"[domain-name:value='{BOTH}'] FOLLOWEDBY [windows-registry-key:key='{UNANSWERABLE}'] WITHIN 60 SECONDS",
    ]  # fmt: skip
    time = "2021-07-18T00:00:00.000Z"
    common = {"spec_version": "2.1", "created": time, "modified": time}
    campaign = {"type": "campaign", "id": f"campaign--{uuid.uuid4()}", "name": CAMPAIGN, **common}
    objects = [campaign]
    for pattern in patterns:
        indicator = {
            "type": "indicator", "id": f"indicator--{uuid.uuid4()}", "pattern": pattern, "pattern_type": "stix",
            "valid_from": time, "object_marking_refs": [marking], **common,
        }  # fmt: skip
        related = {
            "type": "relationship", "id": f"relationship--{uuid.uuid4()}", "relationship_type": "indicates",
            "source_ref": indicator["id"], "target_ref": campaign["id"], **common,
        }  # fmt: skip
        objects += [indicator, related]
    return json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects})


def canaries() -> list[str]:
    """Every value in the spellings that somebody might search for, in small letters."""
    import hashlib

    values = [
        DOMAIN,
        OTHER,
        URL,
        PROCESS,
        PATH,
        APP,
        MAIL,
        CAMPAIGN,
        BOTH,
        UNANSWERABLE,
        hashlib.sha256(CONTENT).hexdigest(),
    ]
    spelled = [*values, *(quote(v, safe="") for v in values), OTHER.encode("idna").decode(), "canary-implant"]
    spelled += ["".join(f"%{b:02x}" for b in v.encode()) for v in values]
    spelled += [json.dumps(v)[1:-1] for v in values]
    return sorted({s.lower() for s in spelled})


def run(*arguments: object) -> str:
    done = CliRunner().invoke(bridle, list(map(str, arguments)))
    return done.output


def said(case: Path, *outputs: str) -> dict[str, str]:
    """Everything readable: the case's plain files, and what commands print."""
    plain = [p for p in sorted(case.rglob("*")) if p.is_file() and p.suffix != ".parquet" and p.name != "case.key.age"]
    texts = {str(p.relative_to(case)): p.read_text("utf-8") for p in plain}
    printed = {f"report {f}": run("report", case, "--format", f) for f in ("html", "csv", "jsonl")}
    content = content_of(open_case(case))
    printed |= {f"form {name}": form.render(content).decode("latin-1") for name, form in FORMS.items()}
    return texts | printed | {f"output {n}": o for n, o in enumerate(outputs)}


def examined(folder: Path, marking: str, *more: str) -> dict[str, str]:
    write(folder / "phone")
    (folder / "feed.json").write_text(feed(marking), "utf-8")
    arguments = ("check", folder / "phone", "-o", folder / "case", "-i", folder / "feed.json", "--jobs", "2")
    return said(folder / "case", run(*arguments, "--hash-all", *more), run("verify", folder / "case", "--findings"))


KINDS = {"domain", "url", "process-name", "file-path", "app-id", "email", "sha256"}


@pytest.mark.parametrize(("marking", "audience"), [(AMBER, "TLP:CLEAR"), (RED, "TLP:AMBER+STRICT")])
def test_nothing_readable_tells_a_restricted_indicator(tmp_path: Path, marking: str, audience: str) -> None:
    texts = examined(tmp_path, marking, "--audience", audience)
    found = [json.loads(line) for line in texts["findings.jsonl"].splitlines()]
    assert {f["rule"].removeprefix("indicator-") for f in found if f["indicator"]} == {*KINDS, "pattern"}
    assert all(f["indicator"]["value"].startswith("restricted indicator") for f in found if f["indicator"])
    assert {
        "report.html",
        "summary.json",
        "coverage.json",
        "case.toml",
        "manifest.json",
        "report csv",
        "form stix",
    } <= texts.keys()
    leaks = [(name, c) for name, text in texts.items() for c in canaries() if c in text.lower()]
    assert leaks == []
    assert texts["output 1"].splitlines()[0] == "Intact: every file is as the manifest says."


def test_no_id_confirms_a_guess(tmp_path: Path) -> None:
    hidden = examined(tmp_path / "a", RED)["findings.jsonl"]
    shown = examined(tmp_path / "b", RED, "--audience", "TLP:RED")["findings.jsonl"]
    known = {f["id"] for f in map(json.loads, shown.splitlines()) if f["indicator"]}
    assert len(known) == 9
    assert [i for i in known if i in hidden] == []


def test_the_audience_that_it_is_for_sees_it(tmp_path: Path) -> None:
    texts = examined(tmp_path, AMBER, "--audience", "TLP:AMBER")
    found = [json.loads(line) for line in texts["findings.jsonl"].splitlines()]
    assert {f["indicator"]["value"] for f in found if f["indicator"]} >= {DOMAIN, URL, PROCESS, PATH, APP, MAIL}
    assert CAMPAIGN in texts["report.html"]
