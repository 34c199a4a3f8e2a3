"""The steps of a chain as inline SVG: time runs down, a lane for each stage, a row with its words for each step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from bridle.report.picture import CUT, STAGES, seconds

WIDTH, LEFT, LANE, TOP, ROW, MOST = 1000, 180, 88, 34, 46, 96
"""Pixels: of the drawing, up to the first lane, between lanes, above the first row, and between rows."""
_CHARACTER = 7.4
"""Pixels of a bold one, on average."""


def chain_picture(chain: Mapping[str, Any], numbers: Mapping[str, int], levels: Mapping[str, str]) -> dict[str, Any]:
    """Geometry for the template. `numbers` and `levels` are those of the findings on the page, by id."""
    legs = chain["legs"]
    used = [s for s in STAGES if any(leg["stage"] == s for leg in legs)]
    lanes = {s: LEFT + LANE * n for n, s in enumerate(used)}
    ys, cuts = _rows([leg["time"] for leg in legs])
    words = LEFT + LANE * len(used) - LANE // 2 + 16
    marks = [
        _mark(chain, leg, lanes[leg["stage"]], ys[n], int((WIDTH - words) / _CHARACTER), numbers, levels)
        for n, leg in enumerate(legs)
    ]
    return {
        "width": WIDTH, "height": ys[-1] + 40, "top": TOP - 12, "bottom": ys[-1] + 16, "words": words,
        "lanes": [{"name": s, "x": x} for s, x in lanes.items()], "marks": marks, "cuts": cuts,
        "path": " ".join(f"{m['x']},{m['y']}" for m in marks),
    }  # fmt: skip


def _rows(times: Sequence[str | None]) -> tuple[list[int], list[int]]:
    """Where each step stands: farther down the longer it took, as a logarithm; and the middle of long silences."""
    ys, cuts = [TOP + ROW // 2], []
    for before, after in pairwise(times):
        then, now = seconds(before), seconds(after)
        apart = max(now - then, 0.0) if then is not None and now is not None else 0.0
        ys.append(ys[-1] + min(MOST, ROW + round(4 * math.log1p(apart / 10))))
        if apart >= CUT:
            cuts.append((ys[-2] + ys[-1]) // 2)
    return ys, cuts


def _mark(
    chain: Mapping[str, Any], leg: Mapping[str, Any], x: int, y: int, room: int, numbers: Mapping[str, int],
    levels: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    own = leg["finding"] == chain["id"]
    number = None if own else numbers.get(leg["finding"])
    below = [_artifact(chain, leg), *leg["attack"], "its own query" if own else f"finding {number}" if number else ""]
    day, clock = (leg["time"][:10], f"{leg['time'][11:19]} UTC") if leg["time"] else ("", "no time")
    return {
        "x": x, "y": y, "number": number, "level": levels.get(leg["finding"], ""), "day": day, "clock": clock,
        "name": _cut(leg["name"], room), "whole": leg["name"], "below": _cut(" · ".join(filter(None, below)), room),
    }  # fmt: skip


def _artifact(chain: Mapping[str, Any], leg: Mapping[str, Any]) -> str:
    """The table of the row that stands for the step; where its words are withheld, that of the row at its time."""
    rows = [e for e in chain["evidence"] if e["values"].get("leg") == leg["name"]] or chain["evidence"]
    same = [e for e in rows if e["time"] == leg["time"]] or rows
    return str(same[0]["table"]) if same else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
