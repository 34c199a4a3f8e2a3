"""Probabilities that mean what they say, and when to say nothing.

A model's scores on examples it was not trained on (inner folds) are fitted to the truth: one weight for the regression,
one for naive Bayes and one constant for each class. On the same scores are chosen how much a rare class is favoured
(for the best mean F1 of the classes) and the certainty below which bridle abstains. Favour moves the choice, never the
probability.

Source: J. Platt, "Probabilistic Outputs", 1999, and vector scaling in C. Guo et al., "On Calibration of Modern Neural
Networks", ICML 2017.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bridle.infra.generations_features import Features
from bridle.infra.generations_model import Model, softmax, train

INNER = 5
"""Folds in which the scores are made that probabilities are fitted to."""
KEPT = 0.82
"""The share of such examples that is labelled; the rest is abstained from."""
FAVOURS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Exponents tried: a class is favoured by (the largest class / it) to this power."""
CERTAIN = 0.95
"""The certainty from which it never abstains, however many others are more certain still."""
HELD = 1e-3
"""How strongly the fit is held to where it begins, so that it has an end on separable scores."""
Scores = tuple[list[float], list[float]]


class Choice(NamedTuple):
    """What is said of one example."""

    chosen: int
    probability: float
    """That the chosen class is right."""
    probabilities: list[float]
    certainty: float
    """The chosen class's share after rare classes are favoured: what abstention goes by."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A model, what makes probabilities of its scores, and when it abstains."""

    model: Model
    fit: list[float]
    favour: list[float]
    least: float
    """The certainty below which it abstains."""
    held_out: list[tuple[Choice, int]]
    """What is said of each example by models that did not see it, and its class: the basis of `least`."""

    def choose(self, example: Features) -> Choice:
        """The class of an example, whether or not one would abstain."""
        return _choice(probabilities(self.model.scores(example), self.fit), self.favour)


def calibrated(examples: Sequence[Features], classes: Sequence[int], count: int, kept: float = KEPT) -> Calibrated:
    """A model of all examples, with probabilities fitted and the bounds chosen on inner folds."""
    scores: list[Scores] = [([], [])] * len(examples)
    for fold in folds(classes, INNER, seed=1):
        held = set(fold)
        rest = [i for i in range(len(examples)) if i not in held]
        model = train([examples[i] for i in rest], [classes[i] for i in rest], count)
        for i in fold:
            scores[i] = model.scores(examples[i])
    fit = fitted(scores, classes, count)
    fair = [probabilities(s, fit) for s in scores]
    favour = _favour(fair, classes, count, kept)
    said = [(_choice(p, favour), c) for p, c in zip(fair, classes, strict=True)]
    certain = sorted((choice.certainty for choice, _ in said), reverse=True)
    least = min(CERTAIN, certain[min(len(certain) - 1, int(kept * len(certain)))])
    return Calibrated(train(examples, classes, count), fit, favour, least, said)


def folds(classes: Sequence[int], number: int, seed: int) -> list[list[int]]:
    """Numbers of examples in folds that have their share of every class."""
    shuffler = random.Random(seed)  # noqa: S311 - an order, no secret
    out: list[list[int]] = [[] for _ in range(number)]
    at = 0
    for c in sorted(set(classes)):
        members = [i for i, k in enumerate(classes) if k == c]
        shuffler.shuffle(members)
        for i in members:
            out[at % number].append(i)
            at += 1
    return out


def probabilities(scores: Scores, fit: Sequence[float]) -> list[float]:
    """Scores as probabilities: fit[0] weighs the regression, fit[1] naive Bayes, the rest are added by class."""
    return softmax([fit[0] * a + fit[1] * b + c for a, b, c in zip(*scores, fit[2:], strict=True)])


def fitted(scores: Sequence[Scores], classes: Sequence[int], count: int) -> list[float]:
    """The fit under which the classes are likeliest, by Newton's method; the last class's constant is 0."""
    start = [1.0, 0.1, *[0.0] * count]
    fit = list(start)
    free = count + 1
    for _ in range(25):
        slope = [HELD * (fit[k] - start[k]) for k in range(free)]
        bend = [[HELD * (k == m) for m in range(free)] for k in range(free)]
        for (one, other), c in zip(scores, classes, strict=True):
            shares = probabilities((one, other), fit)
            rows = [[a, b, *(float(k == j) for k in range(count - 1))] for j, (a, b) in
                    enumerate(zip(one, other, strict=True))]  # fmt: skip
            _gather(slope, bend, rows, shares, c, len(classes))
        step = solve(bend, slope)
        size = max(abs(s) for s in step)
        damp = min(1.0, 2.0 / size) if size else 1.0
        for k in range(free):
            fit[k] -= damp * step[k]
        if size < 1e-7:
            break
    return fit


def _gather(
    slope: list[float], bend: list[list[float]], rows: list[list[float]], shares: list[float], right: int, n: int
) -> None:
    """Add one example's part of the first and second derivative of the mean loss."""
    mean = [sum(p * row[k] for p, row in zip(shares, rows, strict=True)) for k in range(len(slope))]
    for k in range(len(slope)):
        slope[k] += (mean[k] - rows[right][k]) / n
        for m in range(k + 1):
            both = sum(p * row[k] * row[m] for p, row in zip(shares, rows, strict=True)) - mean[k] * mean[m]
            bend[k][m] += both / n
            if m < k:
                bend[m][k] += both / n


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a small system of linear equations, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = max(range(k, len(rows)), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i, row in enumerate(rows):
            if i != k and row[k]:
                rows[i] = [v - row[k] * w for v, w in zip(row, rows[k], strict=True)]
    return [row[-1] for row in rows]


def _choice(fair: list[float], favour: list[float]) -> Choice:
    weighed = [p * f for p, f in zip(fair, favour, strict=True)]
    chosen = max(range(len(fair)), key=weighed.__getitem__)
    return Choice(chosen, fair[chosen], fair, weighed[chosen] / sum(weighed))


def _favour(fair: list[list[float]], classes: Sequence[int], count: int, kept: float) -> list[float]:
    """How much each class is favoured: what gives the best mean F1 of those that would be labelled."""
    numbers = Counter(classes)

    def tried(power: float) -> tuple[float, list[float]]:
        favour = [(max(numbers.values()) / numbers[c]) ** power for c in range(count)]
        said = [(_choice(p, favour), c) for p, c in zip(fair, classes, strict=True)]
        return mean_f1(surest(said, kept), count), favour

    return max((tried(power) for power in FAVOURS), key=lambda t: t[0])[1]


def surest(said: Sequence[tuple[Choice, int]], kept: float) -> list[tuple[int, int]]:
    """(chosen, right) of the most certain share of choices."""
    order = sorted(said, key=lambda s: -s[0].certainty)
    return [(choice.chosen, right) for choice, right in order[: max(1, int(kept * len(order)))]]


def f1_of(pairs: Sequence[tuple[int, int]], c: int) -> float:
    """F1 of one class: 1 where it was chosen for all that are of it and for nothing else."""
    hits = sum(chosen == right == c for chosen, right in pairs)
    missed = sum((chosen == c) != (right == c) for chosen, right in pairs)
    return 2 * hits / (2 * hits + missed) if hits else 0.0


def mean_f1(pairs: Sequence[tuple[int, int]], count: int) -> float:
    """The mean of all classes' F1 (macro-F1)."""
    return sum(f1_of(pairs, c) for c in range(count)) / count


def calibration_error(said: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: how far probabilities lie from the share that was right, over even bins."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in said:
        groups.setdefault(min(bins - 1, int(probability * bins)), []).append((probability, right))
    gap = sum(abs(sum(p for p, _ in g) - sum(r for _, r in g)) for g in groups.values())
    return gap / len(said) if said else 0.0
