"""The hours in which a phone is in other hands: when it is started, plugged in, unlocked and given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridle.phantom.android.ordinary import adb_key, chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import Computer, Line, Plugged, Security, Story, minutes

STRANGER = "service@bench-3"
"""What the stranger's computer calls itself."""


@dataclass(frozen=True, kw_only=True)
class Custody:
    """The steps, each at its time."""

    taken: datetime
    boot: datetime
    plugged: datetime
    unlocked: datetime
    trusted: datetime
    installed: datetime
    given_back: datetime


def custody(phone: Phone) -> Custody:
    """On the morning of the day on which the acquisition is made."""
    random = chance(phone, "custody")
    taken = phone.midnight + timedelta(hours=8, minutes=random.randrange(30, 55))
    boot = taken + minutes(4) + timedelta(seconds=random.randrange(60))
    plugged = boot + minutes(random.randrange(9, 14))
    unlocked = plugged + timedelta(minutes=random.randrange(8, 15), seconds=random.randrange(60))
    trusted = unlocked + timedelta(seconds=random.randrange(40, 90))
    installed = trusted + timedelta(minutes=random.randrange(12, 20), seconds=random.randrange(60))
    return Custody(
        taken=taken, boot=boot, plugged=plugged, unlocked=unlocked, trusted=trusted, installed=installed,
        given_back=taken + minutes(random.randrange(170, 200)),
    )  # fmt: skip


def unlocking(held: Custody) -> Story:
    """Wrong codes, a right one, and a computer that is let in."""
    tried = "keyguard_dismiss_auth_attempt"
    wrong = [
        Security(time=held.unlocked - timedelta(seconds=30 * n), tag=tried,
                 values={"success": False, "method_strength": 1})
        for n in (3, 2, 1)
    ]  # fmt: skip
    return Story(
        computers=(Computer(key=adb_key("stranger"), name=STRANGER, time=held.trusted),),
        security=(
            *wrong, Security(time=held.unlocked, tag=tried, values={"success": True, "method_strength": 1}),
            Security(time=held.unlocked + timedelta(seconds=1), tag="keyguard_dismissed"),
            Security(time=held.trusted + timedelta(seconds=20), tag="adb_shell_interactive"),
        ),
        lines=(
            Line(time=held.trusted, tag="AdbDebuggingManager", text="Received public key", uid=1000),
            Line(time=held.trusted + timedelta(seconds=1), tag="adbd", text="adb client authorized", uid=0, pid=905,
                 tid=905, buffer="main"),
        ),
    )  # fmt: skip


def plug(held: Custody, devices: tuple[tuple[int, int, str, str], ...], apart: float = 95) -> tuple[Plugged, ...]:
    """Vendor, product, name and serial number of each, one after the other."""
    return tuple(
        Plugged(time=held.plugged + timedelta(seconds=apart * n), vendor=v, product=p, name=name, serial=serial)
        for n, (v, p, name, serial) in enumerate(devices)
    )
