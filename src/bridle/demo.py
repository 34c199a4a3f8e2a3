"""The demonstration: an iPhone and an Android phone, both synthetic, a feed, and the case made of each phone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.engine.check import check
from bridle.engine.options import Options, Talk
from bridle.phantom import device, feed
from bridle.phantom.truth import Trace

PASSWORD = "synthetic"  # noqa: S105 - of evidence that is made here
LIKE = "novispy"
"""The attack on the Android phone."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the demonstration made of one phone."""

    name: str
    """What it is, for a person."""
    case: Path
    truths: tuple[Path, ...]
    """What was planted in each acquisition."""
    summary: dict[str, Any]
    planted: int
    found: int
    around: str
    """The time of the first planted execution, for the timeline."""
    sources: tuple[Path, ...]
    """What the case was made of, in its order."""
    feed: Path
    password: str | None
    """Of a source that is encrypted; None where none is."""


def run(folder: Path, seed: int, talk: Talk) -> tuple[Demo, Demo]:
    """Write phones, `feed.stix2`, `case` and `android-case` into a new folder."""
    folder.mkdir(parents=True)
    feed.write(folder / "feed.stix2", seed)
    return _iphone(folder, seed, talk), _android(folder, seed, talk)


def _iphone(folder: Path, seed: int, talk: Talk) -> Demo:
    """Its encrypted backup `phone` and its `sysdiagnose.tar.gz`."""
    phone, logs = folder / "phone", folder / "sysdiagnose.tar.gz"
    talk.stage("Making a synthetic iPhone")
    traces = (
        *device.write("ios-backup", "infected", True, PASSWORD, seed, phone).traces,
        *device.write("ios-sysdiagnose", "infected", False, None, seed, logs).traces,
    )
    return _examined("iPhone", folder, folder / "case", (phone, logs), traces, talk, PASSWORD)


def _android(folder: Path, seed: int, talk: Talk) -> Demo:
    """Its `bugreport.zip`, and what AndroidQF takes of it, `androidqf`."""
    report, taken = folder / "bugreport.zip", folder / "androidqf"
    talk.stage("Making a synthetic Android phone")
    traces = (
        *device.write("bugreport", "infected", False, None, seed, report, like=LIKE).traces,
        *device.write("androidqf", "infected", False, None, seed, taken, like=LIKE).traces,
    )
    return _examined("Android phone", folder, folder / "android-case", (report, taken), traces, talk)


def _examined(
    name: str, folder: Path, case: Path, sources: tuple[Path, ...], traces: Sequence[Trace], talk: Talk,
    password: str | None = None,
) -> Demo:  # fmt: skip
    indicators = (str(folder / "feed.stix2"),)
    summary = check(Options(sources=sources, case=case, indicators=indicators, password=lambda: password), talk)
    cited = _cited(case)
    return Demo(
        name=name, case=case, truths=tuple(p.with_name(f"{p.name}.truth.json") for p in sources), summary=summary,
        planted=len(traces), found=sum(t.value in cited for t in traces),
        around=min(t.time for t in traces if t.stage == "execution"), sources=sources, feed=folder / "feed.stix2",
        password=password,
    )  # fmt: skip


def _cited(case: Path) -> str:
    """Everything that findings cite, as text to search."""
    findings = [json.loads(line) for line in (case / "findings.jsonl").read_text("utf-8").splitlines()]
    return json.dumps([f["evidence"] for f in findings], ensure_ascii=False)
