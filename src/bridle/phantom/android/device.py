"""A synthetic Android phone: ordinary life, one of three attacks, and the acquisition made of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bridle.phantom import telling
from bridle.phantom.android import androidqf, app, backup, bugreport, cellebrite, novispy, ordinary, predator, told
from bridle.phantom.android.custody import custody
from bridle.phantom.android.phone import Phone, made
from bridle.phantom.android.story import Story
from bridle.phantom.truth import Told, Truth, in_order

KINDS = ("bugreport", "androidqf", "adb-backup", "apk")
LIKES = ("novispy", "predator", "cellebrite")
_STORIES: dict[str, Callable[..., Story]] = {
    "novispy": novispy.story, "predator": predator.story, "cellebrite": cellebrite.story,
}  # fmt: skip


def lived(
    state: str, like: str, seed: int, scale: int, days: int = 0, operator: int | None = None
) -> tuple[Phone, Story, Story]:
    """The phone, all that happened, and of it what belongs to the attack."""
    phone = made(seed, scale, days, operator)
    if (like, state) in (("novispy", "infected"), ("cellebrite", "targeted"), ("cellebrite", "infected")):
        phone = replace(phone, boot=custody(phone).boot)
    attack = Story() if state == "clean" else _attack(phone, like, infected=state == "infected")
    return phone, ordinary.story(phone) + attack, attack


def _attack(phone: Phone, like: str, *, infected: bool) -> Story:
    """That of a module of its own, or of the data; of the latter a phone that is no more than targeted has the lure."""
    if like in _STORIES:
        return _STORIES[like](phone, infected=infected)
    steps = telling.named("campaign", like, "android")["event"]
    return told.story(phone, [s for s in steps if infected or s.get("stage") == "targeting"], like)


def write(
    kind: str, state: str, like: str, password: str | None, seed: int, out: Path, scale: int, *,
    forge: str | None = None, noise: bool = False, days: int = 0, operator: int | None = None,
) -> Truth:  # fmt: skip
    """Write the acquisition to the new `out`; gives what was planted."""
    phone, story, attack = lived(state, like, seed, scale, days, operator)
    heard: tuple[Told, ...] = ()
    if forge is not None:
        attack = told.story(phone, telling.named("forgery", forge, "android")["event"], forge)
        story += attack
    if noise:
        more, heard = told.noise(phone, kind)
        story += more
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
    named = like if state != "clean" and like not in LIKES else None
    return Truth(
        kind=kind, state=state, seed=seed, scale=scale, traces=traces, like=named, forged=forge, noise=heard
    )  # fmt: skip
