"""A small classifier of sparse features in plain Python: logistic regression and naive Bayes, weighed together.

Features that two examples at least have are weighed by how rare they are (inverse document frequency), letters and
words to unit length each, shape evenly. Multinomial logistic regression is trained by stochastic gradient descent with
every class given equal weight; Bernoulli naive Bayes compares each class with the others. The two scores become
probabilities in `generations_calibrated`. The same examples in the same order give the same model.

Sources: S. Wang and C. Manning, "Baselines and Bigrams", ACL 2012 (both together); L. Bottou, "Stochastic Gradient
Descent Tricks", 2012 (the step, and the weights kept as a scale and a vector).
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from bridle.infra.generations_features import Features

PASSES = 15
"""Times that training sees each example."""
DECAY = 1e-3
"""How strongly large weights are held down."""
SHAPE = 0.4
"""What each feature of shape weighs; the letters together weigh 1, and so do the words."""
SMOOTHING = 0.3
"""Examples of each kind that naive Bayes takes as seen."""


class Vector(NamedTuple):
    """The features of an example that the model knows: their numbers, and what each weighs."""

    at: list[int]
    weights: list[float]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained classifier of classes 0 to n - 1."""

    names: list[str]
    rarity: list[float]
    """Of each feature, by its number."""
    index: dict[str, int]
    regression: list[list[float]]
    """A weight for each class and feature."""
    bias: list[float]
    bayes: list[list[float]]
    """A log-odds for each class and feature."""

    def vector(self, example: Features) -> Vector:
        """An example as the model sees it."""
        return _vector(example, self.index, self.rarity)

    def scores(self, example: Features) -> tuple[list[float], list[float]]:
        """What the regression and naive Bayes give each class, in log-odds."""
        at, weights = self.vector(example)
        logistic = [b + _product(w, at, weights) for b, w in zip(self.bias, self.regression, strict=True)]
        return logistic, [_product(w, at, weights) for w in self.bayes]

    def reasons(self, example: Features, chosen: int, most: int) -> list[tuple[str, float]]:
        """The features that speak most for a class against the mean of the others, with how much; strongest first."""
        at, weights = self.vector(example)
        others = [w for c, w in enumerate(self.regression) if c != chosen]
        said = [(v * (self.regression[chosen][i] - sum(w[i] for w in others) / len(others)), self.names[i])
                for i, v in zip(at, weights, strict=True)]  # fmt: skip
        return [(name, value) for value, name in sorted(said, reverse=True)[:most] if value > 0]


def train(examples: Sequence[Features], classes: Sequence[int], count: int, seed: int = 1) -> Model:
    """A model of examples and their classes, of which each of the `count` has one at least."""
    index, rarity = _known(examples)
    vectors = [_vector(e, index, rarity) for e in examples]
    regression, bias = _regression(vectors, classes, count, len(index), seed)
    return Model(list(index), rarity, index, regression, bias, _bayes(vectors, classes, count, len(index)))


def _known(examples: Sequence[Features]) -> tuple[dict[str, int], list[float]]:
    """Features of two examples at least, by number, and how rare each is."""
    seen = Counter(name for e in examples for group in e for name in group)
    names = sorted(name for name, times in seen.items() if times > 1)
    return {name: i for i, name in enumerate(names)}, [math.log(len(examples) / seen[name]) for name in names]


def _vector(example: Features, index: dict[str, int], rarity: list[float]) -> Vector:
    at: list[int] = []
    weights: list[float] = []
    for group in (example.letters, example.words):
        numbers = sorted(index[name] for name in group if name in index)
        found = [rarity[i] for i in numbers]
        length = math.sqrt(sum(map(mul, found, found))) or 1.0
        at += numbers
        weights += [v / length for v in found]
    numbers = sorted(index[name] for name in example.shape if name in index)
    return Vector(at + numbers, weights + [SHAPE] * len(numbers))


def _product(of: list[float], at: list[int], weights: list[float]) -> float:
    return float(sum(map(mul, weights, map(of.__getitem__, at))))


def _regression(
    vectors: Sequence[Vector], classes: Sequence[int], count: int, size: int, seed: int
) -> tuple[list[list[float]], list[float]]:
    """Weights of each class by stochastic gradient descent, every class as heavy as every other."""
    weights = [[0.0] * size for _ in range(count)]
    bias = [0.0] * count
    numbers = Counter(classes)
    heavy = [len(classes) / count / numbers[c] for c in range(count)]
    order = list(range(len(vectors)))
    shuffler = random.Random(seed)  # noqa: S311 - an order, no secret
    scale, step = 1.0, 0
    for _ in range(PASSES):
        shuffler.shuffle(order)
        for i in order:
            step += 1
            rate = 1.0 / (1.0 + DECAY * step)
            at, values = vectors[i]
            shares = softmax([bias[c] + scale * _product(weights[c], at, values) for c in range(count)])
            scale *= 1.0 - rate * DECAY
            for c, share in enumerate(shares):
                slope = (share - (c == classes[i])) * heavy[classes[i]] * rate
                if abs(slope) > 1e-5:
                    bias[c] -= slope * 0.1
                    _add(weights[c], at, values, -slope / scale)
    return [[scale * w for w in row] for row in weights], bias


def _add(to: list[float], at: list[int], values: list[float], times: float) -> None:
    for i, v in zip(at, values, strict=True):
        to[i] += times * v


def _bayes(vectors: Sequence[Vector], classes: Sequence[int], count: int, size: int) -> list[list[float]]:
    """For each class and feature, the log of how much likelier the feature is in the class than elsewhere."""
    seen = [[0] * size for _ in range(count)]
    for (at, _), c in zip(vectors, classes, strict=True):
        row = seen[c]
        for i in at:
            row[i] += 1
    numbers = Counter(classes)
    total = [sum(row[i] for row in seen) for i in range(size)]
    a, n = SMOOTHING, len(vectors)
    return [
        [
            math.log((k + a) / (numbers[c] + 2 * a) * (n - numbers[c] + 2 * a) / (total[i] - k + a))
            for i, k in enumerate(row)
        ]
        for c, row in enumerate(seen)
    ]


def softmax(scores: Sequence[float]) -> list[float]:
    """Log-odds as shares that sum to 1."""
    top = max(scores)
    raised = [math.exp(s - top) for s in scores]
    total = sum(raised)
    return [r / total for r in raised]
