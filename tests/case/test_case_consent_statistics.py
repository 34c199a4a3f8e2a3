"""Who may be counted: those who agreed to it, while their case may be kept; and what nobody's phone made."""

import datetime

import pytest

from bridle.case.consent import StatisticsRefusedError, may_count

TODAY = datetime.date(2026, 3, 1)


def asked(**consent: object) -> dict[str, object]:
    return {"consent": {"statistics": True, "retention_until": "2026-03-01", **consent}}


def test_consent_to_statistics_lets_a_case_be_counted_to_its_last_day() -> None:
    may_count(asked(), TODAY)


def test_synthetic_evidence_needs_no_consent() -> None:
    may_count({"consent": "none recorded", "sources": [{"synthetic": True}]}, TODAY)


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        ({"consent": "none recorded", "sources": [{"synthetic": True}, {}]},
         "this case has no consent record, so it is not counted; examine again with --consent FILE"),
        (asked(statistics=False), "its consent record does not allow statistics; leave the case out, or ask"),
        (asked(statistics=1), "its consent record does not allow statistics"),
        (asked(retention_until="2026-02-28"), "it was to be destroyed by 2026-02-28 \\(retention_until\\); `bridle"),
        (asked(retention_until="soon"), "its consent record does not say until when it is kept; ask the person"),
    ],
)  # fmt: skip
def test_without_it_a_case_is_not_counted(meta: dict[str, object], why: str) -> None:
    with pytest.raises(StatisticsRefusedError, match=f"^{why}"):
        may_count(meta, TODAY)
