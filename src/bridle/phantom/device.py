"""A synthetic device: ordinary life, the planted attack, and the acquisition made of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from bridle.phantom import (
    appointments,
    chats,
    file_system,
    itunes_backup,
    mail,
    managed,
    messages,
    network_use,
    people,
    planted,
    programs,
    settings,
    sysdiagnose,
    telling,
    usage,
    web,
    web_traces,
)
from bridle.phantom.android import device as android
from bridle.phantom.attack import STATES, Attack, infrastructure, plan
from bridle.phantom.entry import Entry
from bridle.phantom.events import KINDS as EVENTS
from bridle.phantom.events import Event
from bridle.phantom.life import Life, live
from bridle.phantom.truth import Told, Truth, in_order

KINDS = ("ios-backup", "ios-file-system", "ios-sysdiagnose", *android.KINDS)
_ENCRYPTED = ("ios-backup", "androidqf", "adb-backup")

_PARTS = (
    messages, web, network_use, settings, managed, people, appointments, chats, usage, web_traces, programs,
)  # fmt: skip


def likes(platform: str) -> tuple[str, ...]:
    """The attacks that a phone of a platform can be given by name."""
    return (*(android.LIKES if platform == "android" else ()), *telling.names("campaign", platform))


def forgeries(platform: str) -> tuple[str, ...]:
    """The traces that can be forged on a phone of a platform."""
    return telling.names("forgery", platform)


def platform(kind: str) -> str:
    """`ios` or `android`."""
    return "android" if kind in android.KINDS else "ios"


def write(
    kind: str, state: str, encrypted: bool, password: str | None, seed: int, out: Path, scale: int = 1, *,
    iterations: int = itunes_backup.ITERATIONS, like: str | None = None, forge: str | None = None, noise: bool = False,
    days: int = 0, operator: int | None = None,
) -> Truth:  # fmt: skip
    """Write the device to `out`, and what was planted to `OUT.truth.json`.

    `out` is a new folder or, for a sysdiagnose and all of Android but a plain androidqf, a new file. States:
    `clean` has no trace of the attack, `targeted` what arrived of it (lures, a look-up, crashes of what reads
    attachments), `infected` all of it. `iterations` are those of an encrypted iTunes backup's key derivation. `like`
    names a published campaign; without it an Android phone is attacked as by novispy. `forge` names traces that
    somebody made without an attack, on a clean phone. With `noise` things happen that look odd and are ordinary.
    Everything happens `days` later than in the life of the seed; `operator` is the seed of who attacks, where it is
    another.
    Raises ValueError for what cannot be made, FileExistsError where `out` is something.
    """
    _check(kind, state, encrypted, password, scale)
    _check_names(kind, state, like, forge)
    if kind in android.KINDS:
        found = android.write(
            kind, state, like or android.LIKES[0], password if encrypted else None, seed, out, scale, forge=forge,
            noise=noise, days=days, operator=operator,
        )  # fmt: skip
        found.write(out)
        return found
    life = live(seed, scale, days, operator)
    told, heard = _told(life, kind, state, like, forge, noise=noise)
    life = replace(life, events=told)
    attack = plan(life, state) if like is None else None
    if kind == "ios-backup":
        made = sorted(_entries(life, attack), key=lambda e: (e.domain, e.path))
        itunes_backup.write(life, made, out, password if encrypted else None, iterations)
    elif kind == "ios-file-system":
        file_system.write(life, list(_entries(life, attack)), _files(life, attack), out)
    else:
        sysdiagnose.write(life, attack, list(_entries(life, attack)), out)
    traces = planted.traces(attack, kind) if attack else in_order([t for e in told for t in e.traces(kind)])
    truth = Truth(
        kind=kind, state=state, seed=seed, scale=scale, traces=traces, like=like, forged=forge, noise=heard
    )  # fmt: skip
    truth.write(out)
    return truth


def _told(
    life: Life, kind: str, state: str, like: str | None, forge: str | None, *, noise: bool
) -> tuple[tuple[Event, ...], tuple[Told, ...]]:
    """All events of a campaign or a forgery, and of noise; and what noise there is."""
    found: list[Event] = []
    if like is not None and state != "clean":
        steps = telling.named("campaign", like, "ios")["event"]
        if state == "targeted":
            steps = [s for s in steps if s["stage"] == "targeting"]
        found += _events(steps, frame(life, like))
    if forge is not None:
        found += _events(telling.named("forgery", forge, "ios")["event"], frame(life, forge))
    heard = []
    if noise:
        of = frame(life, "noise")
        for n in telling.noise("ios", kind, life.random("noise drawn")):
            events = _events(n["event"], of)
            found += events
            heard.append(Told(name=n["name"], time=f"{events[0].time:%Y-%m-%dT%H:%M:%SZ}"))
    return tuple(found), tuple(heard)


def frame(life: Life, part: str) -> telling.Frame:
    """The times and names that what is told of an iPhone refers to."""
    random, by = life.random(f"told {part}"), infrastructure(life.attacker)
    attack = life.backup.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=5)
    friend = life.contacts[0]
    names = {
        "lure": by.lure, "hidden_lure": by.hidden_lure, "server": by.server, "account": by.account,
        "other_account": by.other_account, "stager": by.stager, "daemon": by.daemon, "resembling": by.resembling,
        "number": f"+447700900{random.randrange(700, 900)}", "friend": friend.name, "friend_number": friend.number,
        "friend_email": friend.email, "owner_email": life.owner.email,
        "token": "".join(random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=9)),
        "label": "".join(random.choices("abcdefghijkmnpqrstuvwxyz", k=7)) + str(random.randrange(10, 99)),
        "port": str(random.randrange(30000, 39999)),
    }  # fmt: skip
    begun = attack + timedelta(hours=9, seconds=random.randrange(5400))
    return telling.Frame(attack=begun, now=life.backup, names=names, random=random)


def _events(told: Iterable[Mapping[str, Any]], of: telling.Frame) -> list[Event]:
    return [EVENTS[what](time=time, **values) for what, time, values in telling.rows(told, of)]


def _check(kind: str, state: str, encrypted: bool, password: str | None, scale: int) -> None:
    """Raises ValueError for what cannot be made."""
    if kind not in KINDS:
        raise ValueError(f"expected a kind among {', '.join(KINDS)}, got {kind!r:.60}")
    if state not in STATES:
        raise ValueError(f"expected a state among {', '.join(STATES)}, got {state!r:.60}")
    if encrypted and (kind not in _ENCRYPTED or not password):
        raise ValueError("only a backup or an androidqf acquisition can be encrypted, and with a password")
    if scale < 1:
        raise ValueError(f"expected a scale of 1 or more, got {scale}")


def _check_names(kind: str, state: str, like: str | None, forge: str | None) -> None:
    """Raises ValueError for an attack or a forgery that a phone of this kind cannot have."""
    if like is not None and like not in likes(platform(kind)):
        raise ValueError(f"{kind}: expected an attack like one of {', '.join(likes(platform(kind)))}, got {like!r:.60}")
    if forge is None:
        return
    if forge not in forgeries(platform(kind)) or kind == "apk":
        raise ValueError(f"{kind}: expected a forgery among {', '.join(forgeries(platform(kind)))}, got {forge!r:.60}")
    if state != "clean":
        raise ValueError(f"traces are forged on a clean phone only, so that what is found is forged; got {state}")


def _entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    """Every file of the device."""
    return chain(*(part.entries(life, attack) for part in _PARTS))


def _files(life: Life, attack: Attack | None) -> file_system.Files:
    """What only a full file system has."""
    return chain(
        sysdiagnose.files(life, attack), usage.files(life, attack), web_traces.files(life, attack),
        programs.files(life), mail.files(life),
    )  # fmt: skip
