"""What counts as a match, notation by notation, and what must not."""

import pytest

from bridle.indicators import Indicator, IndicatorSet, Matcher
from bridle.indicators.normalise import NORMALISE


def matcher(*pairs, surfaces=None):
    made = tuple(Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",), surfaces=surfaces) for k, v in pairs)
    return Matcher(IndicatorSet(indicators=made, feeds=()))


def found(m, kind, value, surface="mention"):
    return [(x.indicator.shown, x.strength) for x in m.matches(kind, value, surface)]


@pytest.mark.parametrize(
    ("indicator", "kind", "value", "strength"),
    [
        ("lure.example", "url", "https://lure.example/x", "exact"),
        ("lure.example", "url", "https://user@LURE.example:8443/x", "exact"),
        ("lure.example", "url", "https://www.lure.example/", "exact"),
        ("www.lure.example", "url", "https://lure.example/", "exact"),
        ("lure.example", "url", "https://a.b.lure.example:443/", "sub-domain"),
        ("lure.example", "url", "https://r.example/?q=https%3A%2F%2Flure.example%2Fa", "nested"),
        ("lure.example", "text", "go to lure.example/b!", "exact"),
        ("lure.example", "domain", "x.lure.example", "sub-domain"),
        ("lure.example", "email", "a@lure.example", "exact"),
        ("münchen.example", "url", "https://xn--mnchen-3ya.example/", "exact"),
        ("lure.example", "url", "https://notlure.example/", None),
        ("lure.example", "url", "https://lure.example.good.test/", None),
        ("lure.example", "url", "https://good.test/lure.example", None),
        ("lure.example", "text", "lure.examples", None),
    ],
)
def test_domains(indicator, kind, value, strength):
    assert found(matcher(("domain", indicator)), kind, value) == ([(indicator, strength)] if strength else [])


@pytest.mark.parametrize(
    ("indicator", "kind", "value", "strength"),
    [
        ("198.51.100.7", "url", "http://198.51.100.7:81/", "exact"),
        ("198.51.100.7", "url", "http://198.51.100.70/", None),
        ("198.51.100.7", "url", "http://good.test/?x=198.51.100.7", None),
        ("198.51.100.7", "text", "from 198.51.100.7.", "exact"),
        ("198.51.100.0/24", "ip-address", "198.51.100.200", "network"),
        ("198.51.100.0/24", "ip-address", "198.51.101.1", None),
        ("2001:db8::1", "ip-address", "2001:0DB8:0:0::1", "exact"),
        ("2001:db8::/32", "url", "http://[2001:db8:5::9]/", "network"),
    ],
)
def test_addresses(indicator, kind, value, strength):
    assert found(matcher(("ip-address", indicator)), kind, value) == ([(indicator, strength)] if strength else [])


@pytest.mark.parametrize(
    ("indicator", "value", "strength"),
    [
        ("/private/var/tmp/stop", "/private/var/tmp/stop", "exact"),
        ("/private/var/tmp/stop", "/var/tmp/stop", "exact"),
        ("/private/var/tmp/stop", "/tmp/stop", "exact"),
        ("/private/var/tmp/stop", "/private/tmp/stop", "exact"),
        ("/private/var/tmp/stop", "/private/var/tmp/stop/inner", "folder"),
        ("/private/var/tmp/stop", "/private/var/tmp/stopwatch.log", None),
        ("/tmp/x", "/tmp/xylophone", None),
        ("/private/var/db/staging/", "/private/var/db/staging/bh", "folder"),
        ("/private/var/db/staging/", "/private/var/db/stagingFOO", None),
        ("/private/var/tmp/l/", "/private/var/tmp/l", "exact"),
        ("Library/Preferences/x.plist", "/private/var/mobile/Library/Preferences/x.plist", "exact"),
        ("Library/Preferences/x.plist", "/private/var/mobile/OldLibrary/Preferences/x.plist", None),
    ],
)
def test_paths(indicator, value, strength):
    m = matcher(("file-path", indicator))
    assert found(m, "file-path", value, "file-present") == ([(indicator, strength)] if strength else [])


@pytest.mark.parametrize(
    ("indicator", "kind", "value", "strength"),
    [
        ("bh", "process-name", "bh", "exact"),
        ("bh", "process-name", "bh/com.example.app", "exact"),
        ("bh", "process-name", "com.example/bh", None),
        ("bh", "process-name", "0A1B2C3D-0000-4000-8000-000000000000/bh", "exact"),
        ("bh", "process-name", "/private/var/tmp/bh", "exact"),
        ("bh", "process-name", "/private/var/tmp/bh/0A1B2C3D-0000-4000-8000-000000000000", "exact"),
        ("bh", "process-name", "/private/var/bh/x", None),
        ("bh", "file-path", "/private/var/tmp/bh", "exact"),
        ("roleaccountdaemon", "process-name", "roleaccountdaemo", "truncated"),
        ("roleaccountdaemon", "process-name", "roleaccountdaem", "truncated"),
        ("roleaccountdaemon", "process-name", "roleaccountdae", None),
        ("bh", "process-name", "BH", None),
    ],
)
def test_processes(indicator, kind, value, strength):
    m = matcher(("process-name", indicator))
    assert found(m, kind, value, "running-process") == ([(indicator, strength)] if strength else [])


@pytest.mark.parametrize(
    ("kind", "value", "named"),
    [
        ("process-name", "com.bad.app", True),
        ("process-name", "com.bad.app:remote", True),
        ("process-name", "com.bad.app.other", False),
        ("process-name", "app", False),
        ("file-path", "/data/data/com.bad.app/files/x", True),
        ("file-path", "/data/user/10/com.bad.app", True),
        ("file-path", "/data/user_de/0/com.bad.app/databases/x.db", True),
        ("file-path", "/data/app/com.bad.app-Zm9v==/base.apk", True),
        ("file-path", "/data/app/~~Zm9v==/com.bad.app-YmFy==/base.apk", True),
        ("file-path", "/storage/emulated/0/Android/data/com.bad.app/files", True),
        ("file-path", "/data/media/0/Android/obb/com.bad.app/main.obb", True),
        ("file-path", "/data/data/com.bad.apps/files", False),
        ("file-path", "/data/data/not.com.bad.app/files", False),
        ("file-path", "/sdcard/Download/com.bad.app", False),
        ("file-path", "/data/data/x/com.bad.app", False),
    ],
)
def test_an_app_is_found_in_the_names_of_its_processes_and_folders(kind, value, named):
    assert found(matcher(("app-id", "com.bad.app")), kind, value) == ([("com.bad.app", "exact")] if named else [])


def test_a_file_named_like_a_process_is_no_process():
    assert found(matcher(("process-name", "bh")), "file-path", "/private/var/mobile/bh", "file-present") == []


def test_an_indicator_that_means_something_on_one_surface_only():
    m = matcher(("process-name", "BackupAgent"), surfaces=frozenset({"network-user"}))
    assert found(m, "process-name", "BackupAgent", "network-user") == [("BackupAgent", "exact")]
    assert found(m, "process-name", "BackupAgent", "running-process") == []


@pytest.mark.parametrize(
    ("kind", "indicator", "field", "value"),
    [
        ("email", "Bad@Example.org", "account", "mailto:bad@example.ORG"),
        ("email", "bad@example.org", "email", "A Name <BAD@example.org>"),
        ("email", "bad@example.org", "text", "write to bad@example.org"),
        ("cert", "AA:BB:" + "00:" * 17 + "CC", "cert-sha256", "aabb" + "00" * 17 + "cc"),
        ("sha256", "AB" * 32, "sha256", "ab" * 32),
        ("profile-id", "76DAB334-7E17-475D-A5D6-0794EB5818A5", "profile-id", "76dab334-7e17-475d-a5d6-0794eb5818a5"),
        ("app-id", "Com.Bad.App", "bundle-id", "com.bad.app"),
        ("file-name", "roleaccountd.plist", "file-path", "/private/var/root/roleaccountd.plist"),
    ],
)
def test_other_notations(kind, indicator, field, value):
    assert found(matcher((kind, indicator)), field, value) == [(indicator, "exact")]


@pytest.mark.parametrize(
    ("kind", "indicator", "field", "value"),
    [
        ("profile-id", "76DAB334-7E17-475D-A5D6-0794EB5818A5", "profile-id", "1"),
        ("file-name", "roleaccountd.plist", "file-path", "/x/com.apple.xpc.roleaccountd.plist"),
        ("email", "bad@example.org", "text", "notbad@example.org"),
    ],
)
def test_near_misses(kind, indicator, field, value):
    assert found(matcher((kind, indicator)), field, value) == []


def test_url_indicators_are_compared_whole():
    m = matcher(("url", "https://Lure.example/a=1/"))
    assert found(m, "url", "https://lure.example:443/a=1") == [("https://Lure.example/a=1/", "exact")]
    assert found(m, "url", "https://lure.example/other") == []
