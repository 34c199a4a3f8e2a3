"""Values of ten megabytes that anybody may have written: the time for each grows no faster than its length."""

import time

import pyarrow as pa
import pytest

from bridle.formats import texts, urls
from bridle.indicators import Indicator, IndicatorSet, Matcher
from bridle.indicators.candidates import Candidates
from bridle.indicators.matcher import Where
from bridle.indicators.normalise import NORMALISE

SIZE = 10 << 20
SECONDS = 10
"""Of CPU, for all that is looked for in one value; what is quadratic takes hours."""
UNITS = [
    "http://http://", "%25%25", "%68ttp", "@@@", "a@a.", "a.", ":", "((", "=//", "aHR0c", "https-3A__", "谢谢a.b",
    "&u=https%3A%2F%2Fa.example",
]  # fmt: skip
LOOKED_UP = ["http://http://", "%25%25", "@@@", "a/", "/../", "~~a/", "1:"]
FUNCTIONS = (
    urls.urls_in, urls.domains_in, urls.emails_in, urls.ips_in, urls.outside_urls, urls.nested_urls, urls.host_of,
    urls.host_at, urls.normalised_host,
)  # fmt: skip


@pytest.fixture(scope="module")
def matcher():
    published = [
        ("domain", "lure.example"), ("url", "https://page.example/a"), ("ip-address", "192.0.2.0/28"),
        ("email", "bad@example.org"), ("process-name", "roleaccountdaemon"), ("file-path", "/private/var/tmp/x"),
        ("file-path", "Library/y"), ("file-name", "x.plist"), ("app-id", "org.example.badservice"),
        ("sha256", "ab" * 32), ("cert", "ab" * 32), ("profile-id", "a"), ("property-name", "b"),
    ]  # fmt: skip
    made = (Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in published)
    return Matcher(IndicatorSet(indicators=tuple(made), feeds=()))


def long(unit):
    return (unit * (SIZE // len(unit) + 1))[:SIZE]


@pytest.mark.parametrize("unit", UNITS)
def test_functions_end(unit):
    value = long(unit)
    begin = time.process_time()
    for function in FUNCTIONS:
        function(value)
        function(f"https://r.example.org/?u={value}")
    list(texts.pieces(pa.array([value])))
    looked = texts.Texts(pa.array([value, value[:1000]]))
    list(looked.holding(looked.domains.keys()))
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize("unit", LOOKED_UP)
def test_look_ups_end(matcher, unit):
    value = long(unit)
    column = pa.array([f"/{value}", f"https://r.example.org/?u={value}"])
    begin = time.process_time()
    for kind in ("url", "domain", "text", "account", "file-path", "process-name", "ip-address", "sha256", "bundle-id"):
        where = Where("running-process")
        for n in Candidates(matcher).rows(kind, column, where):
            matcher.matches(kind, column[n].as_py(), where.surface, where.platform)
    assert time.process_time() - begin < 3 * SECONDS
