"""An invented person with a phone, contacts and six weeks of ordinary life."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from bridle.phantom.entry import FROM_2001
from bridle.phantom.events import Event

WEEKS = 6
_E = TypeVar("_E", bound=Event)
_FIRST = ("Amara Bela Chidi Dalia Emil Farah Goran Hana Idris Jana Karim Lena Malik Nadia Omar Petra Ravi Salma Tomas "
          "Vera Yusuf Zofia").split()  # fmt: skip
_LAST = ("Adeyemi Baran Castillo Dvorak Eriksen Fofana Georgiou Haddad Ivanova Jansen Kovacs Lindqvist Moreau Nasser "
         "Okafor Popescu Rahimi Santos Tahir Weiss").split()  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Somebody the person writes to."""

    name: str
    number: str
    email: str
    imessage: bool


@dataclass(frozen=True, kw_only=True)
class Life:
    """The frame in which everything on the device happens."""

    seed: int
    scale: int
    owner: Contact
    contacts: tuple[Contact, ...]
    start: datetime
    backup: datetime
    """When the acquisition was made."""
    events: tuple[Event, ...] = ()
    """What happens beside all that is ordinary."""
    operator: int | None = None
    """The seed of who attacks the person, where it is not that of the person."""

    @property
    def attacker(self) -> int:
        """The seed of who attacks the person."""
        return self.seed if self.operator is None else self.operator

    def of(self, kind: type[_E]) -> list[_E]:
        """The events of a kind, in order of time."""
        return sorted((e for e in self.events if isinstance(e, kind)), key=lambda e: e.time)

    def random(self, part: str) -> Random:
        """Chance of its own for each part, so that a change in one leaves the others as they are."""
        return Random(f"{self.seed}/{part}")

    def moments(self, random: Random, count: int) -> list[datetime]:
        """Waking moments of the six weeks, in order, to the microsecond."""
        days = (self.backup - self.start).days
        hours = [random.triangular(7, 23.5, 19) for _ in range(count)]
        found = [self.start + timedelta(days=random.randrange(days), seconds=round(h * 3600, 6)) for h in hours]
        return sorted(found)


def live(seed: int, scale: int, days: int = 0, operator: int | None = None) -> Life:
    """The person and the six weeks of a seed, some days later."""
    random = Random(f"{seed}/life")
    midnight = datetime(2021, 5, 3, tzinfo=UTC) + timedelta(days=days + random.randrange(28))
    numbers = [f"+447700900{n:03}" for n in random.sample(range(600), 16)]
    numbers += [f"+120255501{n:02}" for n in random.sample(range(60), 6)]
    people = list(zip(random.sample(_FIRST, 22), random.choices(_LAST, k=22), strict=True))
    everybody = [
        Contact(
            name=f"{first} {last}", number=number, email=f"{first}.{last}@example.org".lower(),
            imessage=random.random() < 0.7,
        )
        for (first, last), number in zip(people, numbers, strict=True)
    ]  # fmt: skip
    return Life(
        seed=seed, scale=scale, owner=everybody[0], contacts=tuple(everybody[1:]),
        start=midnight - timedelta(weeks=WEEKS), backup=midnight + timedelta(hours=18, minutes=random.randrange(50)),
        operator=operator,
    )  # fmt: skip


def cocoa(time: datetime) -> float:
    """Seconds since 2001-01-01 00:00 UTC."""
    return (time - FROM_2001) / timedelta(seconds=1)


def cocoa_nanoseconds(time: datetime) -> int:
    """Nanoseconds since 2001-01-01 00:00 UTC, to the microsecond."""
    return (time - FROM_2001) // timedelta(microseconds=1) * 1000


def naive(time: datetime) -> datetime:
    """As property lists hold it: UTC, whole seconds, without a zone."""
    return time.replace(tzinfo=None, microsecond=0)


def guid(random: Random) -> str:
    """A random UUID in capitals."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4)).upper()
