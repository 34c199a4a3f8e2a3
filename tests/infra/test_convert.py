"""Converting feeds: nothing is lost between STIX, MISP and CSV, what others cannot hold is told, bytes are stable."""

import json
import re
import uuid

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.cli import bridle
from bridle.indicators.feeds import load
from bridle.indicators.standard import departures
from bridle.infra.convert import convert, read_items
from bridle.infra.item import Item
from corpus import CORPUS, INDICATORS, needs_corpus, needs_indicators

ENDINGS = {"stix": "a.stix2", "mvt": "b.stix2", "misp": "c.json", "csv": "d.csv"}


def there_and_back(folder, items, to):
    """Items written in a format and read again."""
    file = folder / ENDINGS[to]
    file.write_text(convert(items, to, "A title").text, "utf-8")
    return read_items(file).items


ITEMS = tuple(sorted((
    Item(kind="app-id", value="com.example.app", shown="com.example.App"),
    Item(kind="cert", value="ab" * 20, shown="AB" * 20),
    Item(kind="cert", value="cd" * 32, shown="cd" * 32, valid_until="2025-01-01"),
    Item(kind="domain", value="a.example", shown="a[.]example", campaigns=("One", "Two"), confidence=70,
         tlp="TLP:AMBER",
         related=(("product", "Pegasus", 40), ("operator", "KINGDOM", None), ("infrastructure", "V4", None)),
         valid_from="2021-07-18T00:00:00Z", more='{"description": "A domain", "labels": ["x"]}'),
    Item(kind="domain", value="b.example", shown="www.b.example", revoked=True),
    Item(kind="email", value="a@example.org", shown="A@example.org"),
    Item(kind="file-name", value="=cmd|' /C calc'!A0", shown="=cmd|' /C calc'!A0"),
    Item(kind="file-path", value="/private/var/tmp/a b", shown="/tmp/a b"),
    Item(kind="file-path", value="/private/var/db/x/", shown="/private/var/db/x/", surfaces=("file-present",)),
    Item(kind="ip-address", value="192.0.2.1", shown="192.0.2.1:995"),
    Item(kind="ip-address", value="2001:db8::/32", shown="2001:db8::/32"),
    Item(kind="md5", value="ef" * 16, shown="ef" * 16),
    Item(kind="pattern", value="[file:name = 'a'] FOLLOWEDBY [domain-name:value = 'c.example']",
         shown="[file:name = 'a'] FOLLOWEDBY [domain-name:value = 'c.example']", campaigns=("Three",)),
    Item(kind="process-name", value="b'h\\", shown="b'h\\", surfaces=("crash", "network-user")),
    Item(kind="profile-id", value="com.example.profile", shown="com.example.profile"),
    Item(kind="property-name", value="sys.example", shown="sys.example"),
    Item(kind="sha1", value="01" * 20, shown="01" * 20),
    Item(kind="sha256", value="23" * 32, shown="23" * 32),
    Item(kind="url", value="https://a.example:8443/x?y=1", shown="hxxps://a.example:8443/x?y=1"),
), key=lambda i: (i.kind, i.value)))  # fmt: skip


@pytest.mark.parametrize("to", ENDINGS)
def test_nothing_is_lost(tmp_path, to):
    assert there_and_back(tmp_path, ITEMS, to) == ITEMS


@pytest.mark.parametrize(("one", "other"), [("stix", "misp"), ("misp", "csv"), ("csv", "stix"), ("mvt", "misp")])
def test_nothing_is_lost_on_two_ways(tmp_path, one, other):
    assert there_and_back(tmp_path, there_and_back(tmp_path, ITEMS, one), other) == ITEMS


TEXT = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=30).filter(
    lambda t: t.strip() == t != ""
)
ROLES = st.sampled_from(["product", "operator", "campaign", "report"])
NAMES = st.lists(TEXT, max_size=3, unique=True).map(tuple)


@settings(max_examples=60, deadline=None)
@given(
    value=TEXT, kind=st.sampled_from(["process-name", "file-name", "property-name"]), campaigns=NAMES,
    confidence=st.none() | st.integers(0, 100),
    tlp=st.sampled_from([None, "TLP:CLEAR", "TLP:AMBER+STRICT", "TLP:RED"]), revoked=st.booleans(),
    related=st.lists(st.tuples(ROLES, TEXT, st.none() | st.integers(0, 100)), max_size=3, unique=True).map(tuple),
)  # fmt: skip
def test_whatever_a_feed_says_comes_back(tmp_path_factory, **said):
    item = Item(shown=said["value"], **said)
    folder = tmp_path_factory.mktemp("feeds")
    for to in ENDINGS:
        assert there_and_back(folder, (item,), to) == (item,)


def test_equal_input_gives_equal_bytes_and_names():
    for to in (*ENDINGS, "suricata", "hosts"):
        assert convert(ITEMS, to, "T").text == convert(ITEMS, to, "T").text
    objects = json.loads(convert(ITEMS, "stix", "T").text)["objects"]
    ids = [o["id"] for o in objects]
    assert len(ids) == len(set(ids))
    a = next(o for o in objects if o.get("pattern") == "[domain-name:value = 'a.example']")
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "https://bridle.invalid/indicators")
    assert a["id"] == f"indicator--{uuid.uuid5(namespace, 'indicator:domain:a.example')}"
    assert a["id"] == "indicator--0fb2278f-89c0-55ca-abc4-8744ec70d47c"
    assert {uuid.UUID(i.partition("--")[2]).version for i in ids if not i.startswith("marking-definition")} == {5}


def patterns(to):
    return [o["pattern"] for o in json.loads(convert(ITEMS, to, "T").text)["objects"] if o["type"] == "indicator"]


def test_stix_keeps_to_the_standard_where_it_has_a_word():
    text = convert(ITEMS, "stix", "T").text
    assert sorted({d.what for d in departures(text)}) == ["android-property:name", "app:id", "configuration-profile:id"]
    found = patterns("stix")
    assert r"[process:image_ref.name = 'b\'h\\']" in found
    assert "[file:parent_directory_ref.path = '/tmp' AND file:name = 'a b']" in found
    assert "[directory:path = '/private/var/db/x']" in found
    assert f"[x509-certificate:hashes.'SHA-256' = '{'cd' * 32}']" in found
    assert "[ipv6-addr:value = '2001:db8::/32']" in found
    assert "[ipv4-addr:value = '192.0.2.1']" in found


def test_mvt_has_the_words_of_its_feeds():
    found = patterns("mvt")
    for expected in (r"[process:name = 'b\'h\\']", "[file:path = '/tmp/a b']", f"[file:hashes.sha256 = '{'23' * 32}']",
                     f"[app:cert.sha1 = '{'ab' * 20}']", "[app:id = 'com.example.App']"):  # fmt: skip
        assert expected in found


def test_relations_and_markings_are_objects_of_stix():
    objects = json.loads(convert(ITEMS, "stix", "T").text)["objects"]
    assert [(o["type"], o["name"]) for o in objects if o["type"] in ("malware", "intrusion-set", "infrastructure")] == [
        ("infrastructure", "V4"), ("intrusion-set", "KINGDOM"), ("malware", "Pegasus")
    ]  # fmt: skip
    assert [o["confidence"] for o in objects if o["type"] == "relationship" and "confidence" in o] == [40]
    (marking,) = (o for o in objects if o["type"] == "marking-definition")
    assert (marking["name"], marking["id"]) == ("TLP:AMBER", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421")


def test_csv_runs_no_formula():
    text = convert(ITEMS, "csv", "T").text
    assert "\nfile-name,'=cmd|" in text
    assert not re.search(r"(^|,)\"?=", text, re.MULTILINE)


ACTING = (
    Item(kind="domain", value="a.example", shown="a.example", campaigns=("\x9b31m\u202eOne",),
         related=(("campaign", "\x9b31m\u202eOne", None), ("product", "\x1b[31m", None)),
         more='{"description": "\u2066\u2028"}'),
    Item(kind="process-name", value="b\u202eh", shown="b\u202eh"),
)  # fmt: skip


@pytest.mark.parametrize("to", ENDINGS)
def test_nothing_acts_on_who_looks_and_it_comes_back(tmp_path, to):
    text = convert(ACTING, to, "\x9b31mA \u202etitle").text
    assert re.findall("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\u2066\u2028]", text) == []
    assert there_and_back(tmp_path, ACTING, to) == ACTING


def test_csv_shows_what_acts():
    rows = [row.split(",")[:4] for row in convert(ACTING, "csv", "").text.splitlines()]
    assert rows[1:] == [
        ["domain", "a.example", "\\u009b31m\\u202eOne", "\\u001b[31m"], ["process-name", "b\\u202eh", "", ""],
    ]  # fmt: skip


def test_rules_hold_what_traffic_shows(tmp_path):
    done = convert(ITEMS, "suricata", "T")
    file = tmp_path / "a.rules"
    file.write_text(done.text, "utf-8")
    found = load([file])
    assert {(i.kind, i.value) for i in found.indicators} == {
        ("ip-address", "192.0.2.1"), ("ip-address", "2001:db8::/32"), ("cert", "ab" * 20),
        ("url", "http://a.example/x?y=1"), ("url", "https://a.example/x?y=1"),
    }  # fmt: skip
    assert done.left_out["marked for fewer than TLP:CLEAR, which the format cannot say"] == 1
    assert done.left_out["revoked"] == 1
    assert done.left_out["process-name: traffic does not show it"] == 1
    assert done.written == len(ITEMS) - sum(done.left_out.values()) == 4
    wider = convert(ITEMS, "suricata", "T", "TLP:AMBER")
    assert 'dns.query; dotprefix; content:".a.example"; nocase; endswith;' in wider.text
    sids = re.findall(r"sid:(\d+)", wider.text)
    assert len(sids) == len(set(sids)) == 7


def test_hosts_hold_domains():
    done = convert(ITEMS, "hosts", "T", "TLP:AMBER")
    assert done.text.splitlines()[1:] == ["0.0.0.0 a.example"]
    assert done.left_out["sha1: a hosts file has only domains"] == 1


def test_two_entries_of_one_value_are_for_as_few_as_the_stricter_says(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("domain,campaign,tlp\na.example,One,clear\na.example,Two,red\n")
    read = read_items(file)
    assert read.again == 1
    assert [(i.campaigns, i.tlp) for i in read.items] == [(("One", "Two"), "TLP:RED")]


def test_a_field_of_bridle_s_own_that_somebody_changed_is_no_way_in(tmp_path):
    objects = json.loads(convert(ITEMS, "stix", "T").text)
    for o in objects["objects"]:
        if "x_bridle" in o:
            o["x_bridle"] |= {"more": '{"pattern": "[url:value = \'x\']", "id": "x"}', "kind": "no kind"}
    file = tmp_path / "a.stix2"
    file.write_text(json.dumps(objects))
    read = read_items(file)
    assert ("domain", "a.example") in {(i.kind, i.value) for i in read.items}
    assert "[url:value = 'x']" not in convert(read.items, "stix", "T").text


def test_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("kind,value\ndomain,a.example\nprocess-name,bh\n")

    def run(*args):
        return CliRunner().invoke(bridle, ["infra", "convert", *args])

    done = run("a.csv", "-o", "a.hosts", "--to", "hosts")
    assert (done.exit_code, (tmp_path / "a.hosts").read_text().splitlines()[1]) == (1, "0.0.0.0 a.example")
    assert done.stderr.splitlines() == [
        "not written: 1 process-name: a hosts file has only domains", "1 of 2 indicators written"
    ]  # fmt: skip
    assert "exists already" in run("a.csv", "-o", "a.hosts", "--to", "hosts").stderr
    done = run("a.csv", "-o", "-", "--to", "stix")
    assert (done.exit_code, json.loads(done.stdout)["type"]) == (0, "bundle")
    told = json.loads(run("a.csv", "-o", "a.json", "--to", "misp", "--json").stdout)
    assert (told["read"], told["written"], told["carried"], told["left_out"]) == (2, 2, 2, {})
    (tmp_path / "prose.txt").write_text("Nothing.\n")
    assert run("prose.txt", "-o", "b.json", "--to", "misp").exit_code == 3
    assert "Example: bridle infra convert" in run("--help").stdout


@needs_indicators
@pytest.mark.parametrize("to", ENDINGS)
def test_the_published_feeds_come_back(tmp_path, to):
    """5,713 indicators of 16 feeds; three of one feed are there twice."""
    files = sorted((INDICATORS / "stix2").rglob("*.stix2"))
    read = [read_items(f) for f in files]
    assert (len(files), sum(len(r.items) for r in read), sum(r.again for r in read)) == (16, 5710, 3)
    for r in read:
        assert there_and_back(tmp_path, r.items, to) == r.items


@needs_corpus
def test_events_and_tables_of_citizen_lab_come_back(tmp_path):
    folder = CORPUS / "network/citizenlab+malware-indicators/201706_RecklessExploit"
    for name in ("misp.json", "iocs.csv"):
        items = read_items(folder / name).items
        assert len(items) == 125
        for to in ENDINGS:
            assert there_and_back(tmp_path, items, to) == items
