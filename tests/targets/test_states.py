"""Selected, verified, examined, and an outcome: each follows from the one before, and none from being selected."""

from datetime import date

import pytest

from bridle.targets.states import STATES, StateError, Step, outcome, standings

TOKEN, OTHER = "a" * 32, "b" * 32
CASE, CASE2 = "1" * 64, "2" * 64
DAY = date(2026, 1, 5)


def verify(token=TOKEN, bases=("owner", "contact-book")):
    return Step(token=token, act="verify", date=DAY, bases=bases)


def examine(case=CASE, consent=True, statistics=True, token=TOKEN):
    return Step(token=token, act="examine", date=DAY, case=case, consent=consent, statistics=statistics)


def conclude(verdict, case=CASE):
    return Step(token=TOKEN, act="conclude", date=DAY, case=case, verdict=verdict)


def state(*steps):
    return standings(steps)[TOKEN].state


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("traces of execution", "infected"),
        ("traces of targeting", "attempted"),
        ("unexplained anomalies", "inconclusive"),
        ("inconclusive: too little was examined", "inconclusive"),
        ("no known traces in what was examined, 2021-01-01 to 2021-07-01", "inconclusive"),
        ("no traces of execution", "inconclusive"),
    ],
)
def test_the_verdict_decides(verdict, expected):
    assert outcome(verdict) == expected
    assert state(verify(), examine(), conclude(verdict)) == expected


def test_the_way():
    assert state(verify()) == "verified"
    assert state(verify(), examine()) == "examined"
    assert standings([]) == {}
    assert not standings([verify(), examine()])[TOKEN].confirmed
    assert standings([verify(), examine(), conclude("traces of targeting")])[TOKEN].confirmed


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([examine()], "not verified"),
        ([conclude("traces of execution")], "not entered"),
        ([verify(), conclude("traces of execution")], "not entered"),
        ([verify(bases=("owner",))], "two sources of different kinds"),
        ([verify(bases=("caller-identification", "caller-identification"))], "two sources of different kinds"),
        ([verify(bases=("owner", "Jane Roe"))], "name no person"),
        ([verify(), examine(consent=False)], "no consent record"),
        ([verify(), examine(), examine()], "entered already"),
        ([verify(), examine(), conclude("")], "verdict of the case, which is missing"),
        ([verify(), examine(case="abc")], "SHA-256"),
        ([verify(token="+15550100")], "by its token"),
        ([Step(token=TOKEN, act="infect", date=DAY, case=CASE)], "expected one of verify"),
    ],
)
def test_steps_that_do_not_follow(steps, said):
    with pytest.raises(StateError, match=said):
        standings(steps)


def test_the_examination_that_shows_most_counts_until_it_is_withdrawn():
    way = [verify(), examine(), conclude("traces of execution"), examine(CASE2), conclude("unexplained", CASE2)]
    assert state(*way) == "infected"
    withdrawn = Step(token=TOKEN, act="withdraw", date=DAY, case=CASE)
    assert state(*way, withdrawn) == "inconclusive"
    assert state(*way, withdrawn, Step(token=TOKEN, act="withdraw", date=DAY, case=CASE2)) == "verified"


def test_a_later_verdict_of_the_same_case_replaces_the_earlier():
    assert state(verify(), examine(), conclude("traces of targeting"), conclude("no known traces")) == "inconclusive"


def test_selected_is_never_called_attacked():
    """The sentences of the first three states hold none of the words of an outcome but in denial."""
    way = [[verify()], [verify(), examine()]]
    for steps in way:
        sentence = standings(steps)[TOKEN].sentence
        assert not any(word in sentence for word in ("attack", "infect", "attempt", "target", "victim", "spyware"))
    selected = standings([verify(), examine(), Step(token=TOKEN, act="withdraw", date=DAY, case=CASE)])[TOKEN]
    assert selected.state == "verified"
    assert STATES.index("selected") < STATES.index("attempted")


def test_a_step_survives_json():
    for step in (verify(), examine(), conclude("traces of execution")):
        assert Step.from_json(step.as_json()) == step
    with pytest.raises(StateError, match="cannot be read"):
        Step.from_json({"token": TOKEN})
