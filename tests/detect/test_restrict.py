"""Restricted indicators are masked wherever they would stand."""

import json
from dataclasses import replace

import pytest
from finding_samples import evidence, finding

from bridle.detect.finding import Finding, Named
from bridle.detect.restrict import marking, masked


def restricted(tlp: str | None = "TLP:AMBER", value: str = "secret.example") -> Finding:
    row = replace(
        evidence(path="/p", locator="Z:1"), values={"url": f"https://{value.upper()}/x", "title": "t", "n": 1}
    )
    named = Named(kind="domain", value=value, feeds=("own.stix2",), campaigns=("Hydra",), tlp=tlp)
    message = f"A message names {value}, published for Hydra; it stands in x."
    return finding(id="r1", rule="indicator-domain", message=message, indicator=named, evidence=(row,))


def text(found: tuple[Finding, ...]) -> str:
    return json.dumps([f.as_dict() for f in found]).lower()


def test_value_and_campaign_of_a_restricted_indicator_stand_nowhere() -> None:
    other = finding(id="o", message="Safari recorded https://secret.example/x", evidence=(restricted().evidence[0],))
    found = masked([restricted(), other], "TLP:CLEAR", {"r1": "secret.example"})
    assert "secret.example" not in text(found)
    assert "hydra" not in text(found)
    assert found[0].indicator == Named(
        kind="domain", value="restricted indicator 1", feeds=("own.stix2",), campaigns=(), tlp="TLP:AMBER"
    )
    assert (
        found[0].message
        == "A message names restricted indicator 1, published for a restricted campaign; it stands in x."
    )
    assert found[0].evidence[0].values == {"url": "restricted indicator 1", "title": "restricted", "n": 1}
    assert found[1].message == "Safari recorded https://restricted indicator 1/x"


def test_the_matched_form_is_masked_too_where_it_is_shown_otherwise() -> None:
    row = replace(evidence(path="/q"), values={"host": "xn--secrt-kva.example"})
    found = masked(
        [restricted(value="secrét.example"), finding(evidence=(row,))], "TLP:CLEAR", {"r1": "xn--secrt-kva.example"}
    )
    assert "xn--secrt" not in text(found)


def test_a_path_that_is_the_indicator_is_masked() -> None:
    f = restricted(value="/private/var/tmp/implant")
    f = replace(f, evidence=(evidence(path="/private/var/tmp/implant", locator="/private/var/tmp/implant"),))
    assert "implant" not in text(masked([f], "TLP:GREEN", {}))


def test_a_query_that_spells_the_value_is_left_out() -> None:
    f = replace(restricted(), evidence_query="SELECT 'secret.example'")
    assert masked([f], "TLP:CLEAR", {})[0].evidence_query is None


@pytest.mark.parametrize(
    ("tlp", "audience", "hidden"),
    [
        (None, "TLP:CLEAR", False), ("TLP:WHITE", "TLP:CLEAR", False), ("TLP:GREEN", "TLP:CLEAR", False),
        ("amber", "TLP:GREEN", True), ("TLP:AMBER", "TLP:AMBER", False), ("TLP:AMBER+STRICT", "TLP:AMBER", True),
        ("TLP:RED", "TLP:AMBER+STRICT", True), ("TLP:RED", "TLP:RED", False), ("eyes only", "TLP:AMBER", True),
    ],
)  # fmt: skip
def test_who_sees_what(tlp: str | None, audience: str, hidden: bool) -> None:
    assert ("secret.example" not in text(masked([restricted(tlp)], audience, {}))) == hidden


def test_each_restricted_indicator_has_its_own_number() -> None:
    second = replace(restricted(value="other.example"), id="r2", evidence=(evidence(path="/z"),))
    found = masked([restricted(), second, replace(restricted(), id="r3")], "TLP:CLEAR", {})
    assert [f.indicator.value for f in found if f.indicator] == [
        "restricted indicator 1", "restricted indicator 2", "restricted indicator 1",
    ]  # fmt: skip


def test_markings_in_other_spellings() -> None:
    assert [marking(m) for m in ("white", "TLP:AMBER_STRICT", "tlp:green", "", "x")] == [
        "TLP:CLEAR", "TLP:AMBER+STRICT", "TLP:GREEN", "TLP:CLEAR", "TLP:RED",
    ]  # fmt: skip
