"""What was planted, in order: against this, findings are measured."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from bridle.phantom import MARKER


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One planted trace."""

    order: int
    """From 1, in order of time."""
    time: str
    """UTC, such as `2021-05-14T09:52:31.530000Z`."""
    stage: str
    table: str
    """Where bridle is expected to have it: `ios.data_usage.process`."""
    value: str
    """As the table holds it, or a part that stands nowhere else."""
    description: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something odd and ordinary that happened."""

    name: str
    time: str
    """UTC, of its first event."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """All that was planted in one synthetic device."""

    kind: str
    state: str
    seed: int
    scale: int
    traces: tuple[Trace, ...]
    like: str | None = None
    """The campaign it follows, if it follows one by name."""
    forged: str | None = None
    """What was forged; its traces are no attack's."""
    noise: tuple[Told, ...] = ()

    def write(self, out: Path) -> Path:
        """Beside `out`, never in it: `OUT.truth.json`."""
        file = out.with_name(f"{out.name}.truth.json")
        told = {k: v for k, v in asdict(self).items() if v or k not in ("like", "forged", "noise")}
        file.write_text(json.dumps({"marker": MARKER, **told}, indent=2) + "\n", "utf-8")
        return file


def in_order(traces: list[tuple[datetime, str, str, str, str]]) -> tuple[Trace, ...]:
    """Time, stage, table, value and description of each, numbered by time."""
    ordered = sorted(traces, key=lambda t: t[0])
    return tuple(
        Trace(order=i, time=f"{t:%Y-%m-%dT%H:%M:%S.%f}Z", stage=stage, table=table, value=value, description=text)
        for i, (t, stage, table, value, text) in enumerate(ordered, 1)
    )
