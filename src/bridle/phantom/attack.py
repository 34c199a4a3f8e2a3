"""The planted attack: its infrastructure, which the feed publishes too, and its course on one device."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bridle.phantom.life import Life

STATES = ("clean", "targeted", "infected")
ROOT_PREFERENCES = "/private/var/root/Library/Preferences"
LURES = (
    "Your parcel could not be delivered. Choose a new time: {}",
    "New sign-in to your account. If this was not you: {}",
)
_WORDS = (
    "parcel account invoice ticket document weather photo travel bank event meeting press".split(),
    "notice update centre online secure check status portal info desk".split(),
)
_SERVERS = "document folder archive library gazette tribune".split()
_ACCOUNTS = "brook.finley casey.harlow jules.marlow robin.tenby quinn.asher lee.corran".split()


@dataclass(frozen=True, kw_only=True)
class Infrastructure:
    """What an operator uses against many: all of it is in the feed, but for `resembling`."""

    lure: str
    hidden_lure: str
    server: str
    others: tuple[str, ...]
    """Domains of the feed that this device never met."""
    account: str
    other_account: str
    stager: str
    daemon: str
    resembling: str
    """A process no feed names, one letter away from one of the system."""
    file: str
    """Device path of a file left behind."""


def infrastructure(seed: int) -> Infrastructure:
    """The operator of a seed. Hosts and accounts are reserved names; process and file names are published ones."""
    random = Random(f"{seed}/infrastructure")
    first, second = (random.sample(words, 4) for words in _WORDS)
    hosts = [
        f"{a}-{b}{random.randrange(10, 99)}.{random.choice(('test', 'example'))}"
        for a, b in zip(first, second, strict=True)
    ]
    accounts = random.sample(_ACCOUNTS, 2)
    return Infrastructure(
        lure=hosts[0],
        hidden_lure=hosts[1],
        others=(hosts[2], hosts[3]),
        server=f"free{random.choice(_SERVERS)}{random.randrange(100, 999)}.test",
        account=f"{accounts[0]}{random.randrange(10, 99)}@example.org",
        other_account=f"{accounts[1]}{random.randrange(10, 99)}@example.org",
        stager="bh",
        daemon=random.choice(("roleaboutd", "msgacntd")),
        resembling=random.choice(("MobileSMSd", "cfprefssd", "fnotifyd", "neagentd")),
        file=f"{ROOT_PREFERENCES}/roleaccountd.plist",
    )


ATTEMPTS = (40, 95, 170)
"""Seconds after the look-up at which the program that reads attachments crashed."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """When and how it met this device."""

    by: Infrastructure
    lure_time: datetime
    lure_sender: str
    lure_url: str
    hidden_lure_time: datetime
    hidden_lure_sender: str
    hidden_lure_url: str
    look_up: datetime
    visit: datetime
    visit_url: str
    redirect: datetime
    redirect_url: str
    stager_first: datetime
    preferences: datetime
    daemon_first: datetime
    resembling_first: datetime
    file_written: datetime
    exfiltration: datetime
    exfiltrated: int
    """Bytes sent by `daemon`."""
    deleted: datetime
    deleted_bytes: int
    """Bytes sent by a process whose own row is gone."""
    again: datetime
    """Since when the implant has run when a sysdiagnose was made."""
    infected: bool

    @property
    def crashed(self) -> datetime:
        """When the implant crashed."""
        return self.deleted.replace(microsecond=0) + timedelta(seconds=40)

    @property
    def invited(self) -> datetime:
        """When an invitation to something past came into the calendar."""
        return self.look_up.replace(microsecond=0) + timedelta(seconds=8)

    @property
    def chat_lure(self) -> datetime:
        """When a lure came over another messenger."""
        return self.lure_time + timedelta(hours=26, minutes=7)

    @property
    def chat_lure_url(self) -> str:
        """The link in it."""
        return f"https://{self.by.lure}/w{self.lure_url[-4:]}"

    @property
    def profile_installed(self) -> datetime:
        """When a configuration profile was installed."""
        return self.resembling_first.replace(microsecond=0) + timedelta(seconds=31)

    @property
    def shutdown(self) -> datetime:
        """When the phone was next shut down, which a file system has a log of."""
        return self.deleted.replace(microsecond=0) + timedelta(hours=4)

    @property
    def executable(self) -> str:
        """Where the implant runs from."""
        return f"/private/var/db/com.apple.xpc.roleaccountd.staging/{self.by.daemon}"


def plan(life: Life, state: str) -> Attack | None:
    """The attack of a seed on this person; None for `clean`."""
    if state not in STATES:
        raise ValueError(f"expected a state among {', '.join(STATES)}, got {state!r:.60}")
    if state == "clean":
        return None
    random, by = life.random("attack"), infrastructure(life.attacker)
    midnight = life.backup.replace(hour=0, minute=0)
    day = {
        "lure": midnight - timedelta(days=14),
        "hidden": midnight - timedelta(days=9),
        "attack": midnight - timedelta(days=5),
    }
    host = f"{_token(random, 10)}.{_token(random, 8)}.{by.server}:{random.randrange(30000, 39999)}"
    return Attack(
        by=by,
        infected=state == "infected",
        again=life.backup - timedelta(minutes=192),
        lure_time=_later(random, day["lure"], 36000, 40000),
        lure_sender=f"+447700900{random.randrange(700, 800)}",
        lure_url=f"https://{by.lure}/{_token(random, 8)}",
        hidden_lure_time=_later(random, day["hidden"], 60000, 64000),
        hidden_lure_sender=f"+447700900{random.randrange(800, 900)}",
        hidden_lure_url=f"https://{by.hidden_lure}/{_token(random, 8)}",
        visit_url=f"http://daily-tidings.example/{random.randrange(1000, 9999)}",
        redirect_url=f"https://{host}/{_token(random, 7)}",
        exfiltrated=random.randrange(14_000_000, 40_000_000),
        deleted_bytes=random.randrange(900_000, 3_000_000),
        **_course(random, day["attack"]),
    )


_COURSE = (
    ("look_up", 8.5 * 3600, 9.5 * 3600), ("visit", 600, 900), ("redirect", 0.2, 0.8), ("stager_first", 7, 12),
    ("preferences", 15, 30), ("daemon_first", 40, 70), ("file_written", 5, 20), ("resembling_first", 55, 80),
    ("exfiltration", 300, 600), ("deleted", 60, 120),
)  # fmt: skip
"""Each step, and the least and most seconds since the one before."""


def _course(random: Random, time: datetime) -> dict[str, datetime]:
    times = {}
    for step, least, most in _COURSE:
        times[step] = time = _later(random, time, least, most)
    return times


def _later(random: Random, time: datetime, least: float, most: float) -> datetime:
    return time + timedelta(microseconds=round(random.uniform(least, most) * 1e6))


def _token(random: Random, length: int) -> str:
    """Small letters and digits, of both some."""
    middle = random.choices(string.ascii_lowercase + string.digits, k=length - 3)
    return random.choice(string.ascii_lowercase) + "".join(middle + random.sample(string.digits, 2))
