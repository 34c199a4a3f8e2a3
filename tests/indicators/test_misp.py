"""Events of MISP, and the other files of MISP that are no feeds."""

import json

import pytest
from feed_files import refused, told

from bridle.indicators import Related, load

TO_IDS = "values are marked `to_ids: false`, which says that they are no indicators; they are not looked for"
CONTEXT = "values of types such as links, comments and registrants tell of an attack; they are not looked for"


UUID = "5bb27705-0000-4000-8000-00000000000{}"
NO_FEED = (
    "not a STIX bundle, a MISP event, or objects with keys such as `type` and `value`; "
    "docs/guides/indicators.md shows what is read"
)


def attribute(kind, value, *, to_ids=True, **more):
    return {"type": kind, "value": value, "to_ids": to_ids, "category": "Network activity", **more}


def event(*attributes, **more):
    return {
        "info": "Operation Example",
        "uuid": "5bb27705-0000-4000-8000-000000000000",
        "Attribute": list(attributes),
        **more,
    }


LURE = attribute("domain", "lure.example")


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"Event": event(LURE)}, "/Event/Attribute/0"),
        (event(LURE), "/Attribute/0"),
        ({"response": [{"Event": event(LURE)}]}, "/response/0/Event/Attribute/0"),
        ([{"Event": event(LURE)}], "/0/Event/Attribute/0"),
        ({"response": {"Attribute": [LURE]}}, "/response/Attribute/0"),
        ({"response": [{"Event": event(Object=[{"name": "domain-ip", "Attribute": [LURE]}])}]},
         "/response/0/Event/Object/0/Attribute/0"),
    ],
)  # fmt: skip
def test_every_shape_of_an_event(tmp_path, document, place):
    assert told(tmp_path, "event.json", json.dumps(document)) == ([("domain", "lure.example")], [])
    found = load([tmp_path])
    assert (found.feeds[0].format, found.indicators[0].place) == ("misp", place)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("hostname", "a.lure.example", [("domain", "a.lure.example")]),
        ("domain|ip", "lure.example|198.51.100.7", [("domain", "lure.example"), ("ip-address", "198.51.100.7")]),
        ("ip-src", "198.51.100.7", [("ip-address", "198.51.100.7")]),
        ("ip-dst|port", "198.51.100.7|443", [("ip-address", "198.51.100.7")]),
        ("hostname|port", "a.lure.example|443", [("domain", "a.lure.example")]),
        ("url", "hxxps://lure.example/a", [("url", "https://lure.example/a")]),
        ("email-src", "A@lure.example", [("email", "a@lure.example")]),
        ("email-dst", "b@lure.example", [("email", "b@lure.example")]),
        ("filename", "implant.dylib", [("file-name", "implant.dylib")]),
        ("filename|md5", "a.bin|" + "a" * 32, [("file-name", "a.bin"), ("md5", "a" * 32)]),
        ("sha1", "A" * 40, [("sha1", "a" * 40)]),
        ("x509-fingerprint-sha256", "a" * 64, [("cert", "a" * 64)]),
        ("x509-fingerprint-sha1", "aa:" * 19 + "aa", [("cert", "aa" * 20)]),
        ("mobile-application-id", "com.Example.implant", [("app-id", "com.example.implant")]),
    ],
)
def test_types_of_attributes(tmp_path, kind, value, expected):
    assert told(tmp_path, "event.json", json.dumps({"Event": event(attribute(kind, value))}))[0] == expected


def test_attributes_of_objects_by_their_relation(tmp_path):
    objects = [
        {"name": "process", "Attribute": [attribute("text", "bh2", object_relation="name")]},
        {"name": "android-app", "Attribute": [attribute("text", "com.example.a", object_relation="appid"),
                                              attribute("sha1", "a" * 40, object_relation="certificate")]},
        {"name": "file", "Attribute": [attribute("text", "/private/var/tmp/x2", object_relation="path")]},
        {"name": "person", "Attribute": [attribute("text", "a name", object_relation="name")]},
        {"name": "domain-ip", "deleted": True, "Attribute": [LURE]},
    ]  # fmt: skip
    values, warnings = told(tmp_path, "event.json", json.dumps({"Event": event(Object=objects)}))
    assert values == [
        ("app-id", "com.example.a"),
        ("cert", "a" * 40),
        ("file-path", "/private/var/tmp/x2"),
        ("process-name", "bh2"),
    ]
    assert warnings == [
        ("note", "/Event/Object/3/Attribute/0", CONTEXT),
        ("note", "/Event/Object/4", "objects are deleted"),
    ]


def test_what_is_not_looked_for_is_counted(tmp_path):
    found = event(
        LURE, attribute("domain", "a.example", to_ids=False), attribute("ip-dst", "198.51.100.7", to_ids=False),
        attribute("link", "https://news.example/", to_ids=False), attribute("uri", "/gate.php"),
        attribute("domain", "gone.example", deleted=True), {"type": "domain"}, "text", attribute("mutex", "m"),
        attribute("domain", "no domain"), attribute("colour", "red"),
    )  # fmt: skip
    values, warnings = told(tmp_path, "event.json", json.dumps({"Event": found}))
    at = "/Event/Attribute/{}".format
    assert values == [("domain", "lure.example")]
    assert [(s, p, r[:70]) for s, p, r in warnings] == [
        ("error", at(6), "an attribute without type or value"),
        ("error", at(7), "expected an attribute, got 'text'"),
        ("error", at(9), "expected a domain, got 'no domain'"),
        ("error", at(10), "the type 'colour' is not known"),
        ("warning", f"{at(1)} and 1 more", TO_IDS[:70]),
        ("note", at(3), CONTEXT[:70]),
        ("error", at(4), "values of type uri are not looked for: a path of a URL without its hos"),
        ("note", at(5), "attributes are deleted"),
        ("error", at(8), "values of type mutex are not looked for: phones record no mutexes"),
    ]


def test_names_around_an_event(tmp_path):
    galaxies = [
        {"type": "threat-actor", "GalaxyCluster": [{"value": "Example Group"}]},
        {"type": "malpedia", "GalaxyCluster": [{"value": "Example"}]},
        {"type": "sector", "GalaxyCluster": [{"value": "Journalist"}]},
    ]
    own = attribute("ip-dst", "198.51.100.7", Tag=[{"name": 'misp-galaxy:tool="Loader"'}, {"name": "tlp:red"}])
    tags = [{"name": "TLP:GREEN"}, {"name": 'misp-galaxy:threat-actor="Example Group"'}, {"name": "PAP:AMBER"}]
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"Event": event(LURE, own, Galaxy=galaxies, Tag=tags)}))
    lure, address = load([file]).indicators
    named = [
        Related(role="campaign", name="Operation Example", feed="event.json"),
        Related(role="operator", name="Example Group", feed="event.json"),
        Related(role="product", name="Example", feed="event.json"),
    ]
    assert lure.related == tuple(named)
    assert (lure.campaigns, lure.tlp) == (("Operation Example", "Example"), "TLP:GREEN")
    assert address.related == (*named, Related(role="product", name="Loader", feed="event.json"))
    assert address.tlp == "TLP:RED"


def test_an_unknown_marking_is_the_narrowest(tmp_path):
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"Event": event(LURE, Tag=[{"name": "tlp:ex:chr"}])}))
    found = load([file])
    assert found.indicators[0].tlp == "TLP:RED"
    assert [(w.severity, w.place) for w in found.warnings] == [("warning", "/Event")]


def test_when_something_was_seen_is_no_validity(tmp_path):
    seen = attribute("domain", "lure.example", first_seen="2020-01-01T00:00:00Z", last_seen="2020-02-01T00:00:00Z",
                     timestamp="1577836800", disable_correlation=True)  # fmt: skip
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"Event": event(seen, date="2020-01-01")}))
    (i,) = load([file]).indicators
    assert (i.valid_from, i.valid_until) == (None, None)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (
            {"name": "Top sites", "version": 1, "matching_attributes": ["domain"], "list": ["a.example"]},
            "a MISP warninglist, which is a list of false positives, not a feed of indicators (Top sites)",
        ),
        (
            {UUID.format(n): {"info": "One", "Orgc": {"name": "Example"}, "date": "2020-01-01"} for n in range(2)},
            "the manifest of a MISP feed: it names 2 events and holds no indicator; give the events themselves",
        ),
        ({"Event": event(attribute("domain", "a.example", to_ids=False))},
         f"it holds no indicator that can be read: {TO_IDS}"),
        ({"response": []}, NO_FEED),
        ({"Event": {"info": "empty", "Attribute": []}},
         "it holds no indicator that can be read: nothing in it is a value"),
    ],
)  # fmt: skip
def test_files_of_misp_without_indicators(tmp_path, document, reason):
    assert refused(tmp_path, "list.json", json.dumps(document)) == reason


@pytest.mark.parametrize(
    "odd", [{"Attribute": 7}, {"Attribute": [LURE], "Tag": 7, "Galaxy": {"a": 1}, "Object": [7, {"Attribute": 7}]},
            {"Attribute": [LURE], "info": 7, "Tag": [{"name": 7}], "Galaxy": [{"GalaxyCluster": [7, {"value": 7}]}]}]
)  # fmt: skip
def test_odd_shapes_cost_nothing_else(tmp_path, odd):
    document = {"response": [{"Event": odd}, {"Event": event(attribute("domain", "b.example"))}]}
    assert ("domain", "b.example") in told(tmp_path, "event.json", json.dumps(document))[0]
