"""Which generation of an operator's infrastructure a domain belongs to, by its name alone, or that it cannot be said.

The model is trained when it is asked for, on the domains of which the base's sources name the generation; none is
shipped. What the sources say is never overruled: a label is given only to domains of the same vendor without one, and
to those on which sources disagree. Where a name is not telling enough, nothing is said.

This is for sorting domains already known to be the vendor's. It cannot tell spyware from other sites: a classifier of
that kind, trained on all vendors but one, finds 0 to 10 % of that one's domains at one false alarm in a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from bridle.infra.base import Base, Claim
from bridle.infra.generations_calibrated import (
    KEPT,
    Calibrated,
    Choice,
    calibrated,
    calibration_error,
    f1_of,
    folds,
    mean_f1,
    surest,
)
from bridle.infra.generations_features import Features, features, parted, suffixes
from bridle.infra.graph import graph
from bridle.infra.graph_traits import gathered

FEWEST = 30
"""Domains that a generation must have to be learned."""
MOST = 3000
"""Domains of one generation that are learned from; of more, a choice by their digest."""
OUTER = 5
REASONS = 4
"""Features shown for a label."""
COVERAGES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
SURE = 0.9
"""The probability from which a held-out label against the source's is worth a look."""


class InferenceError(Exception):
    """Something cannot be inferred from this base. One sentence with the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is said of one domain."""

    domain: str
    generation: str | None
    """None: abstained."""
    likeliest: str
    probability: float
    """That `likeliest` is right."""
    probabilities: Mapping[str, float]
    reasons: tuple[str, ...]
    """What in the name speaks most for it, strongest first."""
    sources: tuple[str, ...]
    """The rows that the domain was read from: `FILE, LOCATOR`."""
    disputed: tuple[str, ...] = ()
    """The generations that sources name, where they disagree."""
    beside: Mapping[str, int] = field(default_factory=dict)
    """Domains of each generation with which it rarely shares an address, certificate, name server or registration.

    It is shown beside the probability and is no part of it: published lists have such data of one generation only, so
    that nobody can measure what it adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of a base's domains, and what they rest on."""

    vendor: str | None
    trained_on: Mapping[str, int]
    """Domains of each generation that was learned."""
    too_few: Mapping[str, int]
    """Generations with fewer than FEWEST domains, not learned."""
    labels: tuple[Label, ...]
    doubted: tuple[tuple[str, str, str, float], ...]
    """(domain, the source's generation, the likeliest, its probability): labelled by models that did not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How well domains of known generation are labelled, each by a model that saw nothing of its fold."""

    domains: int
    repeats: int
    coverage: float
    macro_f1: float
    """Of the domains that were labelled, the mean of the repeats; and of each repeat."""
    each: tuple[float, ...]
    macro_f1_of_all: float
    f1: Mapping[str, float]
    calibration_error: float
    calibration_error_of_all: float
    curve: tuple[tuple[float, float], ...]
    """(share labelled, macro-F1), the most certain first."""


@dataclass
class Known:
    """The domains of one vendor: those with a generation, and the others."""

    vendor: str | None
    of: dict[tuple[str, str], str] = field(default_factory=dict)
    """Generation of each registered (label, suffix)."""
    open: dict[str, set[str]] = field(default_factory=dict)
    """Domains to label, and the generations that sources name for each, none or several."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)
    """Domain, and where it was read."""

    def classes(self) -> tuple[list[str], dict[str, int]]:
        """Generations that can be learned, sorted, and the others with their numbers."""
        counts = Counter(self.of.values())
        return sorted(g for g, n in counts.items() if n >= FEWEST), {g: n for g, n in counts.items() if n < FEWEST}


def known(base: Base, vendor: str | None = None) -> Known:
    """The domains of a vendor, or of the vendor with the most domains whose generation is known."""
    claims = [c for c in base.claims(kind="domain") if c.says == "attacker"]
    if vendor is None:
        with_one = Counter(c.vendor for c in claims if c.generation and c.vendor)
        vendor = min(with_one, key=lambda v: (-with_one[v], v)) if with_one else None
    out = Known(vendor)
    suffix_of = _suffixes()
    for domain, said in _by_domain(claims):
        vendors = {c.vendor.casefold() for c in said if c.vendor}
        if vendor and vendors and vendor.casefold() not in vendors:
            continue
        generations = {c.generation for c in said if c.generation}
        out.rows[domain] = [f"{c.file}, {c.locator}" for c in said]
        if len(generations) == 1:
            key = parted(domain, suffix_of)
            out.names.setdefault(key, domain)
            out.of.setdefault(key, generations.pop())
        else:
            out.open[domain] = generations
    return out


def _by_domain(claims: Iterable[Claim]) -> Iterator[tuple[str, list[Claim]]]:
    groups: dict[str, list[Claim]] = {}
    for c in claims:
        groups.setdefault(c.value, []).append(c)
    yield from groups.items()


def _suffixes() -> Callable[[str], str | None]:
    try:
        return suffixes()
    except ImportError:
        raise InferenceError("publicsuffixlist is not installed; run `pip install 'bridle[infra]'`") from None


def generations(base: Base, vendor: str | None = None, kept: float = KEPT) -> Labels:
    """Labels for the domains of a vendor without a generation of their own. Raises InferenceError, BaseError."""
    found = known(base, vendor)
    names, too_few = found.classes()
    examples, classes, domains = _examples(found, names)
    model = calibrated(examples, classes, len(names), kept)
    suffix_of = _suffixes()
    beside = _beside(base, found, suffix_of)
    labels = []
    for domain in sorted(found.open):
        example = features(*parted(domain, suffix_of))
        labels.append(_label(domain, example, model, names, found, beside.get(domain, {})))
    doubted = [
        (domain, names[right], names[choice.chosen], choice.probability)
        for domain, (choice, right) in zip(domains, model.held_out, strict=True)
        if choice.chosen != right and choice.probability >= SURE
    ]
    counts = {name: classes.count(i) for i, name in enumerate(names)}
    return Labels(
        vendor=found.vendor, trained_on=counts, too_few=too_few, labels=tuple(labels), doubted=tuple(sorted(doubted))
    )


def _examples(found: Known, names: Sequence[str]) -> tuple[list[Features], list[int], list[str]]:
    """Features, class and domain of everything that can be learned from, in the order of the names."""
    if len(names) < 2:
        raise InferenceError(
            f"two generations of {FEWEST} domains each are needed to learn from, {len(names)} in the base; "
            "import lists that name one: `bridle infra import v3_domains.txt --generation v3 --base DIR`"
        )
    keys = sorted(key for name in names for key in _some([k for k, g in found.of.items() if g == name]))
    return [features(*k) for k in keys], [names.index(found.of[k]) for k in keys], [found.names[k] for k in keys]


def _some(keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """At most MOST of them, the same ones whatever their order."""
    return sorted(keys, key=lambda k: sha256(".".join(k).encode()).digest())[:MOST]


def _label(
    domain: str, example: Features, model: Calibrated, names: Sequence[str], found: Known, beside: Mapping[str, int]
) -> Label:
    choice = model.choose(example)
    reasons = model.model.reasons(example, choice.chosen, REASONS)
    return Label(
        domain=domain,
        generation=names[choice.chosen] if choice.certainty >= model.least else None,
        likeliest=names[choice.chosen],
        probability=choice.probability,
        probabilities=dict(zip(names, choice.probabilities, strict=True)),
        reasons=tuple(name for name, _ in reasons),
        sources=tuple(found.rows[domain]),
        disputed=tuple(sorted(found.open[domain])),
        beside=beside,
    )


def _beside(base: Base, found: Known, suffix_of: Callable[[str], str | None]) -> dict[str, dict[str, int]]:
    """For each open domain, how many domains of each generation it shares rare infrastructure with."""
    said: dict[str, Counter[str]] = {}
    of = {found.names[key]: generation for key, generation in found.of.items()}
    for edge in graph(gathered(base, suffix_of)).edges:
        for one, other in ((edge.one, edge.other), (edge.other, edge.one)):
            if one in found.open and other in of:
                said.setdefault(one, Counter())[of[other]] += 1
    return {domain: dict(sorted(counts.items())) for domain, counts in said.items()}


def evaluate(base: Base, vendor: str | None = None, kept: float = KEPT, repeats: int = 3) -> Evaluation:
    """Nested cross-validation over the domains whose generation is known. Raises InferenceError, BaseError."""
    found = known(base, vendor)
    names, _ = found.classes()
    examples, classes, _ = _examples(found, names)
    return cross_validated(examples, classes, names, kept, repeats)


def cross_validated(
    examples: Sequence[Features], classes: Sequence[int], names: Sequence[str], kept: float = KEPT, repeats: int = 3
) -> Evaluation:
    """Nested cross-validation: fits, favour and abstention of each outer fold are chosen without it."""
    runs = [_outer(examples, classes, len(names), kept, seed) for seed in range(1, repeats + 1)]
    said = [[(choice.chosen, right) for choice, right, labelled in run if labelled] for run in runs]
    every = [row for run in runs for row in run]
    each = tuple(mean_f1(pairs, len(names)) for pairs in said)
    order = [[(choice, right) for choice, right, _ in run] for run in runs]
    return Evaluation(
        domains=len(examples),
        repeats=repeats,
        coverage=_mean([len(pairs) / len(examples) for pairs in said]),
        macro_f1=_mean(each),
        each=each,
        macro_f1_of_all=_mean([mean_f1(surest(run, 1.0), len(names)) for run in order]),
        f1={name: _mean([f1_of(pairs, c) for pairs in said]) for c, name in enumerate(names)},
        calibration_error=calibration_error(
            [(c.probability, c.chosen == right) for c, right, said_so in every if said_so]
        ),
        calibration_error_of_all=calibration_error([(c.probability, c.chosen == right) for c, right, _ in every]),
        curve=tuple((cut, _mean([mean_f1(surest(run, cut), len(names)) for run in order])) for cut in COVERAGES),
    )


def _outer(
    examples: Sequence[Features], classes: Sequence[int], count: int, kept: float, seed: int
) -> list[tuple[Choice, int, bool]]:
    """What is said of each example by a model made without its fold: the choice, the truth, and whether it was said."""
    out = []
    for fold in folds(classes, OUTER, seed):
        held = set(fold)
        rest = [i for i in range(len(examples)) if i not in held]
        model = calibrated([examples[i] for i in rest], [classes[i] for i in rest], count, kept)
        for i in fold:
            choice = model.choose(examples[i])
            out.append((choice, classes[i], choice.certainty >= model.least))
    return out


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
