"""Every form has the fields that its readers require, the same bytes each time, and passes its readers' own checks."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from bridle.report.exports import FORMS
from made_content import content, finding, indicator, row, validator

NOT_SHARED = {"csv", "jsonl", "parquet"}
UNTIMED = finding(id="f2", rule="rule-without-indicator", indicator=None, first_seen=None, last_seen=None, evidence=[
    row(time=None, path="/private/x", sha256=None)])  # fmt: skip
WALL = finding(id="f3", first_seen=None, last_seen=None, evidence=[row(time="2026-01-02T05:00:00")])
KINDS = {
    "domain": "lure.example.test", "url": "https://lure.example.test/a'b\\c", "ip-address": "192.0.2.7",
    "email": "casey@example.org", "process-name": "bh", "file-name": "payload.gif", "app-id": "org.example.app",
    "file-path": "/private/var/tmp/implant", "sha256": "cd" * 32, "sha1": "cd" * 20, "md5": "cd" * 16,
    "cert": "ef" * 32, "profile-id": "org.example.profile", "property-name": "debug.example",
    "pattern": "pattern 1",
}  # fmt: skip
MANY = [finding(id=f"k-{k}", indicator=indicator(kind=k, value=v)) for k, v in KINDS.items()]


def made(form: str, *findings: dict, **changes: object) -> bytes:
    return FORMS[form].render(content(list(findings), **changes))


def objects(*findings: dict) -> dict[str, list[dict]]:
    """The objects of a STIX bundle by their type."""
    found: dict[str, list[dict]] = {}
    for o in json.loads(made("stix", *findings))["objects"]:
        found.setdefault(o["type"], []).append(o)
    return found


def test_which_forms_are_made_to_be_shared() -> None:
    assert {n for n, f in FORMS.items() if not f.shared} == NOT_SHARED
    assert {n for n, f in FORMS.items() if f.binary} == {"parquet"}


@pytest.mark.parametrize("form", FORMS)
def test_equal_content_gives_equal_bytes(form: str) -> None:
    assert made(form, *MANY, UNTIMED) == made(form, *MANY, UNTIMED)
    assert made(form) == made(form)


def test_stix_says_what_was_sighted_where_and_when() -> None:
    found = objects(finding())
    (sighting,), (data,), (asked,), (host,) = (
        found[t] for t in ("sighting", "observed-data", "indicator", "domain-name")
    )
    device = next(i for i in found["identity"] if i["name"] == "an examined phone")
    assert (sighting["first_seen"], sighting["last_seen"], sighting["count"]) == (
        "2026-01-02T03:04:05.500000Z", "2026-01-03T00:00:00.000000Z", 2,
    )  # fmt: skip
    assert sighting["sighting_of_ref"] == asked["id"]
    assert sighting["where_sighted_refs"] == [device["id"]]
    assert sighting["observed_data_refs"] == [data["id"]]
    assert data["object_refs"] == [host["id"]]
    # STIX 2.1, section 2.9: UUIDv5 in 00abedb4-aa42-466c-9c01-fed23315a9b7 of {"value":"lure.example.test"}.
    assert host["id"] == "domain-name--032b3a9d-6e46-53f5-bccc-e28d5829552a"
    assert asked["pattern"] == "[domain-name:value = 'lure.example.test']"
    green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
    assert [o["object_marking_refs"] for o in (asked, data, host, sighting, found["note"][0])] == [[green]] * 5
    assert [m["id"] for m in found["marking-definition"]] == [green]
    assert [p["external_references"][0]["external_id"] for p in found["attack-pattern"]] == ["T1660"]


def test_stix_asks_for_each_kind_in_its_own_words() -> None:
    asked = {o["name"].partition(" ")[0]: o["pattern"] for o in objects(*MANY)["indicator"]}
    assert asked == {
        "domain": "[domain-name:value = 'lure.example.test']",
        "url": "[url:value = 'https://lure.example.test/a\\'b\\\\c']",
        "ip-address": "[ipv4-addr:value = '192.0.2.7']",
        "email": "[email-addr:value = 'casey@example.org']",
        "process-name": "[process:image_ref.name = 'bh']",
        "file-name": "[file:name = 'payload.gif']",
        "app-id": "[software:name = 'org.example.app']",
        "file-path": "[file:parent_directory_ref.path = '/private/var/tmp' AND file:name = 'implant']",
        "sha256": f"[file:hashes.'SHA-256' = '{'cd' * 32}']",
        "sha1": f"[file:hashes.'SHA-1' = '{'cd' * 20}']",
        "md5": f"[file:hashes.'MD5' = '{'cd' * 16}']",
        "cert": f"[x509-certificate:hashes.'SHA-256' = '{'ef' * 32}']",
    }


def test_a_restricted_value_is_in_no_form() -> None:
    hidden = finding(indicator=indicator(value="restricted indicator 1", tlp="TLP:RED"))
    found = objects(hidden)
    assert "indicator" not in found
    assert "sighting" not in found
    assert found["note"][0]["object_marking_refs"] == ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]
    assert json.loads(made("misp", hidden))["Event"]["Attribute"] == []


def test_misp_has_the_value_its_sighting_and_its_tags() -> None:
    event = json.loads(made("misp", finding()))["Event"]
    (a,) = event["Attribute"]
    assert (event["date"], event["threat_level_id"], event["analysis"]) == ("2026-01-02", "1", "2")
    assert [t["name"] for t in event["Tag"]] == ["tlp:green", 'misp-galaxy:mitre-attack-pattern="T1660"']
    assert (a["type"], a["category"], a["value"], a["to_ids"]) == (
        "domain", "Network activity", "lure.example.test", True,
    )  # fmt: skip
    assert (a["first_seen"], a["last_seen"]) == ("2026-01-02T03:04:05.5Z", "2026-01-03T00:00:00Z")
    # 2026-01-03T00:00:00Z is 20,456 days after 1970.
    assert [(s["type"], s["date_sighting"]) for s in a["Sighting"]] == [("0", "1767398400")]
    assert "ada@example.org" not in json.dumps(event)


def test_timesketch_has_the_fields_it_requires_in_the_order_of_time() -> None:
    lines = [json.loads(line) for line in made("timesketch", finding(), UNTIMED, WALL).splitlines()]
    assert [(e["datetime"], e["timestamp"], e["timestamp_desc"], e["finding"]) for e in lines] == [
        ("2026-01-02T03:04:05.000000+00:00", 1767323045000000, "Time of the record", "f1"),
        ("2026-01-02T03:04:05.500000+00:00", 1767323045500000, "First seen", "f1"),
        ("2026-01-02T05:00:00.000000+00:00", 1767330000000000, "Time of the record", "f3"),
    ]
    assert lines[0]["message"].startswith("ios.sms.message: text see https://lure.example.test/x")
    assert [e.get("zone_note") for e in lines] == [
        None, None, "by the phone's clock, zone not recorded; told as if it were UTC",
    ]  # fmt: skip


def test_attack_scores_a_technique_by_the_highest_level() -> None:
    low = finding(id="f2", level="low", title="B", attack=["T1660", "T1404", "no technique"])
    layer = json.loads(made("attack", finding(title="A"), low))
    assert layer["domain"] == "mobile-attack"
    assert layer["versions"].keys() == {"attack", "navigator", "layer"}
    assert [(t["techniqueID"], t["score"], t["comment"]) for t in layer["techniques"]] == [
        ("T1404", 25, "low: B"), ("T1660", 75, "high: A; low: B"),
    ]  # fmt: skip


def test_parquet_has_a_row_for_each_row_of_evidence() -> None:
    bare = finding(id="f4", evidence=[])
    rows = pq.read_table(io.BytesIO(made("parquet", finding(), WALL, bare))).to_pylist()
    assert [(r["finding"], r["row"], r["locator"], r["time"], r["shown"]) for r in rows] == [
        ("f1", 1, "message:7", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None),
        ("f3", 1, "message:7", None, datetime(2026, 1, 2, 5, 0)),
        ("f4", None, None, None, None),
    ]
    assert json.loads(rows[0]["values"]) == row()["values"]
    assert (rows[0]["indicator"], rows[0]["tlp"], rows[0]["feeds"]) == ("lure.example.test", "TLP:GREEN", ["feed A"])


def test_case_names_the_file_its_digest_and_the_finding() -> None:
    graph = json.loads(made("case", finding(), finding(id="f5", evidence=[])))["@graph"]
    (file,) = (n for n in graph if n["@type"] == "uco-observable:File")
    path, digest = file["uco-core:hasFacet"]
    assert path["uco-observable:filePath"] == "/private/var/mobile/Library/SMS/sms.db"
    assert digest["uco-observable:hash"][0]["uco-types:hashValue"]["@value"] == "ab" * 32
    notes = [n for n in graph if n["@type"] == "uco-core:Annotation"]
    assert [n["uco-core:name"] for n in notes] == [
        "A message names a published attack host", "ios.sms.message message:7",
        "A message names a published attack host",
    ]  # fmt: skip
    (device,) = (n for n in graph if n["@type"] == "uco-observable:MobileDevice")
    assert notes[2]["uco-core:object"] == [{"@id": device["@id"]}]


def test_the_stix_validator_accepts_every_kind(tmp_path) -> None:
    file = tmp_path / "made.json"
    file.write_bytes(made("stix", *MANY, UNTIMED, WALL))
    said = validator("stix2_validator", "--version", "2.1", file)
    assert "STIX JSON: Valid" in said
    # 103 asks for random identifiers; these follow from the content.
    assert [line for line in said.splitlines() if "Warning" in line and "{103}" not in line] == []


def test_case_validate_accepts_it(tmp_path) -> None:
    file = tmp_path / "made.jsonld"
    file.write_bytes(made("case", *MANY, UNTIMED, WALL, finding(id="f5", evidence=[])))
    assert "Conforms: True" in validator("case_validate", file)


def test_pymisp_loads_every_attribute(tmp_path) -> None:
    file = tmp_path / "made.json"
    file.write_bytes(made("misp", *MANY))
    code = (
        "import sys, pymisp; e = pymisp.MISPEvent(); e.load_file(sys.argv[1]);"
        "print(len(e.attributes), sum(len(a.sightings) for a in e.attributes), e.info)"
    )
    assert validator("python", "-W", "ignore", "-c", code, file) == "14 14 Traces on one phone: traces of targeting\n"
