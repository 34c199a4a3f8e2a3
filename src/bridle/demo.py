"""The demonstration: backup and sysdiagnose of one synthetic phone, a feed, and the case made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.engine.check import check
from bridle.engine.options import Options, Talk
from bridle.phantom import device, feed

PASSWORD = "synthetic"  # noqa: S105 - of evidence that is made here


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the demonstration made."""

    case: Path
    truths: tuple[Path, ...]
    """What was planted in the backup and in the sysdiagnose."""
    summary: dict[str, Any]
    planted: int
    found: int
    around: str
    """The time of the first planted execution, for the timeline."""


def run(folder: Path, seed: int, talk: Talk) -> Demo:
    """Write `phone`, `sysdiagnose.tar.gz`, `feed.stix2` and `case` into a new folder."""
    folder.mkdir(parents=True)
    phone, logs, case = folder / "phone", folder / "sysdiagnose.tar.gz", folder / "case"
    talk.stage("Making a synthetic phone")
    backup = device.write("ios-backup", "infected", True, PASSWORD, seed, phone)
    traces = backup.traces + device.write("ios-sysdiagnose", "infected", False, None, seed, logs).traces
    feed.write(folder / "feed.stix2", seed)
    options = Options(
        sources=(phone, logs), case=case, indicators=(str(folder / "feed.stix2"),), password=lambda: PASSWORD
    )
    summary = check(options, talk)
    cited = _cited(case)
    return Demo(
        case=case, truths=tuple(p.with_name(f"{p.name}.truth.json") for p in (phone, logs)), summary=summary,
        planted=len(traces), found=sum(t.value in cited for t in traces),
        around=min(t.time for t in traces if t.stage == "execution"),
    )  # fmt: skip


def _cited(case: Path) -> str:
    """Everything that findings cite, as text to search."""
    findings = [json.loads(line) for line in (case / "findings.jsonl").read_text("utf-8").splitlines()]
    return json.dumps([f["evidence"] for f in findings], ensure_ascii=False)
