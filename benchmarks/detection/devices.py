"""(b) clean synthetic phones with noise, (c) forged traces, (e) attacks after published campaigns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bridle.phantom import device, feed, telling
from bridle.phantom.truth import Truth
from detection.examine import NOTHING, Examined, examine

KINDS = {
    "ios": ("ios-backup", "ios-file-system", "ios-sysdiagnose"),
    "android": ("bugreport", "androidqf", "adb-backup"),
}
EACH = 100
"""Clean phones of each platform."""
SEED = 3
"""Of the phones that are attacked or have forged traces."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One synthetic phone."""

    part: str
    """`clean`, `forgery` or `campaign`."""
    kind: str
    seed: int
    name: str = ""
    """Of the forgery or campaign."""

    @property
    def platform(self) -> str:
        return device.platform(self.kind)


@dataclass(frozen=True, kw_only=True)
class Done:
    """A phone, what was planted, and what came of it."""

    task: Task
    truth: Truth
    examined: Examined


def clean(each: int = EACH) -> Iterator[Task]:
    """So many phones of each platform, platforms and kinds of acquisition in turn."""
    for n in range(each):
        for kinds in KINDS.values():
            yield Task(part="clean", kind=kinds[n % len(kinds)], seed=1000 + n)


def forged() -> Iterator[Task]:
    """Each forgery on each kind of acquisition of its platform."""
    for platform, kinds in KINDS.items():
        for name in device.forgeries(platform):
            yield from (Task(part="forgery", kind=kind, seed=SEED, name=name) for kind in kinds)


def attacked() -> Iterator[Task]:
    """Each campaign on each kind of acquisition of its platform."""
    for platform, kinds in KINDS.items():
        for name in device.likes(platform):
            yield from (Task(part="campaign", kind=kind, seed=SEED, name=name) for kind in kinds)


def run(task: Task, folder: Path) -> Done:
    """Make the phone in the new `folder`, examine it with the feed of its seed, and take it away again.

    An acquisition that holds no trace of its forgery or campaign is not examined.
    """
    folder.mkdir(parents=True)
    out, feeds = folder / "phone", folder / "feed.stix2"
    like = task.name if task.part == "campaign" else None
    truth = device.write(
        task.kind, "infected" if like else "clean", False, None, task.seed, out, like=like,
        forge=task.name if task.part == "forgery" else None, noise=task.part == "clean",
    )  # fmt: skip
    feed.write(feeds, task.seed, like=like)
    holds = truth.traces or task.part == "clean"
    done = examine(out, folder / "case", [feeds], truth.traces) if holds else None
    shutil.rmtree(folder)
    return Done(task=task, truth=truth, examined=done or NOTHING)


def title(platform: str, name: str, what: str) -> str:
    """What a campaign or forgery is, in a line."""
    if what == "campaign" and name not in telling.names("campaign", platform):
        return {
            "novispy": "NoviSpy, 2024: installed over the cable while the phone was out of its owner's hands",
            "predator": "Predator, 2021 to 2023: one click, loaded by the browser, at home in the zygote",
            "cellebrite": "Cellebrite's tools, 2024 and 2025: USB devices, a root shell, an app that comes and goes",
        }[name]
    return str(telling.named(what, name, platform)["title"])
