"""Who selected: a list's selections divided among probable operators, with how far each statement may be believed.

An operator is called OP-01, OP-02 … by its number of selections, and never after a government: a mixture tells that one
hand made these selections, not whose it is. Where the list itself has a client field, that decides, and the mixture,
which does not see it, is kept as a blind check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bridle.classes import dataclass
from bridle.targets.mixture import Features, Fit, fit
from bridle.targets.repeats import Calibration, Join, Repeat, calibrated, calibrated_by_client, repeats
from bridle.targets.sittings import GAP, Selection, Sittings, sittings
from bridle.targets.stability import Division, adjusted_rand, divide, stability

GRID = (1, 2, 3, 4, 6, 8, 9, 10, 11, 12, 13, 14, 16, 20, 24)
"""Numbers of components that are tried."""
RISES = 3
"""So many numbers in a row that are worse than the best so far end the search."""
RESTARTS = 4
RESAMPLES = 5
LEAST_SITTINGS = 50
LIKELIER = 0.9
"""From this calibrated posterior on, cross-border selections are counted as likelier. A calibration is of all rows, and
those that cross borders are right less often: of the likelier ones 0.73, 0.87 and 0.92 in
made lists of which 10 %, 30 % and 50 % cross borders."""


class OperatorsError(ValueError):
    """Nothing can be said of this list's operators. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Of one row, who selected it."""

    row: int
    source: str
    token: str
    operator: str
    basis: str
    """`client` or `mixture`."""
    posterior: float | None
    """As the mixture has it, which is too sure of itself; None where the client field decides."""
    calibrated: float | None
    """How often such a posterior is right; None where it could not be measured."""
    cross_border: bool
    """The number is of another country than those that this operator selects most."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """What one operator selected."""

    name: str
    selections: int
    numbers: int
    sittings: int
    first: int
    last: int
    """Of its selections, seconds since 1970."""
    most_selected: str
    """The country of most of its selections. This is what was selected, not who selects."""
    countries: dict[str, int]
    cross_border: int
    """Selections of numbers of other countries."""
    cross_border_likelier: int
    """Of these, by the client field; or with a calibrated posterior of `LIKELIER` or more, and of a country that no
    other operator selects most: else two sittings at once look like one that crosses borders."""
    calibrated: float | None
    """The mean calibrated posterior of its selections by the mixture."""
    stability: float | None
    """The mean Jaccard index with its likest in fits of resampled sittings; below 0.5 it dissolves."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The fit with one number of components."""

    components: int
    bic: float
    operators: int
    """After what belongs together was joined."""
    agreement: float
    """Adjusted Rand index of its rows with those of the chosen number; 1 is the same division."""
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class BlindCheck:
    """The mixture against the client field that it did not see."""

    clients: int
    rows: int
    agreement: float
    """Adjusted Rand index over the rows that have both."""
    same: float
    """The share of those rows whose component is mostly of their client."""


@dataclass(frozen=True, kw_only=True)
class Operators:
    """A list, divided."""

    rows: int
    without_time: int
    """Rows without a time finer than a day and without a client: attributed to nobody."""
    sittings: int
    gap: int
    seed: int
    operators: tuple[Operator, ...]
    choices: tuple[Choice, ...]
    joins: tuple[Join, ...]
    calibration: Calibration
    blind_check: BlindCheck | None
    attributions: tuple[Attribution, ...]

    def as_json(self, rows: bool = False) -> dict[str, Any]:
        """Everything as JSON's types; the attribution of every row only if asked for."""
        out = asdict(self)
        if not rows:
            del out["attributions"]
        return out


def operators(
    selections: Sequence[Selection], *, gap: int = GAP, seed: int = 1, components: int | None = None,
    resamples: int = RESAMPLES,
) -> Operators:  # fmt: skip
    """Divide a list. Raises OperatorsError where it holds too little for a mixture."""
    s = sittings(selections, gap)
    if len(s.starts) < LEAST_SITTINGS:
        raise OperatorsError(
            f"expected at least {LEAST_SITTINGS} sittings with a time finer than a day, found {len(s.starts):,}"
            f" in {len(s.selections):,} rows"
        )
    features, again = Features(s), repeats(s)
    fits = _fits(features, (components,) if components else GRID, seed)
    best = min(fits, key=lambda f: f.bic)
    divided = divide(best, again)
    client = _by_client(s, divided, again)
    stable = stability(s, divided, len(best.components), again, seed, resamples)
    attributions = _attributed(s, divided, client)
    return Operators(
        rows=len(s.selections),
        without_time=sum(x.client is None for x in s.unplaced),
        sittings=len(s.starts),
        gap=gap,
        seed=seed,
        operators=_described(s, attributions, _stabilities(client, divided, stable)),
        choices=_choices(s, fits, best, divided, again),
        joins=divided.joins,
        calibration=client.calibration,
        blind_check=client.check,
        attributions=attributions,
    )


def _fits(features: Features, grid: Sequence[int], seed: int) -> list[Fit]:
    """The fits of rising numbers of components, until they only become worse."""
    fits: list[Fit] = []
    worse = 0
    for k in grid:
        if fits and k > features.size // 10:
            break
        fits.append(fit(features, k, seed, restarts=RESTARTS))
        worse = 0 if fits[-1].bic == min(f.bic for f in fits) else worse + 1
        if worse == RISES:
            break
    return fits


@dataclass(frozen=True, kw_only=True)
class _Names:
    """How groups of the mixture and clients become operators."""

    of_group: tuple[str, ...]
    of_client: dict[str, str]
    calibration: Calibration
    check: BlindCheck | None


def _by_client(s: Sittings, d: Division, again: Sequence[Repeat]) -> _Names:
    """Names by the client field where there is one, else by the groups of the mixture."""
    rows = [(x.client, d.labels[n]) for x, n in zip(s.placed, s.of, strict=True) if x.client is not None]
    sizes = Counter(x.client for x in s.selections if x.client is not None)
    of_rows = Counter(d.labels[n] for x, n in zip(s.placed, s.of, strict=True) if x.client is None)
    mostly = {g: _first(Counter(c for c, label in rows if label == g)) for g in {label for _, label in rows}}
    owners: list[tuple[int, str, int]] = [(-n, client, -1) for client, n in sizes.items()]
    owners += [(-of_rows[g], "", g) for g in range(d.groups) if g not in mostly]
    width = max(2, len(str(len(owners))))
    names = {(c, g): f"OP-{n:0{width}}" for n, (_, c, g) in enumerate(sorted(owners), 1)}
    right = [mostly[label] == client for client, label in rows]
    by_client = calibrated_by_client(
        right, [d.posteriors[n] for x, n in zip(s.placed, s.of, strict=True) if x.client is not None]
    )
    return _Names(
        of_group=tuple(names[mostly[g], -1] if g in mostly else names["", g] for g in range(d.groups)),
        of_client={c: names[c, -1] for c in sizes},
        calibration=by_client if by_client.bins else calibrated(d.labels, d.posteriors, again),
        check=BlindCheck(
            clients=len(sizes), rows=len(rows), same=round(sum(right) / len(right), 3),
            agreement=round(adjusted_rand([c for c, _ in rows], [g for _, g in rows]), 3),
        ) if rows else None,
    )  # fmt: skip


def _first(counted: Counter[str]) -> str:
    """The most frequent; of equals the first in the order of text."""
    return min(counted, key=lambda x: (-counted[x], x))


def _attributed(s: Sittings, d: Division, names: _Names) -> tuple[Attribution, ...]:
    placed = list(zip(s.placed, s.of, strict=True))
    own: list[tuple[Selection, str, float | None]] = []
    for x, n in placed:
        client = names.of_client.get(x.client or "")
        own.append((x, client or names.of_group[d.labels[n]], None if client else d.posteriors[n]))
    own += [(x, names.of_client[x.client], None) for x in s.unplaced if x.client is not None]
    home = _homes([(name, x.country) for x, name, _ in own])
    return tuple(
        Attribution(
            row=x.row, source=x.source, token=x.token, operator=name, basis="client" if p is None else "mixture",
            posterior=None if p is None else round(p, 4),
            calibrated=None if p is None else names.calibration.of(p),
            cross_border=x.country != "?" and home[name] not in x.country.split("|"),
        )
        for x, name, p in own
    )  # fmt: skip


def _homes(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Of each operator the country that it selects most; shared codes count for none unless there is nothing else."""
    counted: dict[str, Counter[str]] = {}
    for name, country in pairs:
        counted.setdefault(name, Counter())[country] += 1
    return {n: _first(Counter({k: v for k, v in c.items() if len(k) == 2}) or c) for n, c in counted.items()}


def _stabilities(names: _Names, d: Division, stable: Sequence[float]) -> dict[str, float]:
    """Of each name the stability of its groups, weighted by their sittings."""
    sizes = Counter(d.labels)
    out: dict[str, float] = {}
    for name in set(names.of_group):
        of = [g for g in range(d.groups) if names.of_group[g] == name and sizes[g]]
        if of and stable:
            out[name] = round(sum(stable[g] * sizes[g] for g in of) / sum(sizes[g] for g in of), 3)
    return out


def _described(s: Sittings, rows: Sequence[Attribution], stable: dict[str, float]) -> tuple[Operator, ...]:
    facts = {(x.source, x.row): x for x in s.selections}
    sitting = {(x.source, x.row): n for x, n in zip(s.placed, s.of, strict=True)}
    by_name: dict[str, list[Attribution]] = {}
    for a in rows:
        by_name.setdefault(a.operator, []).append(a)
    homes = _homes([(a.operator, facts[a.source, a.row].country) for a in rows])
    out = []
    for name, own in sorted(by_name.items()):
        countries = Counter(facts[a.source, a.row].country for a in own)
        times = [t for a in own if (t := facts[a.source, a.row].time) is not None]
        abroad = [a for a in own if a.cross_border]
        measured = [a.calibrated for a in own if a.calibrated is not None]
        out.append(Operator(
            name=name, selections=len(own), numbers=len({a.token for a in own}),
            sittings=len({sitting[a.source, a.row] for a in own if (a.source, a.row) in sitting}),
            first=min(times, default=0), last=max(times, default=0), most_selected=homes[name],
            countries=dict(sorted(countries.items(), key=lambda x: (-x[1], x[0]))), cross_border=len(abroad),
            cross_border_likelier=sum(_likelier(a, facts[a.source, a.row].country, homes) for a in abroad),
            calibrated=round(sum(measured) / len(measured), 3) if measured else None, stability=stable.get(name),
        ))  # fmt: skip
    return tuple(out)


def _likelier(a: Attribution, country: str, homes: dict[str, str]) -> bool:
    measured = (a.calibrated or 0) >= LIKELIER and country not in homes.values()
    return a.basis == "client" or measured


def _choices(
    s: Sittings, fits: Sequence[Fit], best: Fit, chosen: Division, again: Sequence[Repeat]
) -> tuple[Choice, ...]:  # fmt: skip
    """What other numbers of components would have said."""
    rows = [chosen.labels[n] for n in s.of]
    out = []
    for f in fits:
        d = chosen if f is best else divide(f, again)
        out.append(Choice(
            components=len(f.components), bic=round(f.bic, 1), operators=d.groups, chosen=f is best,
            agreement=round(adjusted_rand(rows, [d.labels[n] for n in s.of]), 3),
        ))  # fmt: skip
    return tuple(out)
