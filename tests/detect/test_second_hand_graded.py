"""What only another tool wrote of a phone is medium at most, and stands as independent of nothing."""

from typing import Any, cast

from finding_samples import evidence, finding

from bridle.detect.grade import SECOND_HAND, graded
from bridle.detect.writers import independent, is_second_hand

THEIRS, OURS = evidence(table="mvt.output.row"), evidence(table="ios.data_usage.process")
NO_CASE = cast(Any, None)
"""No explanation concerns the rule of the sample, so nothing is asked."""


def test_it_is_medium_at_most_and_says_so() -> None:
    (told,) = graded(NO_CASE, [finding(level="critical", confidence="medium", evidence=(THEIRS, THEIRS))])
    assert (told.level, told.confidence, told.message) == ("medium", "low", f"M {SECOND_HAND}")
    (low,) = graded(NO_CASE, [finding(level="low", evidence=(THEIRS,))])
    assert low.level == "low"


def test_a_row_of_the_phone_beside_it_counts() -> None:
    (told,) = graded(NO_CASE, [finding(level="high", evidence=(THEIRS, OURS))])
    assert (told.level, SECOND_HAND in told.message) == ("high", False)


def test_it_corroborates_nothing() -> None:
    assert not independent(THEIRS, evidence(path="/q", table="ios.sms.message"))
    assert not independent(OURS, evidence(path="/q", table="mvt.timeline.event"))
    assert [is_second_hand(rows) for rows in ([THEIRS], [THEIRS, OURS], [])] == [True, False, False]
