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
from bridle.phantom.attack import Attack, plan
from bridle.phantom.entry import Entry
from bridle.phantom.life import Life, live
from bridle.phantom.truth import Truth

KINDS = ("ios-backup", "ios-file-system", "ios-sysdiagnose")

_PARTS = (
    messages, web, network_use, settings, managed, people, appointments, chats, usage, web_traces, programs,
)  # fmt: skip


def write(
    kind: str, state: str, encrypted: bool, password: str | None, seed: int, out: Path, scale: int = 1, *,
    iterations: int = itunes_backup.ITERATIONS,
) -> Truth:  # fmt: skip
    """Write the device to `out`, and what was planted to `OUT.truth.json`.

    `out` is a new folder, or for a sysdiagnose a new file. States: `clean` has no trace of the attack, `targeted` what
    arrived of it (lures, a look-up, crashes of what reads attachments), `infected` all of it. `iterations` are those of
    an encrypted backup's key derivation. Raises ValueError for what cannot be made, FileExistsError where `out` is
    something.
    """
    if kind not in KINDS:
        raise ValueError(f"expected a kind among {', '.join(KINDS)}, got {kind!r:.60}")
    if encrypted and (kind != "ios-backup" or not password):
        raise ValueError("only a backup can be encrypted, and with a password that is not empty")
    if scale < 1:
        raise ValueError(f"expected a scale of 1 or more, got {scale}")
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


def _entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    """Every file of the device."""
    return chain(*(part.entries(life, attack) for part in _PARTS))


def _files(life: Life, attack: Attack | None) -> file_system.Files:
    """What only a full file system has."""
    return chain(
        sysdiagnose.files(life, attack), usage.files(life, attack), web_traces.files(life, attack), programs.files(life)
    )
