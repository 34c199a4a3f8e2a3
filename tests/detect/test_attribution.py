"""What a finding is attributed to, and what that rests on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from finding_samples import evidence, finding

from bridle.detect import finding as findings
from bridle.detect.attribution import attributed, names
from bridle.detect.finding import Attributed, Attribution, Finding, Named
from bridle.detect.rule import RuleError, load_rules, parse_rule

AMNESTY, LOOKOUT, OWN, OTHER = "2021-07-18_nso/pegasus.stix2", "lookout/chrysaor.csv", "own.stix2", "other.stix2"


@dataclass(frozen=True)
class Related:
    role: str
    name: str
    feed: str
    confidence: int | None = None


@dataclass(frozen=True)
class Known:
    related: tuple[Related, ...]


def named(*feeds: str, campaigns: tuple[str, ...] = (), value: str = "bh", tlp: str | None = None) -> Finding:
    of = Named(kind="process-name", value=value, feeds=feeds, campaigns=campaigns, tlp=tlp)
    return finding(id=value, rule="indicator-process-name", indicator=of)


def one(f: Finding, *related: Related, audience: str = "TLP:CLEAR") -> Attribution | None:
    known: dict[tuple[str, str], Any] = {("process-name", "bh"): Known(related)} if related else {}
    return attributed([f], known, (), audience)[0].attribution


def test_one_feeds_label_is_no_attribution() -> None:
    assert one(named(AMNESTY, campaigns=("Pegasus",))) is None
    assert one(named(AMNESTY), Related("product", "Pegasus", AMNESTY)) is None


def test_two_independent_sources_that_mean_the_same() -> None:
    told = one(named(AMNESTY, LOOKOUT), Related("product", "NSO", AMNESTY), Related("campaign", "Chrysaor", LOOKOUT))
    assert told == Attribution(
        product=Attributed(
            name="Pegasus (NSO Group)", confidence="medium",
            basis="named by 2 sources that do not repeat each other: Amnesty International's Security Lab and Citizen "
            "Lab, and those who repeat their lists; Lookout",
        )
    )  # fmt: skip


def test_a_mirror_is_the_same_source() -> None:
    mirror = "mvt-indicators/pegasus.stix2"
    assert one(named(AMNESTY, mirror), *(Related("product", "Pegasus", f) for f in (AMNESTY, mirror))) is None


def test_sources_of_which_nothing_is_known_give_low_confidence() -> None:
    told = one(named(OWN, OTHER), *(Related("product", "Predator", f) for f in (OWN, OTHER)))
    assert told is not None and told.product is not None
    assert (told.product.name, told.product.confidence) == ("Predator (Cytrox / Intellexa)", "low")


def test_names_that_disagree_name_nothing() -> None:
    assert one(named(OWN, OTHER), Related("product", "Predator", OWN), Related("product", "Pegasus", OTHER)) is None


def test_campaigns_of_feeds_that_relate_nothing() -> None:
    told = one(named(OWN, OTHER, campaigns=("Operation Triangulation",)))
    assert told is not None and told.product is not None
    assert (told.product.name, told.product.confidence) == ("Triangulation", "low")


def test_an_operator_needs_two_sources_too() -> None:
    by = Related("operator", "EXAMPLE-1", AMNESTY), Related("operator", "EXAMPLE-1", LOOKOUT)
    by = replace(by[0], feed="amnesty/list.csv"), replace(by[1], feed="lookout/list.csv")
    assert one(named(by[0].feed, by[1].feed), by[0]) is None
    told = one(named(by[0].feed, by[1].feed), *by)
    assert told is not None and told.operator is not None
    assert (told.product, told.operator.name, told.operator.confidence) == (None, "EXAMPLE-1", "medium")


def test_what_is_restricted_or_explained_names_nothing() -> None:
    both = Related("product", "Pegasus", AMNESTY), Related("product", "Pegasus", LOOKOUT)
    assert one(named(AMNESTY, LOOKOUT, tlp="TLP:AMBER"), *both) is None
    assert one(named(AMNESTY, LOOKOUT, tlp="TLP:AMBER"), *both, audience="TLP:AMBER") is not None
    explained = replace(named(AMNESTY, LOOKOUT), tested=(findings.Tested(explanation="e", outcome="fits", why="w"),))
    assert one(explained, *both) is None


def test_several_findings_of_one_device() -> None:
    one_, other = named(AMNESTY, campaigns=("Pegasus",)), named(AMNESTY, campaigns=("NSO Group",), value="x")
    assert [f.attribution for f in attributed([one_, other], {}, ())] == [None, None], "the same artifact"
    other = replace(other, evidence=(evidence(table="d.e.f"),))
    both = attributed([one_, other], {}, ())
    assert [f.attribution for f in both] == [
        Attribution(
            product=Attributed(
                name="Pegasus (NSO Group)", confidence="low",
                basis="named for 2 findings of this device, in 2 artifacts",
            )
        )
    ] * 2  # fmt: skip


def test_a_rule_with_a_published_case_names_its_product() -> None:
    rule = next(r for r in load_rules() if r.id == "android-variston-property")
    (f,) = attributed([finding(rule=rule.id)], {}, [rule])
    assert f.attribution is not None and f.attribution.product is not None
    assert (f.attribution.product.name, f.attribution.operator) == ("Heliconia (Variston)", None)
    assert attributed([finding(rule="other")], {}, [rule])[0].attribution is None


def test_every_rule_names_a_known_product_and_a_published_case() -> None:
    known = {f"{p} ({m})" if (m := names().makers.get(p)) else p for p in names().products.values()}
    naming = [r for r in load_rules() if r.attribution]
    assert len(naming) >= 25
    assert {r.attribution["product"] for r in naming} <= known
    assert {r.attribution["confidence"] for r in naming} <= {"low", "medium"}


@pytest.mark.parametrize(
    "value", [{"product": "x"}, {"product": "x", "confidence": "sure", "basis": "b"}, "x", {"operator": "y"}]
)
def test_an_attribution_that_says_too_little_is_refused(value: Any) -> None:
    import tomllib

    rule = next(r for r in load_rules() if r.attribution)
    data = tomllib.loads(rule.file.read_text("utf-8"))
    with pytest.raises(RuleError, match="attribution"):
        parse_rule({**data, "attribution": value}, Path("x.toml"))
    with pytest.raises(RuleError, match="published case"):
        parse_rule({**data, "references": ["a book"]}, Path("x.toml"))


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("NSO Group", "Pegasus"), ("Cytrox Predator", "Predator"), ("Sherlock", "DevilsTongue"), ("KingSpawn", "Reign"),
        ("RCS Lab", "Hermit"), ("an apple", None), ("Pegasus and Predator", None),
        ("2024-12-16 serbia novispy", "NoviSpy"),
    ],
)  # fmt: skip
def test_what_names_mean(name: str, product: str | None) -> None:
    assert names().product(name) == product
