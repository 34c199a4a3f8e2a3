"""One line for each notation an indicator may stand in: the holes and false alarms of other tools, and our own."""

import base64
from urllib.parse import quote

import pytest

from bridle.indicators import Indicator, IndicatorSet, Matcher
from bridle.indicators.normalise import NORMALISE

ID = "0A1B2C3D-0000-4000-8000-000000000000"
SHA = "ab" * 32


def made(kind, value, surfaces=None):
    return Indicator(kind=kind, value=NORMALISE[kind](value), shown=value, feeds=("f",), surfaces=surfaces)


def strengths(kind, published, field, value, surface="mention", platform=None):
    m = Matcher(IndicatorSet(indicators=(made(kind, published),), feeds=()))
    return [x.strength for x in m.matches(field, value, surface, platform)]


def twice(url, times=1):
    for _ in range(times):
        url = quote(url, safe="")
    return f"https://r.example.org/go?u={url}"


LURE = "https://lure.example/a"
IN_BASE64 = "aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ"
APPS = "/private/var/mobile/Containers/Data/Application"
GROUPS = "/private/var/mobile/Containers/Shared/AppGroup"
BUNDLES = "/private/var/containers/Bundle/Application"

FOUND_IN_ADDRESSES = [
    # what a peer misses, as published in its issues or seen in its runs
    ("domain", "bug.lure.example", "url", "https://bug.lure.example:443/", "exact"),
    ("domain", "bug.lure.example", "url", "https://deep.bug.lure.example/", "sub-domain"),
    ("domain", "www.lure.example", "url", "https://www.lure.example/x", "exact"),
    ("domain", "www.lure.example", "url", "https://lure.example/x", "exact"),
    ("domain", "lure.example", "url", "http://user:pw@lure.example/", "exact"),
    ("domain", "lure.example", "url", "http://www.example.org@lure.example/", "exact"),
    ("domain", "lure.example", "url", "http://www.example.org:80@lure.example:8080/", "exact"),
    ("domain", "lure.example", "url", "http://" + "a" * 9000 + "@lure.example/", "exact"),
    ("domain", "ünïcode.example", "url", "https://xn--ncode-cta3g.example/", "exact"),
    ("domain", "xn--ncode-cta3g.example", "url", "https://ÜNÏCODE.example/", "exact"),
    ("domain", "xn--ss8h.example", "url", "https://💰.example/", "exact"),
    ("domain", "xn--fa-hia.example", "text", "at faß.example", "exact"),
    ("domain", "lure.example", "url", "https://lure\u3002example/", "exact"),
    ("domain", "lure.example", "url", "https://ｌｕｒｅ．example/", "exact"),
    ("domain", "lure.example", "url", "https://l%75re.example/", "exact"),
    ("domain", "lure.example", "url", "https://lure.example./", "exact"),
    ("domain", "lure.example", "url", "https://x-.lure.example/", "sub-domain"),
    ("domain", "lure.example", "url", "https://a!b.lure.example/", "sub-domain"),
    ("domain", "lure.example", "url", "https://lure.example\\@www.example.org/", "exact"),
    ("domain", "lure.example", "url", "lure.example/x", "exact"),
    ("domain", "lure.example", "url", "lure.example:443/x", "exact"),
    ("domain", "lure.example", "url", f"https://www.example.org/url?url={LURE}", "nested"),
    ("domain", "lure.example", "url", twice(LURE), "nested"),
    ("domain", "lure.example", "url", twice(LURE, 2), "nested"),
    ("domain", "lure.example", "url", twice(LURE, 3), "nested"),
    ("domain", "lure.example", "url", twice(LURE, 4), "nested"),
    ("domain", "lure.example", "url", "https://r.example.org/?u=%68ttps%3A%2F%2Flure.example%2F", "nested"),
    ("domain", "lure.example", "url", "https://r.example.org/?u=//lure.example/a", "nested"),
    ("domain", "lure.example", "url", "https://r.example.org/?u=%2F%2Flure.example%2Fa", "nested"),
    ("domain", "lure.example", "url", "https://web.example.org/2020/http://lure.example/", "nested"),
    ("domain", "lure.example", "url", f"https://r.example.org/ck?u=a1{IN_BASE64}", "nested"),
    ("domain", "lure.example", "url", "https://filter.example.org/v2/url?u=https-3A__lure.example_a-3Fb&d=x", "nested"),
    ("domain", "lure.example", "url", "about:reader?url=https%3A%2F%2Flure.example%2Fa", "nested"),
    ("domain", "lure.example", "url", "sms:+15550100?body=https://lure.example/a", "nested"),
    ("domain", "lure.example", "url", "intent://lure.example/#Intent;scheme=https;end", "exact"),
    ("domain", "lure.example", "domain", "*.lure.example", "exact"),
    ("domain", "lure.example", "domain", ".lure.example", "exact"),
    ("domain", "lure.example", "domain", "LURE.example.", "exact"),
    ("domain", "lure.example", "domain", "lure.example:443", "exact"),
    ("domain", "lure.example", "domain", "https://lure.example", "exact"),
    ("domain", "lure.example", "text", "visit lure.example/b", "exact"),
    ("domain", "lure.example", "text", "👉lure.example", "exact"),
    ("domain", "lure.example", "text", "请访问lure.example谢谢", "exact"),
    ("domain", "lure.example", "text", "请访问https://lure.example谢谢", "exact"),
    ("domain", "lure.example", "text", "“lure.example”", "exact"),
    ("domain", "lure.example", "text", "to=https%253A%252F%252Flure.example%252Fa", "exact"),
    ("domain", "lure.example", "text", twice(LURE, 2), "nested"),
    ("domain", "lure.example", "text", "https://www.example.org/report/lure.example", "quoted"),
    ("domain", "lure.example", "text", "https://www.example.org/?q=lure.example says lure.example", "exact"),
    ("domain", "198.51.100.7", "url", "http://198.51.100.7/", "exact"),
    ("url", "https://Lure.example/a", "url", "HTTPS://lure.example:443/a/#top", "exact"),
    ("url", "https://lure.example/~a", "url", "https://lure.example/%7Ea", "exact"),
    ("url", "https://lure.example/a=1", "url", "https://lure.example/a=1", "exact"),
    ("url", "https://lure.example/a", "url", "https://lure.example/a?id=7", "variant"),
    ("url", "http://lure.example/a", "url", "https://lure.example/a", "variant"),
    ("url", "https://lure.example/a", "url", twice(LURE), "nested"),
    ("url", "https://lure.example/a", "text", "(see https://lure.example/a).", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://3325256711/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://0xC6336407/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://0306.0063.0144.0007/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://198.51.25607/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://0xc6.51.0144.7/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://１９８.51.100.7/", "exact"),
    ("ip-address", "127.0.0.1", "url", "http://2130706433/", "exact"),
    ("ip-address", "198.51.100.7", "url", "http://[::ffff:198.51.100.7]/", "exact"),
    ("ip-address", "198.51.100.7", "text", "see http://3325256711/", "exact"),
    ("ip-address", "198.51.100.7", "text", "https://www.example.org/ip/198.51.100.7", "quoted"),
    ("ip-address", "198.51.100.7", "ip-address", "::FFFF:c633:6407", "exact"),
    ("ip-address", "198.51.100.7", "ip-address", "64:ff9b::198.51.100.7", "mapped"),
    ("ip-address", "198.51.100.7", "ip-address", "2002:c633:6407::1", "mapped"),
    ("ip-address", "198.51.100.7", "ip-address", "/198.51.100.7:443", "exact"),
    ("ip-address", "198.51.100.7", "ip-address", "198.51.100.7/24", "exact"),
    ("ip-address", "198.51.100.0/24", "ip-address", "64:ff9b::c633:64ff", "mapped"),
    ("ip-address", "2001:db8::1:2", "ip-address", "2001:db8::1:2", "exact"),
    ("ip-address", "2001:db8::1", "ip-address", "2001:DB8:0:0:0:0:0:1%en0", "exact"),
    ("ip-address", "2001:db8::1", "ip-address", "[2001:db8::1]:443", "exact"),
    ("ip-address", "fe80::1", "url", "http://[fe80::1%25en0]/", "exact"),
    ("ip-address", "2001:db8::/32", "text", "from 2001:db8:5::9.", "network"),
]  # fmt: skip

FOUND_ON_DEVICES = [
    ("email", "bad@example.org", "email", '"Bad, Very" <BAD@example.org>', "exact"),
    ("email", "bad@example.org", "account", "mailto:bad%40example.org", "exact"),
    ("email", "bad@example.org", "account", "mailto:bad@example.org\0\0", "exact"),
    ("email", "bad@example.org", "account", "iMessage;-;bad@example.org", "exact"),
    ("email", "bad@example.org", "account", "e:bad@example.org", "exact"),
    ("email", "bad@example.org", "account", "bad+news@example.org", "variant"),
    ("email", "bad@gmail.com", "account", "b.a.d+1@googlemail.com", "variant"),
    ("email", "bad@münchen.example", "email", "bad@xn--mnchen-3ya.example", "exact"),
    ("email", "bad@example.org", "phone-number", "bad@example.org", "exact"),
    ("email", "bad@example.org", "url", "mailto:bad@example.org?subject=x", "exact"),
    ("process-name", "roleaccountdaemon", "process-name", "roleaccountdaem", "truncated"),
    ("process-name", "roleaccountdaemon", "process-name", "roleaccountdaemo", "truncated"),
    ("process-name", "roleaccountdaemon", "process-name", "/usr/libexec/roleaccountdaemo", "truncated"),
    ("process-name", "bh", "process-name", f"/private/var/tmp/bh/{ID}", "exact"),
    ("process-name", "bh", "process-name", f"{ID}/bh", "exact"),
    ("process-name", "bh", "process-name", "bh/org.example.app", "exact"),
    ("process-name", "bh", "process-name", "/data/local/tmp/bh (deleted)", "exact"),
    ("app-id", "org.example.bad", "process-name", "bh/org.example.bad", "exact"),
    ("app-id", "org.example.bad", "process-name", "org.example.bad:remote", "exact"),
    ("app-id", "org.example.badservice", "process-name", "mple.badservice", "truncated"),
    ("app-id", "org.example.bad", "file-path", "/data/user/0/org.example.bad/files", "exact"),
    ("app-id", "org.example.bad", "file-path", "/data/misc/profiles/cur/0/org.example.bad/primary.prof", "exact"),
    ("app-id", "org.example.bad", "file-path", "/sdcard/Android/data/org.example.bad", "exact"),
    ("app-id", "org.example.bad", "file-path", f"{APPS}/org.example.bad/x", "exact"),
    ("app-id", "org.example.bad", "file-path", f"{GROUPS}/group.org.example.bad", "exact"),
    ("app-id", "org.example.bad-one", "file-path", f"{BUNDLES}/org.example.bad-one/x.app", "exact"),
    ("file-name", "O'Neil.apk", "file-path", "/storage/emulated/0/Download/O'Neil.apk", "exact"),
    ("file-path", "/private/var/tmp/x", "file-path", "file:///private/var/tmp/x", "exact"),
    ("file-path", "/private/var/mobile/x", "file-path", "~/x", "exact"),
    ("file-path", "/data/local/tmp/x", "file-path", "/data/local/tmp/x (deleted)", "exact"),
    ("file-path", "/private/var/tmp/x", "file-path", "/var/./tmp//x/", "exact"),
    ("file-path", "/private/var/tmp/x", "process-name", "/tmp/x/y", "folder"),
    ("cert", SHA, "cert-sha256", ":".join(["AB"] * 32), "exact"),
    ("cert", SHA, "cert-sha256", " ".join(["ab"] * 32), "exact"),
    ("cert", SHA, "cert-sha256", "SHA-256: " + SHA.upper(), "exact"),
    ("cert", SHA, "cert-sha256", base64.b64encode(b"\xab" * 32).decode(), "exact"),
    ("cert", SHA, "cert-sha256", "SHA256:" + base64.b64encode(b"\xab" * 32).decode().rstrip("="), "exact"),
    ("cert", ":".join(["ab"] * 20), "cert-sha1", "AB" * 20, "exact"),
    ("sha256", SHA, "sha256", "sha256:" + SHA, "exact"),
    ("md5", "ab" * 16, "md5", "AB" * 16, "exact"),
    ("profile-id", ID, "profile-id", ID.lower(), "exact"),
    ("app-id", "Org.Example.Bad", "bundle-id", "org.example.bad", "exact"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "published", "field", "value", "strength"), FOUND_IN_ADDRESSES + FOUND_ON_DEVICES)
def test_found(kind, published, field, value, strength):
    assert strengths(kind, published, field, value) == [strength]


NOT_FOUND = [
    # false alarms of a peer: the reader of a report, an app that only shares a name, a longer name, a part of a value
    ("domain", "lure.example", "url", "https://www.example.org/search?q=lure.example"),
    ("domain", "lure.example", "url", "https://lure.example.good.test/"),
    ("domain", "lure.example", "url", "https://lure.example@www.example.org/"),
    ("domain", "lure.example", "url", "https://notlure.example/"),
    ("domain", "lure.example", "text", "x-lure.example"),
    ("domain", "code.example", "text", "ünïcode.example"),
    ("domain", "lure.example", "account", "lure.example@example.org"),
    ("url", "https://lure.example/a", "url", "https://lure.example/ab"),
    ("url", "https://lure.example/a", "url", "https://lure.example/A"),
    ("url", "https://lure.example/a?id=1", "url", "https://lure.example/a?id=2"),
    ("ip-address", "198.51.100.7", "url", "http://198.51.100.70/"),
    ("ip-address", "198.51.100.7", "url", "http://www.example.org/?x=198.51.100.7"),
    ("ip-address", "198.51.100.7", "url", "http://198.51.100.7.example.org/"),
    ("ip-address", "198.51.100.7", "url", "http://1.198.51.100.7/"),
    ("ip-address", "2001:db8::1234", "ip-address", "2001:db8::1234:443"),
    ("ip-address", "198.51.100.7", "ip-address", "2001:db8::c633:6407"),
    ("email", "bad@example.org", "account", "notbad@example.org"),
    ("email", "b.ad@example.org", "account", "bad@example.org"),
    ("process-name", "bh", "process-name", "com.example/bh"),
    ("process-name", "bh", "process-name", "bhd"),
    ("process-name", "bh", "process-name", "BH"),
    ("process-name", "bh", "bundle-id", "org.example.bh"),
    ("process-name", "bh", "file-path", "/private/var/mobile/bh"),
    ("process-name", "bh", "file-path", "/private/var/containers/Bundle/Application/x/bh"),
    ("process-name", "roleaccountdaemon", "process-name", "roleaccountdae"),
    ("process-name", "roleaccountdaemon", "process-name", "roleaccountdaemons"),
    ("app-id", "org.example.bad", "bundle-id", "org.example.bad.other"),
    ("app-id", "org.example.badservice", "process-name", "ple.badservice"),
    ("app-id", "org.example.bad", "file-path", "/private/var/mobile/Library/Preferences/org.example.bad/x"),
    ("file-path", "/private/var/tmp/stop", "file-path", "/private/var/tmp/stopwatch.log"),
    ("file-path", "/tmp/x", "file-path", "/tmp/xylophone"),
    ("file-path", "/tmp/l/", "file-path", "/private/var/tmp/log"),
    ("file-path", "/private/var/tmp/x", "file-path", "/private/var/tmp/X"),
    ("profile-id", ID, "profile-id", "1"),
    ("profile-id", ID, "profile-id", "-"),
    ("profile-id", ID, "profile-id", ID[:8]),
    ("cert", SHA, "cert-sha256", SHA[:40]),
    ("sha256", SHA, "sha256", SHA + "ab"),
    ("property-name", "ro.bad", "property-name", "ro.bad.x"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "published", "field", "value"), NOT_FOUND)
def test_not_found(kind, published, field, value):
    assert strengths(kind, published, field, value) == []


@pytest.mark.parametrize(
    ("published", "value", "platform", "strength"),
    [
        ("/private/var/tmp/x", "/var/tmp/x", "ios", "exact"),
        ("/private/var/tmp/x", "/tmp/x", "ios", "exact"),
        ("/private/etc/x", "/etc/x", "ios", "exact"),
        ("/private/var/tmp/x", "/tmp/x", "android", None),
        ("/private/var/tmp/x", "/var/tmp/x", "android", None),
        ("/private/etc/x", "/etc/x", "android", None),
        ("/private/var/tmp/x", "/tmp/x", None, "exact"),
        ("/system/etc/x", "/etc/x", "android", "exact"),
        ("/etc/x", "/system/etc/x", "android", "exact"),
        ("/system/etc/x", "/etc/x", "ios", None),
        ("/data/data/org.example/x", "/data/user/0/org.example/x", "android", "exact"),
        ("/data/user/0/org.example", "/data/data/org.example/x", None, "folder"),
        ("/data/data/org.example/x", "/data/user/10/org.example/x", "android", None),
        ("/sdcard/.x", "/storage/emulated/0/.x", "android", "exact"),
        ("/sdcard/.x", "/data/media/0/.x", "android", "exact"),
        ("/data/media/0/.x", "/mnt/sdcard/.x", None, "exact"),
        ("/storage/emulated/10/.x", "/data/media/10/.x", "android", "exact"),
        ("/sdcard/.x", "/storage/emulated/10/.x", "android", None),
        ("/sdcard/.x", "/sdcardx/.x", "android", None),
        ("/data/media/0/.x", "/mnt/runtime/full/emulated/0/.x/y", "android", "folder"),
    ],
)
def test_links_of_paths_are_those_of_the_platform(published, value, platform, strength):
    found = strengths("file-path", published, "file-path", value, "file-present", platform)
    assert found == ([strength] if strength else [])


def test_two_feeds_that_publish_one_address_as_host_and_as_address_are_both_found():
    known = (made("domain", "198.51.100.7"), made("ip-address", "198.51.100.7"))
    found = Matcher(IndicatorSet(indicators=known, feeds=())).matches("url", "http://198.51.100.7/", "visited")
    assert [(m.indicator.kind, m.strength) for m in found] == [("domain", "exact"), ("ip-address", "exact")]


def test_networks_of_one_range_are_both_found():
    known = (made("ip-address", "198.51.100.0/24"), made("ip-address", "198.51.0.0/16"))
    found = Matcher(IndicatorSet(indicators=known, feeds=())).matches("ip-address", "198.51.100.9", "network-user")
    assert [(m.indicator.value, m.strength) for m in found] == [
        ("198.51.100.0/24", "network"), ("198.51.0.0/16", "network"),
    ]  # fmt: skip


def test_an_indicator_is_told_once_as_firmly_as_it_stands():
    text = f"{twice(LURE)} or https://x.lure.example/ or lure.example"
    assert strengths("domain", "lure.example", "text", text) == ["exact"]
    assert strengths("domain", "lure.example", "text", f"{twice(LURE)} https://x.lure.example/") == ["sub-domain"]
