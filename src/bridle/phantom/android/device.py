"""A synthetic Android phone: ordinary life, one of three attacks, and the acquisition made of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bridle.phantom.android import androidqf, app, backup, bugreport, cellebrite, novispy, ordinary, predator
from bridle.phantom.android.custody import custody
from bridle.phantom.android.phone import Phone, made
from bridle.phantom.android.story import Story
from bridle.phantom.truth import Truth, in_order

KINDS = ("bugreport", "androidqf", "adb-backup", "apk")
LIKES = ("novispy", "predator", "cellebrite")
_STORIES: dict[str, Callable[..., Story]] = {
    "novispy": novispy.story, "predator": predator.story, "cellebrite": cellebrite.story,
}  # fmt: skip


def lived(state: str, like: str, seed: int, scale: int) -> tuple[Phone, Story, Story]:
    """The phone, all that happened, and of it what belongs to the attack."""
    phone = made(seed, scale)
    if (like, state) in (("novispy", "infected"), ("cellebrite", "targeted"), ("cellebrite", "infected")):
        phone = replace(phone, boot=custody(phone).boot)
    attack = Story() if state == "clean" else _STORIES[like](phone, infected=state == "infected")
    return phone, ordinary.story(phone) + attack, attack


def write(kind: str, state: str, like: str, password: str | None, seed: int, out: Path, scale: int) -> Truth:
    """Write the acquisition to the new `out`, and what was planted to `OUT.truth.json`."""
    phone, story, attack = lived(state, like, seed, scale)
    if kind == "bugreport":
        bugreport.write(phone, story, out)
    elif kind == "androidqf":
        androidqf.write(phone, story, password, out)
    elif kind == "adb-backup":
        backup.write(phone, story, password, out)
    else:
        app.write(phone, state, out)
    planted = app.traces(phone, state) if kind == "apk" else [t for t in attack.traces if kind in t.kinds]
    traces = in_order([(t.time, t.stage, t.table, t.value, t.description) for t in planted])
    return Truth(kind=kind, state=state, seed=seed, scale=scale, traces=traces)
