"""Real feeds of others, with numbers that were counted by grep, awk and jq, and files that look like feeds.

For each: the indicators of the file as it stands, before equal ones are merged. A host with a path and without a scheme
counts twice (http and https).
"""

from collections import Counter

import pytest

from bridle.indicators.feeds import read_each
from bridle.indicators.model import Indicator
from corpus import CORPUS, needs_corpus

pytestmark = needs_corpus
NETWORK = CORPUS / "network"


def read(*paths):
    return list(read_each([NETWORK.joinpath(*p.split("/")) for p in paths]))


def kinds(one):
    return dict(Counter(i.kind for i in one.indicators if isinstance(i, Indicator)))


TRAILS = {
    "android_landfall.txt": 10, "apt_finfisher.txt": 23, "apt_hackingteam.txt": 33, "apt_hermit.txt": 15,
    "apt_novispy.txt": 1, "apt_paragon.txt": 37, "apt_pegasus.txt": 1720 + 1, "apt_predator.txt": 127,
    "apt_stealthfalcon.txt": 95, "apt_triangulation.txt": 30 - 12, "devilstongue.txt": 259, "quadream.txt": 164,
}  # fmt: skip
"""Lines without comments (`grep -vcE '^\\s*(#|$)'`); 12 of one are paths, one of another has a path and no scheme."""


def test_every_trail_of_maltrail():
    loaded = read("stamparm+maltrail/trails/static/malware")
    assert {one.feed.name: one.feed.indicators for one in loaded} == TRAILS
    assert {one.feed.format for one in loaded} == {"maltrail"}
    paths = [w.place for one in loaded for w in one.warnings if w.reason.startswith("paths without a host")]
    assert paths == ["line 32 and 11 more"]


def test_compiled_trails_of_maltrail():
    (one,) = read("stamparm+maltrail/sensor/tests/corpus/trails.csv")
    # 20 lines: 6 domains, a bare word, a regular expression, 10 addresses, a path, and a URL without a scheme.
    assert kinds(one) == {"domain": 6, "ip-address": 10, "url": 2}
    assert [w.place for w in one.warnings if w.severity == "error"] == ["line 5"]
    (manifest,) = read("stamparm+maltrail/sensor/tests/corpus/manifest.json")
    assert manifest.feed.reason.startswith("not a STIX bundle, a MISP event, or objects with keys")


def test_targetedthreats():
    """3,248 rows: 236 addresses, 3,012 domains of which one reads `domain`."""
    by = {one.feed.name: one for one in read("botherder+targetedthreats")}
    assert kinds(by["targetedthreats.csv"]) == {"ip-address": 236, "domain": 3011}
    assert kinds(by["targetedthreats.json"]) == {"ip-address": 236, "domain": 3011}
    assert kinds(by["targetedthreats.stix2"])["domain"] == 3011
    for name, line in (("targetedthreats.csv", 610), ("targetedthreats.json", 609)):
        errors = [(w.place, w.reason) for w in by[name].warnings if w.severity == "error"]
        assert errors == [(f"line {line}", "expected a domain, got 'domain'")]
    assert by["reports.csv"].feed.reason.startswith("a CSV feed needs a header with")


TABLES = {
    "201510_NGO_Burma/iocs.csv": (7, 1, 7, 1), "201512_PackRAT/iocs.csv": (65, 13, 37, 5, 7),
    "201603_Shifting_Tactics/iocs.csv": (12, 9, 8, 1), "201604_UP007_SLServer/iocs.csv": (5, 2, 14),
    "201605_Stealth_Falcon/iocs.csv": (6, 0, 0, 1), "201608_Group5/iocs.csv": (1, 1, 11, 0, 1),
    "201608_NSO_Group/iocs.csv": (46, 6, 0, 9 + 2), "201611_KeyBoy/iocs.csv": (4, 8, 7, 0, 0, 4),
    "201702_NilePhish/iocs.csv": (35, 3), "201705_TaintedLeaks/iocs.csv": (6, 3, 0, 0, 3),
    "201706_RecklessExploit/iocs.csv": (10, 0, 0, 115), "201706_RecklessRedux/iocs.csv": (1, 0, 0, 8),
    "201712_Cyberbit/iocs.csv": (8, 0, 0, 5), "201803_BadTraffic/iocs.csv": (25,),
    "201810_TheKingdomCameToCanada/iocs.csv": (20,), "201909_MissingLink/iocs.csv": (15, 12, 0, 0, 0, 1),
    "202006_DarkBasin/iocs.csv": (462,), "201707_InsiderInfo/indicators.csv": (18, 3, 0, 7),
    "201801_SpyingOnABudget/indicators.csv": (191, 3), "201808_FamiliarFeeling/indicators.csv": (16, 6),
}  # fmt: skip
"""Rows whose `to_ids` is 1 by type: domain, ip-dst or ip-src, md5, url, email-src, sha256. One URL has no scheme."""
EVENTS = {
    "201611_KeyBoy/misp.json": 40 - 8 - 1, "201702_NilePhish/misp.json": 38, "201705_TaintedLeaks/misp.json": 12,
    "201706_RecklessExploit/misp.json": 125, "201706_RecklessRedux/misp.json": 9, "201707_InsiderInfo/misp.json": 28,
    "201712_Cyberbit/misp.json": 13, "201801_SpyingOnABudget/indicators.json": 194, "201803_BadTraffic/misp.json": 25,
    "201808_FamiliarFeeling/indicators.json": 22, "201810_TheKingdomCameToCanada/misp.json": 20,
    "201909_MissingLink/misp.json": 29 - 1, "202006_DarkBasin/misp.json": 462,
}  # fmt: skip
"""Attributes whose `to_ids` is true; of one event eight are YARA rules and a registry key, of another a user agent."""


@pytest.mark.parametrize(("name", "counts"), TABLES.items())
def test_tables_of_citizen_lab(name, counts):
    (one,) = read(f"citizenlab+malware-indicators/{name}")
    order = ("domain", "ip-address", "md5", "url", "email", "sha256")
    assert kinds(one) == {k: n for k, n in zip(order, counts, strict=False) if n}


@pytest.mark.parametrize(("name", "count"), EVENTS.items())
def test_events_of_citizen_lab(name, count):
    (one,) = read(f"citizenlab+malware-indicators/{name}")
    assert (one.feed.format, one.feed.indicators) == ("misp", count)


def test_markings_and_names_of_events():
    (one,) = read("citizenlab+malware-indicators/201706_RecklessExploit/misp.json")
    name = "Reckless Exploit: Mexican Journalists, Lawyers, and a Child Targeted with NSO Spyware"
    assert {i.tlp for i in one.indicators} == {"TLP:GREEN"}
    assert {i.campaigns for i in one.indicators} == {(name,)}


def test_all_else_of_citizen_lab_is_told():
    listed = {*TABLES, *EVENTS, "201512_PackRAT/domains.csv"}
    others = Counter(
        (one.feed.loaded, (one.feed.reason or "").partition(";")[0])
        for one in read("citizenlab+malware-indicators")
        if one.feed.name not in listed
    )
    none = "it holds no indicator that can be read: "
    assert others == {
        (False, "OpenIOC is not read"): 19,
        (False, "STIX 1 (XML) is not read"): 21,
        (False, f"{none}values are marked `to_ids: false`, which says that they are no indicators"): 2,
        (False, f"{none}it asks for more than one value that is looked for: `pcre` is not understood"): 1,
    }


def test_domains_of_packrat():
    (one,) = read("citizenlab+malware-indicators/201512_PackRAT/domains.csv")
    assert kinds(one) == {"domain": 22}


def test_event_of_eset():
    """100 attributes in objects: 15 with `to_ids`, of which three are texts."""
    (one,) = read("eset+malware-ioc/swc-candiru/swc-candiru_misp.json")
    assert kinds(one) == {"url": 3, "md5": 3, "sha1": 3, "sha256": 3}
    places = {w.reason.partition(",")[0]: w.place for w in one.warnings}
    # 41 domains, 29 addresses and 3 file names without `to_ids`; 12 texts and 3 ports.
    assert places["values are marked `to_ids: false`"].endswith(" and 72 more")
    assert places["values of types such as links"].endswith(" and 14 more")


def test_lists_of_sekoia():
    loaded = read("SEKOIA-IO+Community/IOCs/Lycantrox")
    assert [(one.feed.format, kinds(one), len(one.warnings)) for one in loaded] == [
        ("list", {"domain": 124}, 0),
        ("list", {"domain": 33}, 0),
    ]


def test_the_nso_blacklist():
    by = {one.feed.name: one for one in read("0n1cOn3+The-NSO-Blacklist")}
    assert kinds(by["C2-hosts.txt"]) == {"ip-address": 243}
    assert by["hosts.txt"].feed.indicators == 6643 - 1
    assert [(w.place, w.advice) for w in by["hosts.txt"].warnings] == [
        ("line 5174", "take the blank out, if what is left is what was meant")
    ]
    assert by["pegasus-architecture.txt"].feed.reason.endswith("nothing in it is a value")


def test_warning_lists_are_no_feeds():
    loaded = read("MISP+misp-warninglists")
    assert len(loaded) == 26
    for one in loaded:
        assert not one.feed.loaded
        assert one.feed.reason.startswith("a MISP warninglist, which is a list of false positives, not a feed")


def test_lists_of_censorship_are_no_feeds():
    loaded = read("citizenlab+test-lists")
    assert Counter(one.feed.reason.partition(",")[0] for one in loaded if not one.feed.loaded) == {
        "a list of sites whose reachability is tested": 147,
        "a CSV feed needs a header with `kind` and `value`": 3,
    }
    assert len(loaded) == 150


def test_captures_and_settings_of_suricata_are_no_feeds():
    files = sorted((NETWORK / "OISF+suricata-verify").rglob("*.*"))
    loaded = [one for one in read_each(files) if one.feed.name.endswith((".yaml", ".pcap"))]
    assert len(loaded) > 200
    assert [one.feed.name for one in loaded if one.feed.loaded] == []
