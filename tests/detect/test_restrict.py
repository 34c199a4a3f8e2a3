"""Restricted indicators are masked wherever they would stand."""

import json
from dataclasses import replace

import pytest
from finding_samples import evidence, finding

from bridle.detect import finding as findings
from bridle.detect.finding import Finding, Leg, Named, finding_id
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
    assert found[1].message == (
        "T. A record that it rests on is one that a restricted indicator names; what it says is withheld."
    )


def test_the_matched_form_is_masked_too_where_it_is_shown_otherwise() -> None:
    row = replace(evidence(path="/q"), values={"host": "xn--secrt-kva.example"})
    found = masked(
        [restricted(value="secrét.example"), finding(evidence=(row,))], "TLP:CLEAR", {"r1": "xn--secrt-kva.example"}
    )
    assert "xn--secrt" not in text(found)


@pytest.mark.parametrize(
    "spelled", ["https://SECRET.example/", "https://s%65cret%2Eexample/", "secret%252eexample", "xn--secrt-esa.example"]
)
def test_other_spellings_in_other_findings(spelled: str) -> None:
    own = restricted(value="secrét.example" if spelled.startswith("xn--") else "secret.example")
    row = replace(evidence(path=f"/q/{spelled}", locator=f"Q:{spelled}"), values={"a": spelled, "b": [spelled], "c": 1})
    other = finding(id="o", message=f"A sentence with {spelled}.", evidence=(row,))
    (_, told) = masked([own, other], "TLP:CLEAR", {})
    assert spelled.lower() not in text((told,))
    assert told.evidence[0].values["c"] == 1


def test_a_row_that_it_was_found_in_keeps_no_text_whatever_holds_it() -> None:
    row = replace(restricted().evidence[0], values={"url": "x", "list": ["y"], "bytes": b"z", "n": 1.5, "time": None})
    (told,) = masked([replace(restricted(), evidence=(row,))], "TLP:CLEAR", {})
    hidden = dict.fromkeys(("url", "list", "bytes"), "restricted")
    assert told.evidence[0].values == {**hidden, "n": 1.5, "time": None}
    listed = replace(row, table="ledger", path="/a/b", locator="ledger:0f")
    (told,) = masked([replace(restricted(), evidence=(listed,))], "TLP:CLEAR", {})
    assert (told.evidence[0].path, told.evidence[0].locator) == ("restricted", "restricted")


def test_a_guessed_value_is_not_confirmed_by_the_id() -> None:
    first = restricted().evidence[0]
    guessed = finding_id("indicator-domain", "secret.example", first)
    own = replace(restricted(), id=guessed, superseded_by="c")
    leg = Leg(name="n", stage="targeting", finding=guessed, time=None)
    near, chain = finding(id="o", corroborated_by=(guessed,)), finding(id="c", legs=(leg,))
    told = masked([own, near, chain], "TLP:CLEAR", {})
    assert guessed not in text(told)
    assert told[1].corroborated_by == (told[0].id,) == (told[2].legs[0].finding,)
    assert (told[1].id, told[2].id, told[0].superseded_by) == ("o", "c", "c")
    elsewhere = replace(restricted(value="other.example"), id="x")
    assert masked([elsewhere], "TLP:CLEAR", {})[0].id == told[0].id, "the id does not depend on the value"
    assert masked([own], "TLP:AMBER", {})[0].id == guessed


def test_a_digest_that_is_the_indicator_is_masked_everywhere() -> None:
    own = restricted(value="0f" * 32)
    other = finding(id="o", evidence=(replace(evidence(path="/q"), sha256="0f" * 32),))
    assert "0f0f" not in text(masked([own, other], "TLP:CLEAR", {}))


def test_what_benign_explanations_read_is_masked() -> None:
    tested = (
        findings.Tested(explanation="e", outcome="fits", why="org.example.hydra"),
        findings.Tested(explanation="f", outcome="could not be tested", why="these acquisitions lack x"),
    )
    own = replace(restricted(), tested=tested, message="It fits (org.example.hydra).")
    (told,) = masked([own], "TLP:CLEAR", {})
    assert (told.message, [t.why for t in told.tested]) == (
        "It fits (restricted).", ["restricted", "these acquisitions lack x"],
    )  # fmt: skip


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
