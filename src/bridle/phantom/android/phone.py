"""The phone: what it is, where its clock stands, and how its clock is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridle.phantom import life as living
from bridle.phantom.life import Life

MODEL, MANUFACTURER, DEVICE, BRAND = "Synthetic One", "Bridle Synthetic", "synthetic_one", "synthetic"
ANDROID, API, BUILD, PATCH = "14", 34, "UP1A.231005.007", "2025-05-05"
FINGERPRINT = f"{BRAND}/{DEVICE}/{DEVICE}:{ANDROID}/{BUILD}/10754064:user/release-keys"
ZONE, EAST = "Europe/Belgrade", timedelta(hours=2)
_LATER = timedelta(days=1489)
"""The same lives four years later, on a phone of then, in summer time."""


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One phone, and the life on it."""

    life: Life
    boot: datetime
    """When it was last started."""

    @property
    def now(self) -> datetime:
        """When the acquisition was begun."""
        return self.life.backup

    @property
    def serial(self) -> str:
        return f"SYNTHETIC{self.life.seed % 10**6:06}"

    @property
    def midnight(self) -> datetime:
        """Of the phone's clock, on the day of the acquisition."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0) - EAST


def made(seed: int, scale: int, days: int = 0, operator: int | None = None) -> Phone:
    """The phone of a seed, some days later."""
    before = living.live(seed, scale, days, operator)
    life = replace(before, start=before.start + _LATER, backup=before.backup + _LATER)
    return Phone(life=life, boot=life.backup - timedelta(hours=31, minutes=14, seconds=9))


def local(time: datetime) -> datetime:
    """As the phone's clock shows it."""
    return (time + EAST).replace(tzinfo=None)


def stamp(time: datetime) -> str:
    """`2025-06-14 12:00:00`, of the phone's clock."""
    return f"{local(time):%Y-%m-%d %H:%M:%S}"


def precise(time: datetime) -> str:
    """The same to the millisecond."""
    return f"{stamp(time)}.{time.microsecond // 1000:03}"


def short(time: datetime) -> str:
    """`06-14 12:00:00.000`, as logs have it."""
    return precise(time)[5:]


def milliseconds(time: datetime) -> int:
    """Since 1970."""
    return int(time.timestamp()) * 1000 + time.microsecond // 1000


def span(length: timedelta) -> str:
    """`1d2h3m4s5ms`, as TimeUtils writes it, without a sign."""
    total = length // timedelta(milliseconds=1)
    parts, text = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)), ""
    for unit, size in parts:
        count, total = divmod(total, size)
        text += f"{count}{unit}" if text or count or unit == "ms" else ""
    return text
