"""A list of selected numbers as a file, and beside it what is true of it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from bridle.phantom import MARKER
from bridle.phantom.list_world import START, World


def write(world: World, out: Path) -> Path:
    """Write the list to a new file, and `OUT.truth.json` beside it, which is returned. Raises FileExistsError.

    Columns: number, time (UTC, to the second), client if the list has that field, notes. `.tsv` has tabs between them.
    """
    named = any(r.client is not None for r in world.rows)
    with out.open("x", encoding="utf-8", newline="") as file:
        to = csv.writer(file, delimiter="\t" if out.suffix == ".tsv" else ",", lineterminator="\n")
        to.writerow(["number", "time", *(["client"] if named else []), "notes"])
        for r in world.rows:
            to.writerow([r.raw, f"{r.time:%Y-%m-%dT%H:%M:%SZ}", *([r.client] if named else []), MARKER])
    truth = out.with_name(f"{out.name}.truth.json")
    truth.write_text(json.dumps(told(world), ensure_ascii=False) + "\n", "utf-8")
    return truth


def told(world: World) -> dict[str, Any]:
    """What is true of a list: its clients, totals, and for each row number, country, client, sitting and phone."""
    rows = world.rows
    seen: set[tuple[str, str]] = set()
    repeats = 0
    for r in rows:
        repeats += (r.operator, r.number) in seen
        seen.add((r.operator, r.number))
    counts = Counter(r.operator for r in rows)
    place = {o.name: n for n, o in enumerate(world.operators)}
    return {
        "marker": MARKER,
        "seed": world.seed,
        "rows": len(rows),
        "numbers": len({r.number for r in rows}),
        "sittings": 1 + max(r.sitting for r in rows),
        "repeats": repeats,
        "cross_border": sum(map(world.crosses, rows)),
        "home_share": world.home_share,
        "operators": [
            {"name": o.name, "home": o.home, "zone": o.zone, "rows": counts[o.name], "first_day": o.first,
             "last_day": o.last}
            for o in world.operators
        ],
        "first_day_is": f"{START:%Y-%m-%d}",
        "row": {
            "number": [r.number for r in rows],
            "country": [r.country for r in rows],
            "operator": [place[r.operator] for r in rows],
            "sitting": [r.sitting for r in rows],
            "device": {str(n): r.device for n, r in enumerate(rows) if r.device is not None},
        },
    }  # fmt: skip
