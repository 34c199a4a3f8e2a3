"""What cases share: the one-customer rule, its screen, time, and what is told beside it."""

from datetime import UTC, datetime, timedelta

from bridle.links.edges import Carrier, Edge, read_findings, selector
from bridle.links.graph import links

MAY = datetime(2021, 5, 1, tzinfo=UTC)


def edge(device: str, value: str, day: int | None = 0, kind: str = "account") -> Edge:
    time = None if day is None else MAY + timedelta(days=day)
    carrier = Carrier(finding=f"{device} {value}", table="t", locator="row 1")
    return Edge(device=device, kind=kind, value=value, first=time, last=time, carriers=(carrier,))


def test_devices_of_one_account_are_one_hypothesis_with_what_carries_it() -> None:
    found = links([edge("D-01", "a@example.org"), edge("D-02", "a@example.org", 30), edge("D-03", "b@example.org")])
    assert [(h.name, h.devices, h.bridges) for h in found.hypotheses] == [
        ("H-01", ("D-01", "D-02"), (("account", "a@example.org"),))
    ]
    assert [e.carriers[0].finding for e in found.hypotheses[0].uses[0].edges] == [
        "D-01 a@example.org", "D-02 a@example.org",
    ]  # fmt: skip


def test_one_account_two_years_apart_joins_nothing_and_is_told() -> None:
    found = links([edge("D-01", "a"), edge("D-02", "a", 730), edge("D-03", "b"), edge("D-04", "b", None)])
    assert found.hypotheses == ()
    assert [(s.value, s.why) for s in found.set_aside] == [
        ("a", "its uses lie more than 365 days apart, or have no time"),
        ("b", "its uses lie more than 365 days apart, or have no time"),
    ]


def test_a_vendor_wide_selector_is_set_aside_by_the_strata() -> None:
    strata = {f"D-{n:02}": "MX" if n < 6 else "HU" for n in range(12)}
    edges = [edge(f"D-{n:02}", "vendor.example.com", kind="domain") for n in (0, 1, 2, 6, 7, 8)]
    edges += [edge(f"D-{n:02}", "mx@example.org") for n in range(5)]
    found = links(edges, strata=strata)
    assert [(h.devices, h.uses[0].value) for h in found.hypotheses] == [
        (("D-00", "D-01", "D-02", "D-03", "D-04"), "mx@example.org")
    ]
    assert [s.value for s in found.set_aside] == ["vendor.example.com"]
    assert found.set_aside[0].why.startswith("its devices are as mixed as random ones: 2 strata in 6 devices")


def test_a_vendor_wide_selector_is_set_aside_by_the_other_selectors() -> None:
    edges = [edge(f"D-{n}", f"account {n // 2}") for n in range(6)]
    edges += [edge(f"D-{n}", "vendor.example.com", kind="domain") for n in range(6)]
    found = links(edges)
    assert [h.devices for h in found.hypotheses] == [("D-0", "D-1"), ("D-2", "D-3"), ("D-4", "D-5")]
    assert [s.why for s in found.set_aside] == [
        "it reaches 3 groups that nothing else joins, and more than half in none of them"
    ]


def test_a_victim_of_two_is_in_both_hypotheses_and_joins_them_not() -> None:
    found = links([edge("D-1", "a"), edge("D-2", "a"), edge("D-2", "b"), edge("D-3", "b")])
    assert [h.devices for h in found.hypotheses] == [("D-1", "D-2"), ("D-2", "D-3")]
    assert found.several == (("D-2", ("H-01", "H-02")),)


def test_attachments_are_a_shared_tool_and_no_customer() -> None:
    found = links([edge("D-1", "ab" * 32, kind="attachment"), edge("D-2", "ab" * 32, kind="attachment")])
    assert found.hypotheses == ()
    assert [(u.kind, sorted(u.devices)) for u in found.tools] == [("attachment", ["D-1", "D-2"])]


def test_operators_that_differ_are_a_contradiction() -> None:
    found = links([edge("D-1", "a"), edge("D-2", "a")], operators={"D-1": ["Cadmium"], "D-2": ["Zinc"]})
    assert found.hypotheses[0].contradiction == "their findings name Cadmium, Zinc"


def finding(**other: object) -> dict[str, object]:
    return {
        "id": "f1", "stage": "targeting", "level": "high", "acquisition_related": False,
        "first_seen": "2021-05-01T00:00:00+00:00", "last_seen": None,
        "indicator": {"kind": "email", "value": "A@Example.org"},
        "evidence": [{"table": "sms.message", "locator": "message:7"}],
        "attribution": {"operator": {"name": "Cadmium"}}, **other,
    }  # fmt: skip


def test_findings_give_selectors_and_neither_processes_nor_the_acquisition() -> None:
    read = read_findings("D-01", [
        finding(), finding(indicator={"kind": "process-name", "value": "bh"}), finding(acquisition_related=True),
        finding(stage="exposure"), finding(indicator={"kind": "domain", "value": "restricted indicator 1"}),
    ])  # fmt: skip
    assert read.edges == (
        Edge(device="D-01", kind="account", value="a@example.org", first=MAY, last=MAY,
             carriers=(Carrier(finding="f1", table="sms.message", locator="message:7"),)),
    )  # fmt: skip
    assert read.operators == ("Cadmium",)


def test_a_quoted_selector_joins_nothing_and_is_not_looked_for_again() -> None:
    quoted = {"kind": "domain", "value": "lure.example.com"}
    read = read_findings("D-01", [finding(), finding(level="medium", indicator=quoted), finding(level="low")])
    assert [e.value for e in read.edges] == ["a@example.org"]
    assert read.weak == {("domain", "lure.example.com")}


def test_of_a_url_the_host_counts() -> None:
    assert selector("url", "https://Lure.example.com:443/x") == ("domain", "lure.example.com")
    assert selector("url", "https://[bad") is None
