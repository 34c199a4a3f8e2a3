"""A list of selected numbers as several clients of one vendor would leave it, and who selected what.

A client works in sittings: a few selections within minutes, in the office hours and on the working days of its zone,
between the first and the last year that it had the system. Most of its numbers are of its own country, the rest of a
few others; a quarter of its selections repeat an earlier one. The shares of the clients follow published totals (15,000
numbers of Mexico, 10,000 selected by a client in Morocco, 300 of Hungary, of more than 50,000); all else is assumption.

Source of the totals: https://forbiddenstories.org/about-the-pegasus-project/
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import exp
from random import Random

from bridle.phantom.list_numbers import as_written, ranges, spelled

START = datetime(2016, 6, 20, tzinfo=UTC)
"""A Monday, the first day of the list."""
DAYS = 5 * 365
HOME_SHARE = 0.7
REPEATED, OFF_DAYS, SAME_MATTER = 0.25, 0.07, 0.6
"""Shares: of selections that repeat an earlier number of the client, of sittings on days off that take place, of a
sitting's numbers that are of the country it is about."""
_CLIENTS = (
    ("MX", 15.0, -6.0, 5), ("MA", 10.0, 1.0, 5), ("AE", 10.0, 4.0, 4), ("IN", 2.0, 5.5, 5), ("AZ", 1.0, 4.0, 5),
    ("HU", 0.3, 1.0, 5), ("KZ", 2.0, 6.0, 5), ("SA", 2.5, 3.0, 4), ("RW", 3.5, 2.0, 5), ("TG", 0.3, 0.0, 5),
    ("BH", 0.4, 3.0, 4),
)  # fmt: skip
"""Home country, weight, zone in hours, and the first day off, from Monday as 0; the next is off too."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A client, of which nothing but its selections is in the list."""

    name: str
    """`client-01` and so on, in the order of their size."""
    home: str
    zone: float
    day_off: int
    """The first of two, from Monday as 0."""
    first: int
    last: int
    """Days since `START` between which it selected."""
    countries: tuple[str, ...]
    weights: tuple[float, ...]
    """Cumulated."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A row of the list, and what is true of it."""

    number: str
    """E.164 as of today."""
    country: str
    time: datetime
    operator: str
    """The client's true name."""
    sitting: int
    """Number of the sitting among all, in order of time."""
    raw: str = ""
    """As the list writes it."""
    client: str | None = None
    """The client field of the list, if it has one."""
    device: str | None = None
    """The phone of a cohort that has the number."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A whole list, in order of time."""

    seed: int
    home_share: float
    operators: tuple[Operator, ...]
    rows: tuple[Selection, ...]
    homes: dict[str, str] = field(default_factory=dict)
    """Home country of each operator."""

    def crosses(self, row: Selection) -> bool:
        """Whether a number is of another country than its client."""
        return row.country != self.homes[row.operator]


def make(
    seed: int, rows: int = 50_000, operators: int = 11, *, home_share: float = HOME_SHARE, client_field: bool = False,
    planted: Sequence[Selection] = (),
) -> World:  # fmt: skip
    """The list of a seed: `rows` selections of `operators` clients, `planted` among them. Raises ValueError."""
    if not 1 <= operators <= len(_CLIENTS):
        raise ValueError(f"expected 1 to {len(_CLIENTS)} operators, got {operators}")
    if rows < len(planted) + operators:
        raise ValueError(f"expected at least {len(planted) + operators} rows, got {rows}")
    if not 0 <= home_share <= 1:
        raise ValueError(f"expected a home share from 0 to 1, got {home_share}")
    working = {p.operator for p in planted}
    clients = tuple(_operator(seed, n, home_share, working) for n in range(operators))
    found: list[Selection] = list(planted)
    sitting = 1 + max((p.sitting for p in planted), default=-1)
    counts = _shared_out(rows - len(planted), [_CLIENTS[n][1] for n in range(operators)])
    for client, count in zip(clients, counts, strict=True):
        made = _selected(client, count, Random(f"{seed}/list/{client.name}"), sitting)
        found += made
        sitting = 1 + made[-1].sitting
    found.sort(key=lambda r: (r.time, r.number))
    return World(
        seed=seed, home_share=home_share, operators=clients, rows=_written(found, seed, client_field),
        homes={c.name: c.home for c in clients},
    )  # fmt: skip


def _operator(seed: int, n: int, home_share: float, working: Collection[str]) -> Operator:
    """The client of a place; one of those `working` at the end has selected to the last day of the list."""
    home, _, zone, day_off = _CLIENTS[n]
    random = Random(f"{seed}/list/operator/{n}")
    others = [c for c in ranges() if c != home]
    taste = [random.gammavariate(0.15, 1) + 1e-9 for _ in others]
    weights = [home_share, *((1 - home_share) * t / sum(taste) for t in taste)]
    first, last = sorted(random.uniform(0, DAYS) for _ in range(2))
    name = f"client-{n + 1:02}"
    return Operator(
        name=name, home=home, zone=zone, day_off=day_off, first=int(max(0, first - 400)),
        last=DAYS if name in working else int(min(DAYS, last + 400)), countries=(home, *others),
        weights=tuple(accumulate(weights)),
    )  # fmt: skip


def _shared_out(rows: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to `rows`, at least 1 each."""
    free = rows - len(weights)
    ends = [round(free * w / sum(weights)) for w in accumulate(weights)]
    return [1 + b - a for a, b in zip([0, *ends], ends, strict=False)]


def _selected(client: Operator, count: int, random: Random, sitting: int) -> list[Selection]:
    """All that one client selects, sitting by sitting."""
    found: list[Selection] = []
    numbers: list[tuple[str, str]] = []
    while len(found) < count:
        day = random.randrange(client.first, client.last + 1)
        if (day - client.day_off) % 7 in (0, 1) and random.random() > OFF_DAYS:
            continue
        hour = min(20.0, max(8.0, random.gauss(13, 2.5))) - client.zone
        time = START + timedelta(days=day, seconds=round(hour * 3600))
        matter = _country(client, random)
        for _ in range(min(count - len(found), 1 + _poisson(random, 3))):
            number, country = _number(client, numbers, matter, random)
            found.append(Selection(number=number, country=country, time=time, operator=client.name, sitting=sitting))
            time += timedelta(seconds=max(1, round(random.expovariate(1 / 45))))
        sitting += 1
    return found


def _number(client: Operator, numbers: list[tuple[str, str]], matter: str, random: Random) -> tuple[str, str]:
    """A number and its country: one of the client's last 400 again, or a new one, which is added to them."""
    if numbers and random.random() < REPEATED:
        return numbers[-random.randrange(1, min(len(numbers), 400) + 1)]
    country = matter if random.random() < SAME_MATTER else _country(client, random)
    of = ranges()[country]
    numbers.append((of.number(random.randrange(of.size)), country))
    return numbers[-1]


def _country(client: Operator, random: Random) -> str:
    place = bisect(client.weights, random.random() * client.weights[-1])
    return client.countries[min(place, len(client.countries) - 1)]


def _poisson(random: Random, mean: float) -> int:
    """By Knuth's product of uniform numbers."""
    count, product, least = 0, random.random(), exp(-mean)
    while product > least:
        count, product = count + 1, product * random.random()
    return count


def _written(rows: Sequence[Selection], seed: int, client_field: bool) -> tuple[Selection, ...]:
    """The rows with what the list says of each, sittings numbered anew in order of time."""
    random = Random(f"{seed}/list/spelling")
    order = {old: new for new, old in enumerate(dict.fromkeys(r.sitting for r in rows))}
    return tuple(
        Selection(
            number=r.number, country=r.country, time=r.time, operator=r.operator, sitting=order[r.sitting],
            raw=spelled(as_written(r.number, r.time), r.country, random),
            client=r.operator if client_field else None, device=r.device,
        )
        for r in rows
    )  # fmt: skip
