"""Columns at once: whatever is found in a value by itself is among the candidates, and little else is."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import KINDS
from bridle.indicators import Indicator, IndicatorSet, Matcher, folders
from bridle.indicators import candidates as module
from bridle.indicators.candidates import Candidates
from bridle.indicators.matcher import Where
from bridle.indicators.normalise import NORMALISE

ID = "0A1B2C3D-0000-4000-8000-000000000000"
PUBLISHED = [
    ("domain", "lure.example"), ("domain", "deep.trap.example"), ("domain", "xn--ncode-cta3g.example"),
    ("domain", "198.51.100.9"), ("url", "https://page.example/a"), ("url", "http://192.0.2.8/x"),
    ("url", "http://localhost/a"), ("ip-address", "198.51.100.7"), ("ip-address", "2001:db8::/32"),
    ("ip-address", "192.0.2.0/28"), ("email", "bad@example.org"), ("email", "b.ad@gmail.com"),
    ("process-name", "bh"), ("process-name", "roleaccountdaemon"), ("file-name", "stage.plist"),
    ("file-path", "/private/var/tmp/x"), ("file-path", "/data/data"), ("file-path", "/sdcard/.x"),
    ("file-path", "/storage/emulated/0"), ("file-path", "Library/y"), ("file-path", "/etc/z"), ("sha256", "ab" * 32),
    ("sha1", "ab" * 20), ("md5", "ab" * 16), ("cert", "ab" * 32), ("app-id", "org.example.badservice"),
    ("profile-id", ID), ("property-name", "ro.bad"),
]  # fmt: skip
PIECES = [
    "lure.example", "LURE.Example", "trap.example", "deep.", "www.", "a.", "x-.", "ünïcode.example", "\u3002",
    "http://", "HTTPS://", "https://", "page.example", "/a", "localhost", "https%3A%2F%2F", "%68ttp",
    "%2568ttp%253A%252F%252F", "/..", "/.", "%25",
    "//", "/", "/", "?u=", "#", "&", "=", "aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ", "https-3A__lure.example_a",
    "user:pw@", "@", "\\", ":", ":8080", ".", "..", "198.51.100.7", "198.51.100.9", "3325256711", "0xC6336407",
    "::ffff:", "64:ff9b::c633:6407", "[", "]", "2001:db8::7", "%en0", "192.0.2.8", "bad@example.org",
    "bad+x@example.org", "b.a.d@googlemail.com", "mailto:", "iMessage;-;", "e:", "<", ">", " ", "\0", "\n",
    "%40", "bh", "roleaccountdaem", "roleaccountdaemo", ID, " (deleted)", "/private", "/var", "/tmp", "/etc",
    "/x", "/data", "/user", "/0", "/data/user/0", "/storage/self/primary", "/sdcard",
    "/storage/emulated/legacy", "/mnt/user/0/primary", "/mnt/runtime/full/emulated/0", "/data/media/0", "/.x",
    "/z", "/data/app/~~Zm9v==", "/org.example.badservice", "-1", "/base.apk", "org.example.badservice",
    "ple.badservice", "ORG.EXAMPLE.BADSERVICE", ":remote", "group.",
    "/private/var/mobile/Containers/Shared/AppGroup/", "Library/y", "~/", "file://", "stage.plist", "ab" * 32,
    "AB" * 20, "ab" * 16, ":".join(["ab"] * 32), "SHA-256: ", "q6ur" * 14, "ro.bad", "👉", "谢谢", "%2F", "é",
    ".com", "tel:", "_",
]  # fmt: skip


@pytest.fixture(scope="module")
def known():
    made = (Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in PUBLISHED)
    return Matcher(IndicatorSet(indicators=tuple(made), feeds=()))


def check(matcher, kind, values, where):
    """As one by one, whether repeats are looked for or not."""
    one_by_one = [n for n, v in enumerate(values) if v and matcher.matches(kind, v, where.surface, where.platform)]
    rows = Candidates(matcher).rows(kind, pa.array(values, pa.string()), where)
    assert rows == sorted(set(rows))
    assert not set(one_by_one) - set(rows), [values[n] for n in set(one_by_one) - set(rows)]
    return len(one_by_one)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("platform", ["ios", "android", None])
def test_nothing_is_lost(known, kind, platform, monkeypatch):
    """5,000 values of a seed for each kind, put together from what indicators and stores are made of."""
    drawn = random.Random(f"{kind} {platform}")
    values = ["".join(drawn.choices(PIECES, k=drawn.randint(1, 5))) for _ in range(5_000)]
    assert check(known, kind, [*PIECES, *values, None, "", *values[:50]], Where("mention", platform)) > 0
    monkeypatch.setattr(module, "_DISTINCT", 2)
    assert check(known, kind, [*PIECES, *values[:2000], None, ""], Where("running-process", platform)) > 0


@pytest.mark.parametrize("distinct", [0, 0.9, 2])
def test_no_url_is_lost_where_a_column_is_cut(known, distinct, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 7)
    monkeypatch.setattr(module, "_DISTINCT", distinct)
    drawn = random.Random(distinct)
    hosts = ["lure.example", "a.lure.example:8080", "site.example", "page.example:", "x.trap.example", "198.51.100.7"]
    values = [
        f"http{drawn.choice(['', 's'])}://{drawn.choice(hosts)}{drawn.choice(['/', '', '/?u='])}"
        + "".join(drawn.choices(PIECES, k=drawn.randint(0, 3)))
        for _ in range(1_000)
    ]
    for kind in ("url", "text"):
        assert check(known, kind, [*values, None, "", "lure.example", *values[:9]], Where("visited", "ios")) > 400


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=8), st.sampled_from(sorted(KINDS)))
def test_nothing_is_lost_of_few_values(known, values, kind):
    check(known, kind, values, Where("crash", None))


@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)))
def test_anything_can_be_a_value(known, value, kind):
    check(known, kind, [value], Where("visited", None))


ORDINARY = {
    "url": [
        *(f"https://www.site{n}.example.org:8080/a/{n}?b=x%20y" for n in range(500)),
        *(f"https://r.example.org/?u=https%253A%252F%252FSite{n}.example.org%253A80%252Fa" for n in range(500)),
    ],
    "domain": [f"site{n}.example.org" for n in range(500)],
    "file-path": [f"/private/var/mobile/Library/{n}/.a{n}.db" for n in range(500)],
    "process-name": [f"daemon{n}" for n in range(500)],
    "account": [f"person{n}@example.com" for n in range(500)],
    "ip-address": [f"203.0.113.{n}" for n in range(255)],
    "bundle-id": [f"org.example.app{n}" for n in range(500)],
    "sha256": [f"{n:064x}" for n in range(500)],
}


@pytest.mark.parametrize("kind", sorted(ORDINARY))
def test_ordinary_values_are_no_candidates(kind):
    made = (Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in PUBLISHED if "/28" not in v)
    matcher = Matcher(IndicatorSet(indicators=tuple(made), feeds=()))
    assert Candidates(matcher).rows(kind, pa.array(ORDINARY[kind]), Where("running-process", "ios")) == []


def test_no_indicator_no_candidate():
    nothing = Candidates(Matcher(IndicatorSet(indicators=(), feeds=())))
    for kind in KINDS:
        assert nothing.rows(kind, pa.array(["http://lure.example", "/private/var/tmp/x"]), Where("visited")) == []


def test_ordinary_texts_with_one_url_are_told_apart_by_it(known):
    """Rows by hand: hosts below a published one, a published page, names and addresses behind the host."""
    texts = [
        "see https://www.example.org/a today", "see https://x.lure.example/a today", "https://lure.example", None, "",
        "now: https://www.example.org/?u=lure.example. Ok?", "https://www.example.org/a/index.html", "lure example",
        "https://page.example/a", "https://www.example.org/trap.example", "call 198.51.100.7 now", "lure.example1",
        "https://www.example.org/deep.trap.example/x", "https://www.example.org/a lure.example", "at 12:30, 1.2",
        "https://www.example.org/?u=http://lure.example/x", "see https://www.example.org/198.51.100.7 today",
    ]  # fmt: skip
    rows = Candidates(known).rows("text", pa.array([*texts, *texts], pa.string()), Where("message"))
    expected = [1, 2, 5, 8, 10, 12, 13, 15, 16]
    assert rows == [*expected, *(n + len(texts) for n in expected)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*PIECES, "see", "Look:", "now.", *[" "] * 30]), max_size=9).map("".join)))
def test_nothing_is_lost_in_texts(values):
    made = (Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in PUBLISHED)
    check(Matcher(IndicatorSet(indicators=tuple(made), feeds=())), "text", values, Where("message"))


FOLDERS = [
    "", "/private", "/private/var/tmp/x", "/private/var/tmp", "/data/data", "/data/user/0", "/data/app", "/~~Zm9v==",
    "/org.example.badservice", "/org.example.badservice-1", "/lib", "/sdcard", "/.x", "/storage/emulated/0",
    "/Android/data",
    "/etc/z", "/private/var/mobile/Containers/Data/Application", "/group.org.example.badservice", "/a", "/b", "/c.d",
    "//", "/..",
    "/mnt/expand/u/user/10", "/x" * 600,
]  # fmt: skip


@pytest.mark.parametrize("platform", ["ios", "android", None])
def test_folders_as_columns_are_judged_as_one_by_one(known, platform, monkeypatch):
    drawn = random.Random(5)
    values = ["".join(drawn.choices(FOLDERS, k=drawn.randint(1, 6))) + "/f" for _ in range(4_000)]
    where = Where("mention", platform)
    monkeypatch.setattr(folders, "_FEW", 2)
    found = Candidates(known).rows("file-path", pa.array(values), where)
    one_by_one = [n for n, v in enumerate(values) if known.matches("file-path", v, "mention", platform)]
    assert len(one_by_one) > 300
    assert set(one_by_one) <= set(found)
    alone = Candidates(known)
    assert found == [n for n, v in enumerate(values) if alone.rows("file-path", pa.array([v]), where)]
