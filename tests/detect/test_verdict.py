"""The sentence a case begins with."""

from typing import Any

import pytest
from finding_samples import finding

from bridle.detect.verdict import verdict

READ = {"status": "examined", "rows": 5}
ENOUGH = {"ios.data_usage": READ, "ios.safari_history": READ, "ios.sms": {"status": "partly", "rows": 1}}


def judged(*findings: Any, artifacts: dict[str, Any] | None = None, platforms: tuple[str, ...] = ("ios",)) -> str:
    horizon = {"first": "2019-01-02T03:04:05Z", "last": "2021-07-18T00:00:00Z"}
    coverage = {"artifacts": ENOUGH if artifacts is None else artifacts, "horizon": horizon}
    return str(verdict(findings, coverage, platforms)["text"])


@pytest.mark.parametrize(
    ("level", "stage", "text"),
    [
        ("critical", "execution", "traces of execution"),
        ("high", "execution", "traces of execution"),
        ("medium", "execution", "unexplained anomalies"),
        ("high", "targeting", "traces of targeting"),
        ("high", "exploitation", "traces of targeting"),
        ("medium", "targeting", "unexplained anomalies"),
        ("high", "tampering", "unexplained anomalies"),
        ("low", "tampering", "no known traces in what was examined, 2019-01-02 to 2021-07-18"),
        ("informational", "exposure", "no known traces in what was examined, 2019-01-02 to 2021-07-18"),
    ],
)
def test_one_finding(level: str, stage: str, text: str) -> None:
    assert judged(finding(level=level, stage=stage)) == text


def test_execution_outweighs_targeting() -> None:
    assert judged(finding(stage="targeting", level="critical"), finding(stage="execution")) == "traces of execution"


@pytest.mark.parametrize(
    "artifacts",
    [
        {},
        {"ios.data_usage": READ, "ios.sms": READ},
        {**ENOUGH, "ios.sms": {"status": "examined", "rows": 0}},
        {**ENOUGH, "ios.sms": {"status": "not examined", "rows": 0}},
        {"ios.data_usage": READ, "ios.shutdown_log": READ, "ios.safari_history": READ},
    ],
)
def test_below_the_minimum_only_execution_or_targeting_may_be_said(artifacts: dict[str, Any]) -> None:
    inconclusive = "inconclusive: too little was examined"
    assert judged(artifacts=artifacts) == inconclusive
    assert judged(finding(stage="tampering", level="high"), artifacts=artifacts) == inconclusive
    assert judged(finding(stage="targeting"), artifacts=artifacts) == "traces of targeting"
    assert judged(finding(stage="execution"), artifacts=artifacts) == "traces of execution"


def test_every_platform_of_the_case_needs_its_minimum() -> None:
    assert judged(platforms=("ios", "android")) == "inconclusive: too little was examined"
    assert judged(platforms=()) == "inconclusive: too little was examined"


def test_what_the_examination_itself_left_is_not_judged() -> None:
    assert judged(finding(acquisition_related=True)).startswith("no known traces in what was examined")


def test_nothing_is_not_said_of_what_the_examination_left() -> None:
    coverage = {"artifacts": ENOUGH, "horizon": {"first": None, "last": None}}
    left = [finding(acquisition_related=True, level="high"), finding(level="low", stage="exposure")]
    assert verdict(left, coverage, ("ios",))["why"] == (
        "No rule and no indicator matched at or above medium, but for 1 finding that is consistent with the "
        "acquisition. This is no statement about the device: it covers only what was examined, and only the time "
        "its records cover. 1 lesser finding is listed."
    )
    lesser = [finding(acquisition_related=True, level="low")] + [finding(level="low", stage="exposure")] * 2
    assert verdict(lesser, coverage, ("ios",))["why"] == (
        "No rule and no indicator matched at or above medium. This is no statement about the device: it covers only "
        "what was examined, and only the time its records cover. 2 lesser findings are listed."
    )


def test_the_span_and_the_reason_stand_beside_it() -> None:
    coverage = {"artifacts": ENOUGH, "horizon": {"first": "2019-01-02T03:04:05Z", "last": "2021-07-18T00:00:00Z"}}
    made = verdict([finding(title="Lure", stage="targeting")], coverage, ("ios",))
    assert (made["from"], made["to"]) == ("2019-01-02T03:04:05Z", "2021-07-18T00:00:00Z")
    assert made["why"] == (
        "Resting on 1 finding that matches a published trace of an attack or of an extraction, or the form of one; "
        "what else may explain that is said with it, and none of it shows that spyware ran: Lure."
    )
    many = verdict([finding(title=t) for t in "ABCDE"], coverage, ("ios",))
    assert many["why"].startswith("Resting on 5 findings that name a process or an app, or code in one, that is ")
    assert many["why"].endswith(": A; B; C; and 2 more.")
    silent = {"artifacts": ENOUGH, "horizon": {"first": None, "last": None}}
    assert verdict([], silent, ("ios",))["text"] == "no known traces in what was examined"
    open_ = verdict([], {**silent, "artifacts": {}}, ("ios",))["why"]
    assert open_.startswith("Of the 4 questions asked of ios evidence 0 could be examined; at least 3 are needed.")


def test_every_artifact_that_is_named_exists() -> None:
    from bridle import artifacts
    from bridle.detect.verdict import _minimum

    data = _minimum()
    groups = [names for platform in data["platform"].values() for names in platform["groups"].values()]
    named = {n for names in [*groups, data["horizon"]["not_logs"], data["encrypted_only"]["artifacts"]] for n in names}
    assert len(named) > 40
    assert named - set(artifacts.paths()) == set()
    assert all(
        t in {a.table(r) for r in a.records}
        for t in data["horizon"]["lists"]
        for a in [artifacts.load(t.rpartition(".")[0])]
    )


def test_a_capture_answers_what_is_asked_of_a_network() -> None:
    nothing = "no known traces in what was examined, 2019-01-02 to 2021-07-18"
    assert judged(artifacts={"network.capture": READ}, platforms=("network",)) == nothing
    assert judged(artifacts={}, platforms=("network",)) == "inconclusive: too little was examined"
    both = {**ENOUGH, "network.capture": READ}
    assert judged(artifacts=both, platforms=("ios", "network")) == nothing
