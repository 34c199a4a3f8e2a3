"""When each row of evidence was, small enough for a page: the script that draws the dense timeline reads it there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bridle.report.picture import seconds

MOST = 20_000
"""Distinct times in one page. Where there are more, times are taken together in coarser steps."""
_UNITS = (1, 10, 60, 600, 3600, 21_600, 86_400, 864_000, 8_640_000)
"""Seconds of a step."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def times(findings: Sequence[Mapping[str, Any]], horizon: Mapping[str, Any]) -> dict[str, Any] | None:
    """Times of the evidence for the template; None when no row has one.

    `base` is the first, in whole seconds since 1970; `unit` the seconds of a step; `rows` has an entry for each finding
    with a time, the earliest first: its number, itself, its artifacts and `steps`. These are, for each artifact, its
    name and the steps since the time before (for the first, since `base`) to the base 36, with `*` and how many rows
    where there are several: `ios.sms 0 1k*3;ios.tcc 5`. `first` and `last` are those of the log horizon, which the
    timeline shows at first.
    """
    found = [(n, f, _by_artifact(f)) for n, f in enumerate(findings, 1)]
    found = [(n, f, at) for n, f, at in found if at]
    if not found:
        return None
    base = int(min(t for _, _, at in found for ts in at.values() for t in ts))
    unit = next((u for u in _UNITS if _count(found, base, u) <= MOST), _UNITS[-1])
    rows = [
        {
            "number": n, "finding": f, "artifacts": list(at), "first": min(map(min, at.values())),
            "steps": ";".join(f"{name} {_steps(ts, base, unit)}" for name, ts in at.items()),
        }
        for n, f, at in found
    ]  # fmt: skip
    first, last = (seconds(horizon[side]) for side in ("first", "last"))
    return {
        "base": base, "unit": unit, "rows": sorted(rows, key=lambda r: (r["first"], r["number"])),
        "first": int(first or 0), "last": int(last or 0) + 1,
    }  # fmt: skip


def artifact_of(table: str) -> str:
    """`ios.sms` of `ios.sms.message`; a name as plain as the page needs it."""
    return "".join(c for c in table.rpartition(".")[0] or table if c.isalnum() or c in "._-")[:80] or "unnamed"


def _by_artifact(f: Mapping[str, Any]) -> dict[str, list[float]]:
    """Seconds since 1970 of a finding's rows; its own, for the artifact of its first row, where no row has a time."""
    at: dict[str, list[float]] = {}
    for e in f["evidence"]:
        if (t := seconds(e["time"])) is not None:
            at.setdefault(artifact_of(e["table"]), []).append(t)
    first = seconds(f["first_seen"])
    if not at and first is not None:
        at[artifact_of(f["evidence"][0]["table"]) if f["evidence"] else "unnamed"] = [first]
    return {name: sorted(at[name]) for name in sorted(at)}


def _count(found: Sequence[tuple[int, Any, Mapping[str, Sequence[float]]]], base: int, unit: int) -> int:
    return sum(len({int(t - base) // unit for t in ts}) for _, _, at in found for ts in at.values())


def _steps(at: Sequence[float], base: int, unit: int) -> str:
    counts = Counter(int(t - base) // unit for t in at)
    words, before = [], 0
    for step in sorted(counts):
        words.append(_base_36(step - before) + (f"*{counts[step]}" if counts[step] > 1 else ""))
        before = step
    return " ".join(words)


def _base_36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits
