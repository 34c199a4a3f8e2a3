"""A synthetic device: ordinary life, the planted attack, and the acquisition made of both."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bridle.phantom import (
    appointments,
    chats,
    file_system,
    itunes_backup,
    managed,
    messages,
    network_use,
    people,
    planted,
    programs,
    settings,
    sysdiagnose,
    usage,
    web,
    web_traces,
)
from bridle.phantom.android import device as android
from bridle.phantom.attack import STATES, Attack, plan
from bridle.phantom.entry import Entry
from bridle.phantom.life import Life, live
from bridle.phantom.truth import Truth

KINDS = ("ios-backup", "ios-file-system", "ios-sysdiagnose", *android.KINDS)
_ENCRYPTED = ("ios-backup", "androidqf", "adb-backup")

_PARTS = (
    messages, web, network_use, settings, managed, people, appointments, chats, usage, web_traces, programs,
)  # fmt: skip


def write(
    kind: str, state: str, encrypted: bool, password: str | None, seed: int, out: Path, scale: int = 1, *,
    iterations: int = itunes_backup.ITERATIONS, like: str | None = None,
) -> Truth:  # fmt: skip
    """Write the device to `out`, and what was planted to `OUT.truth.json`.

    `out` is a new folder or, for a sysdiagnose and all of Android but a plain androidqf, a new file. States:
    `clean` has no trace of the attack, `targeted` what arrived of it (lures, a look-up, crashes of what reads
    attachments), `infected` all of it. `iterations` are those of an encrypted iTunes backup's key derivation. `like`
    names the attack on an Android phone; novispy, if none is named. Raises ValueError for what cannot be made,
    FileExistsError where `out` is something.
    """
    _check(kind, state, encrypted, password, scale, like)
    if kind in android.KINDS:
        found = android.write(kind, state, like or android.LIKES[0], password if encrypted else None, seed, out, scale)
        found.write(out)
        return found
    life = live(seed, scale)
    attack = plan(life, state)
    if kind == "ios-backup":
        made = sorted(_entries(life, attack), key=lambda e: (e.domain, e.path))
        itunes_backup.write(life, made, out, password if encrypted else None, iterations)
    elif kind == "ios-file-system":
        file_system.write(life, list(_entries(life, attack)), _files(life, attack), out)
    else:
        sysdiagnose.write(life, attack, list(_entries(life, attack)), out)
    truth = Truth(kind=kind, state=state, seed=seed, scale=scale, traces=planted.traces(attack, kind) if attack else ())
    truth.write(out)
    return truth


def _check(kind: str, state: str, encrypted: bool, password: str | None, scale: int, like: str | None) -> None:
    """Raises ValueError for what cannot be made."""
    if kind not in KINDS:
        raise ValueError(f"expected a kind among {', '.join(KINDS)}, got {kind!r:.60}")
    if state not in STATES:
        raise ValueError(f"expected a state among {', '.join(STATES)}, got {state!r:.60}")
    if encrypted and (kind not in _ENCRYPTED or not password):
        raise ValueError("only a backup or an androidqf acquisition can be encrypted, and with a password")
    if scale < 1:
        raise ValueError(f"expected a scale of 1 or more, got {scale}")
    if like is not None and kind not in android.KINDS:
        raise ValueError(f"only an Android phone is attacked like {like:.60}; {kind} is none")
    if like is not None and like not in android.LIKES:
        raise ValueError(f"expected an attack like one of {', '.join(android.LIKES)}, got {like!r:.60}")


def _entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    """Every file of the device."""
    return chain(*(part.entries(life, attack) for part in _PARTS))


def _files(life: Life, attack: Attack | None) -> file_system.Files:
    """What only a full file system has."""
    return chain(
        sysdiagnose.files(life, attack), usage.files(life, attack), web_traces.files(life, attack), programs.files(life)
    )
