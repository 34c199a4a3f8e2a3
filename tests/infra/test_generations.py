"""Generations are learned from what the base's sources say, and labelled with probabilities, or not at all."""

from itertools import product
from pathlib import Path

import pytest

from bridle.infra.base import Value, read
from bridle.infra.generations import InferenceError, evaluate, generations
from bridle.infra.generations_calibrated import (
    calibrated,
    calibration_error,
    fitted,
    folds,
    mean_f1,
    probabilities,
    solve,
)
from bridle.infra.generations_features import features
from bridle.infra.generations_model import train
from bridle.infra.writing import Writer
from made_infra_base import made

OLD = [f"sms-{a}-{b}.info" for a, b in product(("news", "offers", "ticket", "alert", "tariff", "parcel"), "abcdefgh")]
NEW = [
    f"{a}{b}.net"
    for a, b in product(
        ("winter", "bridge", "candle", "river", "stone", "window", "garden"),
        ("table", "paper", "circle", "market", "forest", "letter", "button"),
    )
]


def of_both(writer: Writer) -> None:
    for n, domain in enumerate(OLD):
        writer.claim("domain", domain, f"line {n + 1}", vendor="Acme", generation="v1")
    for n, domain in enumerate(NEW):
        writer.claim("domain", domain, f"line {n + 101}", vendor="Acme", generation="v2")


def with_open(writer: Writer) -> None:
    of_both(writer)
    writer.claim("domain", "sms-news-z.info", "line 201", vendor="acme")
    writer.claim("domain", "riverbutton.net", "line 202", vendor="Acme", generation="v1")
    writer.claim("domain", "a.summerpaper.net", "line 203")
    writer.claim("domain", "other.net", "line 204", vendor="Umbrella")
    writer.claim("domain", "harmless.net", "line 205", vendor="Acme", says="benign")
    writer.claim("domain", "early.net", "line 206", vendor="Acme", generation="v0")


@pytest.fixture
def labels(tmp_path: Path):
    with read(made(tmp_path / "base", with_open)) as base:
        return generations(base)


def test_domains_of_the_vendor_without_one_generation_are_labelled(labels) -> None:
    assert [(x.domain, x.likeliest, x.generation, x.disputed, set(x.sources)) for x in labels.labels] == [
        ("a.summerpaper.net", "v2", "v2", (), {"list.csv, line 203"}),
        ("riverbutton.net", "v2", "v2", ("v1", "v2"), {"list.csv, line 202", "list.csv, line 128"}),
        ("sms-news-z.info", "v1", "v1", (), {"list.csv, line 201"}),
    ]


def test_shared_infrastructure_is_shown_beside_the_probability(labels, tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        with_open(writer)
        for name in ("a.summerpaper.net", OLD[0], OLD[1], NEW[0]):
            writer.relation(Value("domain", name), "resolves-to", Value("ip-address", "192.0.2.1"), f"dns {name}")

    with read(made(tmp_path / "other", fill)) as base:
        got = generations(base)
    assert [x.beside for x in got.labels] == [{"v1": 2, "v2": 1}, {}, {}]
    assert [x.probability for x in got.labels] == [x.probability for x in labels.labels]


def test_what_was_learned_is_said(labels) -> None:
    assert (labels.vendor, labels.trained_on, labels.too_few) == ("Acme", {"v1": 48, "v2": 48}, {"v0": 1})


def test_probabilities_sum_to_one_and_the_reasons_are_in_the_name(labels) -> None:
    last = labels.labels[2]
    assert sum(last.probabilities.values()) == pytest.approx(1)
    assert last.probability == last.probabilities["v1"]
    assert set(last.reasons) & {".info", "lure of messages", "first word sms", "word sms"}


def test_the_same_base_gives_the_same_labels(labels, tmp_path: Path) -> None:
    with read(tmp_path / "base") as base:
        assert generations(base) == labels


def test_a_base_without_two_generations_says_what_to_do(tmp_path: Path) -> None:
    place = made(tmp_path / "b", lambda w: w.claim("domain", "example.org", "line 1", generation="v1"))
    with read(place) as base, pytest.raises(InferenceError, match="of 30 domains each are needed to learn from, 0 in"):
        generations(base)


def test_distinct_styles_are_told_apart_in_cross_validation(tmp_path: Path) -> None:
    with read(made(tmp_path / "base", of_both)) as base:
        found = evaluate(base, kept=1.0, repeats=1)
    assert (found.domains, found.macro_f1_of_all, found.curve[0]) == (97, 1.0, (1.0, 1.0))
    assert found.calibration_error_of_all < 0.05


def test_unlike_styles_cannot_be_learned_from_shuffled_labels(tmp_path: Path) -> None:
    """What cross-validation gives where there is nothing to find: no example's fold takes part in its label."""

    def shuffled(writer: Writer) -> None:
        for n, domain in enumerate(sorted(OLD + NEW)):
            writer.claim("domain", domain, f"line {n}", vendor="Acme", generation=f"v{hash_of(domain) % 2}")

    with read(made(tmp_path / "base", shuffled)) as base:
        found = evaluate(base, repeats=1)
    assert 0.3 < found.macro_f1_of_all < 0.7


def test_held_out_labels_are_made_without_the_example() -> None:
    """Labels that follow nothing: a model that had seen an example would know its own, others are right by chance."""
    names = sorted(OLD + NEW)
    classes = [hash_of(name) % 2 for name in names]
    found = calibrated([features(*name.rsplit(".", 1)) for name in names], classes, 2)
    assert sum(choice.chosen == right for choice, right in found.held_out) < 0.75 * len(names)


def hash_of(text: str) -> int:
    return sum(i * ord(c) for i, c in enumerate(text, 1)) // 7


def test_folds_have_their_share_of_every_class() -> None:
    found = folds([0] * 10 + [1] * 5, 5, seed=1)
    assert [sorted(i >= 10 for i in fold) for fold in found] == [[False, False, True]] * 5
    assert sorted(i for fold in found for i in fold) == list(range(15))


def test_solve() -> None:
    assert solve([[0.0, 2.0], [4.0, 2.0]], [6.0, 14.0]) == [2.0, 3.0]


def test_fitted_probabilities_are_the_shares_that_were_right() -> None:
    """100 equal scores of which 80 are of class 0: the likeliest probability of class 0 is 0.8."""
    scores = [([1.0, 0.0], [0.0, 0.0])] * 100
    fit = fitted(scores, [0] * 80 + [1] * 20, 2)
    assert probabilities(scores[0], fit)[0] == pytest.approx(0.8, abs=0.001)


def test_calibration_error_by_hand() -> None:
    """Two bins: (0.9 + 0.9) against 1 right of 2, and 0.6 against 1 right of 1: (0.8 + 0.4) / 3."""
    assert calibration_error([(0.9, True), (0.9, False), (0.6, True)]) == pytest.approx(0.4)


def test_mean_f1_by_hand() -> None:
    """Class 0: one hit, one missed (chosen 1): 2/3. Class 1: one hit, one wrong: 2/3. Class 2: never right: 0."""
    assert mean_f1([(0, 0), (1, 0), (1, 1), (0, 2)], 3) == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def test_a_feature_of_one_example_is_not_known() -> None:
    examples = [features("winterbridge", "net"), features("winterriver", "net"), features("sms", "info")]
    model = train(examples, [0, 0, 1], 2)
    assert "word winter" in model.index
    assert "word sms" not in model.index
    assert ".info" not in model.index
