"""What is read of cases: nothing that names a person, windows of logs alone, clocks only where they were measured."""

from datetime import date
from pathlib import Path

import pytest
from made_cases import CONSENT, NOON, case, finding, span

from bridle.case.reader import Case
from bridle.targets.correlate_cases import CohortError, Told, identified, refused, told_of, traces, windows


def test_a_window_is_of_logs_that_were_examined() -> None:
    assert windows({"artifacts": {
        "ios.data_usage": span("2021-01-01T12:00:00.9Z", "2021-01-01T13:00:00Z"),
        "ios.sms": span("2021-01-01T12:30:00Z", "2021-01-01T14:00:00Z", "partly"),
        "ios.shutdown_log": span("2021-01-02T12:00:00Z", "2021-01-02T12:00:10Z"),
        "ios.contacts": span("2011-01-01T00:00:00Z", "2021-01-01T14:00:00Z"),
        "ios.ps": span(None, None),
        "ios.tcc": span("2001-01-01T00:00:00Z", "2021-01-01T14:00:00Z", "not examined"),
    }}) == ((NOON, NOON + 7200), (NOON + 86_400, NOON + 86_410))  # fmt: skip


def test_a_device_is_a_number_and_its_numbers_are_kept_apart(tmp_path: Path) -> None:
    made = [case(tmp_path / name, {"phone_number": n}) for name, n in (("a", "+1 555 0100"), ("b", "+15550101"))]
    found = identified(made, {"b": Told(clock_ahead=7)})
    assert [e.label for e in found] == ["D-01", "D-02"]
    assert found[0].digest < found[1].digest
    assert {e.numbers: e.clock_ahead for e in found} == {("+1 555 0100",): None, ("+15550101",): 7}
    assert {e.platform for e in found} == {"ios"}


@pytest.mark.parametrize(
    ("difference", "ahead", "note"),
    [
        ("0", 0, None), ("-90", -90, None), ("60", 60, None),
        ("61", None, "its clock was ahead by at most 61 s, or the backup took that long: taken as right"),
        ("unknown", None, "its clock was not compared with another: taken as right"),
    ],
)  # fmt: skip
def test_a_clock_is_corrected_only_where_it_was_measured(
    tmp_path: Path, difference: str, ahead: int | None, note: str | None
) -> None:
    (found,) = identified([case(tmp_path / "a", {"phone_number": "+15550100", "clock_difference": difference})], {})
    assert (found.clock_ahead, found.notes) == (ahead, () if note is None else (note,))


def test_a_number_may_be_given_and_is_not_sealed(tmp_path: Path) -> None:
    told = Told(numbers=("+15550102", "+15550100"))
    (found,) = identified([case(tmp_path / "a", {"phone_number": "+15550100", "clock_difference": "0"})], {"a": told})
    assert (found.numbers, found.notes) == (("+15550100", "+15550102"), ())
    assert told.sealed() == {"control": False, "clock_ahead": None, "owned": None}
    assert "555" not in repr(told)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    at = {"ios.ps": span(None, None)}
    (found,) = identified([case(tmp_path / "a", {"clock_difference": "0"}, artifacts=at)], {})
    assert found.notes == (
        "the acquisition holds no number of the phone, and none was given",
        "no log of it has a time",
    )


def test_a_case_counts_once(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="a case was given twice"):
        identified([case(tmp_path / "a"), Case(tmp_path / "a", None)], {})


def test_a_name_that_is_no_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="'c' is the folder of no case that was given"):
        identified([case(tmp_path / "a")], {"c": Told()})


def test_cases_without_consent_to_statistics_are_named(tmp_path: Path) -> None:
    made = [case(tmp_path / "a"), case(tmp_path / "b", consent="none recorded"),
            case(tmp_path / "c", consent={**CONSENT, "statistics": False})]  # fmt: skip
    said = refused(made, date(2026, 3, 1))
    assert [s.partition(" consent record")[0] for s in said] == [
        f"{tmp_path / 'b'}: this case has no", f"{tmp_path / 'c'}: its",
    ]  # fmt: skip


def test_traces_are_of_attacks_and_have_a_time(tmp_path: Path) -> None:
    made = case(tmp_path / "a", findings=(
        finding(times=("2021-01-01T12:00:00.75Z", None, "2021-01-02T12:00:00Z")),
        finding("targeting", "critical", ("2021-01-01T11:00:00Z",)),
        finding("exposure", times=("2021-01-03T12:00:00Z",)),
        finding(level="medium", times=("2021-01-04T12:00:00Z",)),
        finding(times=("2021-01-05T12:00:00Z",), acquisition_related=True),
        finding(times=(None,)),
    ))  # fmt: skip
    found = traces(made)
    assert (found.outcome, found.times) == ("execution", (NOON - 3600, NOON, NOON + 86_400))
    assert found.notes == ("1 of its findings have no time and are not counted",)


def test_of_more_evidence_than_is_listed_the_ends_count(tmp_path: Path) -> None:
    more = finding(times=("2021-01-01T12:00:00Z",)) | {"count": 5000, "last_seen": "2021-01-02T12:00:00Z"}
    assert traces(case(tmp_path / "a", findings=(more,))).times == (NOON, NOON, NOON + 86_400)


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("traces of execution", "execution"), ("traces of targeting", "targeting"),
        ("unexplained anomalies", "inconclusive"), ("inconclusive: too little was examined", "inconclusive"),
        ("no known traces in what was examined, 2021-01-01 to 2021-02-01", "inconclusive"),
    ],
)  # fmt: skip
def test_an_outcome_is_the_verdict_of_the_case(tmp_path: Path, verdict: str, outcome: str) -> None:
    assert traces(case(tmp_path / "a", verdict=verdict)).outcome == outcome


def test_ordinary_events_are_those_that_no_finding_cites(tmp_path: Path) -> None:
    cited = finding("exposure", "low", ("2021-01-01T12:00:00Z",))
    made = case(tmp_path / "a", findings=(cited,), used=(NOON, NOON + 7200, None, NOON + 7300, NOON + 20_000))
    assert traces(made).ordinary == (NOON + 7200, NOON + 20_000)


def test_of_many_ordinary_events_some_are_taken_evenly(tmp_path: Path) -> None:
    made = case(tmp_path / "a", used=tuple(NOON + 7200 * n for n in range(50)))
    assert traces(made).ordinary == tuple(NOON + 7200 * n for n in range(0, 50, 3))


def test_what_the_analyst_says_of_cases(tmp_path: Path) -> None:
    file = tmp_path / "cohort.toml"
    file.write_text(
        "[a]\nclock_ahead = -3\nowned_from = 1970-01-02\nowned_until = 1970-01-02\n"
        "[b]\ncontrol = true\nnumbers = ['+15550100']\n"
    )
    assert told_of(file) == {
        "a": Told(clock_ahead=-3, owned=(86_400, 172_799)),
        "b": Told(control=True, numbers=("+15550100",)),
    }
    assert told_of(None) == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = 1", "a: expected a table with the name of a case's folder, got 1"),
        ("[a]\nclock_ahead = true", "a: clock_ahead: expected one of control, clock_ahead, .*, got True"),
        ("[a]\nnumbers = [1]", r"a: numbers: expected one of .*, got \[1\]"),
        ("[a]\nnumber = '+15550100'", "a: number: expected one of"),
        ("[a", "is not TOML"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "cohort.toml").write_text(text)
    with pytest.raises(CohortError, match=why):
        told_of(tmp_path / "cohort.toml")


DAMAGED = r"^{} of .*a is damaged: .*; `bridle verify .*a` says what differs; or use another copy$"


@pytest.mark.parametrize("changed", ["{", "[]", '{"artifacts": {"ios.sms": 1}}', "[" * 100_000])
def test_a_changed_coverage_gives_one_clear_error(tmp_path: Path, changed: str) -> None:
    made = case(tmp_path / "a")
    (tmp_path / "a" / "coverage.json").write_text(changed)
    with pytest.raises(CohortError, match=DAMAGED.format("coverage.json")):
        identified([made], {})


@pytest.mark.parametrize("changed", ["{", "[]", '{"stage": "execution", "level": "high"}', '{"stage": []}'])
def test_changed_findings_give_one_clear_error(tmp_path: Path, changed: str) -> None:
    made = case(tmp_path / "a")
    (tmp_path / "a" / "findings.jsonl").write_text(changed + "\n")
    with pytest.raises(CohortError, match=DAMAGED.format("findings.jsonl")):
        traces(made)
