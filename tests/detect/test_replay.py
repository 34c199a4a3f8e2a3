"""Whatever is published is found wherever it is looked for, in every notation; and what is missed is told."""

from dataclasses import replace

import pytest

from bridle.case.observables import observables
from bridle.detect.coverage import HELD_BY
from bridle.indicators import Matcher, load, match_tables
from bridle.indicators.match_keys import MatchKeys
from bridle.indicators.observed import candidates
from bridle.indicators.within import tables_within
from bridle.phantom import feed
from corpus import INDICATORS, needs_indicators
from replay import cases, fields, replay
from spellings import spellings


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    file = tmp_path_factory.mktemp("feed") / "phantom.stix2"
    feed.write(file, 7)
    return load([file])


def test_every_indicator_of_the_synthetic_feed_is_found_wherever_it_is_planted(phantom):
    report = replay(phantom)
    assert report.failures == []
    assert (report.found, report.recall) == (report.pairs, 1.0)
    kinds = {i.kind for i in phantom.indicators}
    assert {kind for kind, _, _ in report.by_kind} == kinds
    tried = {(field, surface) for _, field, surface in report.by_kind}
    held = {place for place in fields() if any(place[0] in HELD_BY[k] for k in kinds)}
    assert tried == {place for place in held if place[0] not in ("cert-md5", "cert-sha1")}


def test_names_that_mean_something_on_some_surfaces_are_told_on_no_other(phantom):
    name = next(i for i in phantom.indicators if i.kind == "process-name")
    report = replay(replace(phantom, indicators=(replace(name, surfaces=frozenset({"crash"})),)))
    assert {surface for _, _, surface in report.by_kind} == {"crash"}
    assert report.by_design == {f"process-name {name.shown}: means something only on crash": 5}
    assert report.failures == []


def test_a_hole_in_the_matcher_is_a_failure(phantom, monkeypatch):
    whole = Matcher.matches
    monkeypatch.setattr(Matcher, "matches", lambda s, k, v, *rest: [] if "%" in v else whole(s, k, v, *rest))
    domains = replace(phantom, indicators=tuple(i for i in phantom.indicators if i.kind == "domain")[:1])
    report = replay(domains)
    assert {(f.field_kind, f.kind) for f in report.failures} == {("url", "domain"), ("text", "domain")}
    assert report.found == report.pairs - len(report.failures)
    assert all("%" in missed for f in report.failures for missed in f.missed)


def test_a_field_that_nothing_can_be_written_to_is_listed(phantom):
    report = replay(phantom)
    assert report.not_evaluable["sha256 is not looked for in fields of kind url"] == 7
    assert spellings("cert", "ab" * 32, "cert-sha1") == []
    assert (
        report.not_evaluable["a certificate's digest of 64 digits is nothing that a field of kind cert-sha1 holds"] == 4
    )


def hits_outside_observables(indicators):
    """The number of hits, and those that the observables of their case do not lead to."""
    matcher, count, lost = Matcher(indicators), 0, []
    for case in cases(indicators):
        keys = MatchKeys()
        found = candidates(observables(case, keys.add), matcher)
        told = {(c.table, i.kind, i.value) for c in found for i in c.indicators}
        within = tables_within(keys.reader(), matcher.indicators)
        for hit in match_tables(case, matcher):
            count += 1
            assert hit.table in within, hit
            if (hit.table, hit.indicator.kind, hit.indicator.value) not in told:
                lost.append((hit.table, hit.field, hit.value, hit.indicator.value))
    return count, lost


def test_observables_lead_to_every_hit(phantom):
    count, lost = hits_outside_observables(phantom)
    assert lost == []
    assert count > 8_000


@needs_indicators
def test_observables_lead_to_every_hit_of_published_feeds():
    count, lost = hits_outside_observables(load([INDICATORS / "stix2"]))
    assert lost == []
    assert count > 300_000


@needs_indicators
def test_every_published_indicator_is_found_wherever_it_is_planted():
    report = replay(load([INDICATORS / "stix2"]))
    assert report.failures == []
    assert report.pairs > 100_000
    assert report.recall == 1.0
