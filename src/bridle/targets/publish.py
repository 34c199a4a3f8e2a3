"""What may be said of a list in public: counts of numbers, no number, no token, no time finer than a month.

Every number counts once, in the month, and for the operator, of its first selection. Countries, months and operators
with fewer than five numbers are merged; of the tables, small cells and those that give them away are withheld
(`publish_cells`). What was examined is told by stages that never call a selected number attacked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from bridle.classes import dataclass
from bridle.targets.publish_cells import SMALLEST, as_rows, merged, protected
from bridle.targets.refusals import RefusedError, stated
from bridle.targets.states import Standing

REST, UNKNOWN, UNDATED, UNNAMED = "other", "undetermined", "undated", "not named"
_COUNTRY = re.compile(r"[A-Z]{2}")
_TOKEN = re.compile(r"[0-9a-fA-F]{16}")
_TO_THE_MONTH = ("us", "second", "minute", "day", "month")
"""Precisions of a time that tell its month."""
_STAGES: tuple[Mapping[str, str], ...] = (
    {},
    {"examined": "verified"},
    dict.fromkeys(("attempted", "infected"), "confirmed"),
    dict.fromkeys(("attempted", "infected"), "confirmed") | {"examined": "verified"},
    dict.fromkeys(("attempted", "infected", "inconclusive"), "examined"),
    dict.fromkeys(("examined", "attempted", "infected", "inconclusive"), "verified"),
    dict.fromkeys(("verified", "examined", "attempted", "infected", "inconclusive"), "selected"),
)
"""How stages are merged, the finest first, until each has none or `SMALLEST`. A merged stage says less, never more."""
WORDS = (
    "Selected: the number is in the list. It does not show that its phone was attacked, or that an attack was tried.",
    "Verified: two sources of different kinds name the owner of the number.",
    "Examined: the phone was examined with its owner's consent.",
    "Inconclusive: what was on the phone neither shows an attack nor rules one out.",
    "Confirmed: the phone shows traces of an attempt (attempted) or of spyware that ran (infected).",
    f"A figure counts numbers, each once, by its first selection. Nothing below {SMALLEST} is printed.",
    "A cell that is not printed is empty, small, or left out so that a small one cannot be computed.",
    "Operators are numbered by us. A number says nothing of who stands behind it.",
)


@dataclass(frozen=True)
class Publication:
    """What is published: plain values and texts of fixed wording, and the owner's name and purpose as stated."""

    document: Mapping[str, Any]

    @property
    def numbers(self) -> int:
        return int(self.document["numbers"])


def publication(
    selections: pa.Table, standings: Mapping[str, Standing], owner: str | None, purpose: str | None
) -> Publication:
    """The aggregates of `selections`, and of what was examined. Raises RefusedError.

    Refused without a stated owner and purpose, where an examined number has no consent record, and for fewer than
    `SMALLEST` numbers. A phone whose owner did not agree to be counted stays among the selected ones.
    """
    owner, purpose = stated(owner, purpose)
    _consented(standings)
    first = first_selections(selections)
    if len(first) < SMALLEST:
        raise RefusedError(f"the list has fewer than {SMALLEST} numbers; nothing can be published of so few")
    country = merged(Counter(c for c, _, _ in first.values()), REST)
    month, operator = _months(Counter(m for _, m, _ in first.values())), _operators(first)
    stage = _stages(first, standings)
    tables = {
        "month": {t: (country[c], month[m]) for t, (c, m, _) in first.items()},
        "operator": {t: (country[c], operator[o]) for t, (c, _, o) in first.items()},
        "stage": {t: (country[c], stage[t]) for t, (c, _, _) in first.items()},
    }
    return Publication(
        {
            "title": "Aggregates of a list of selected numbers",
            "owner": owner,
            "purpose": purpose,
            "words": list(WORDS),
            "smallest_cell": SMALLEST,
            "numbers": len(first),
            "tables": {f"country by {name}": _table(pairs) for name, pairs in tables.items()},
        }
    )


def _consented(standings: Mapping[str, Standing]) -> None:
    if any(not e.consent for s in standings.values() for e in s.examinations):
        raise RefusedError(
            "an examined phone has no consent record; withdraw it with `bridle list standing withdraw`, "
            "or examine it again with --consent FILE.toml"
        )


def first_selections(selections: pa.Table) -> dict[str, tuple[str, str, str]]:
    """By token: country, month (`2017-03`) and operator of the first selection; undated ones come last."""
    columns = [selections[c].to_pylist() for c in ("token", "country", "time", "time_precision", "operator")]
    found: dict[str, tuple[str, str, str]] = {}
    times: dict[str, datetime | None] = {}
    for token, country, time, precision, operator in zip(*columns, strict=True):
        earlier = times.get(token)
        if token in found and (time is None or (earlier is not None and earlier <= time)):
            continue
        times[token] = time
        month = f"{time:%Y-%m}" if time is not None and precision in _TO_THE_MONTH else UNDATED
        known = country if country and _COUNTRY.fullmatch(country) else UNKNOWN
        found[token] = (known, month, operator or UNNAMED)
    return found


def _months(totals: Mapping[str, int]) -> dict[str, str]:
    """Months under which there are enough; others are joined with those after them, the last with those before."""
    groups: list[list[str]] = [[]]
    for month in sorted(m for m in totals if m != UNDATED):
        groups[-1].append(month)
        if sum(totals[m] for m in groups[-1]) >= SMALLEST:
            groups.append([])
    left = groups.pop()
    few = totals.get(UNDATED, 0) < SMALLEST
    if not groups:
        return dict.fromkeys([*left, UNDATED], REST if few or left else UNDATED)
    groups[-1] += left
    names = {m: g[0] if len(g) == 1 else f"{g[0]} to {g[-1]}" for g in groups for m in g}
    last = names[groups[-1][-1]]
    if not few or UNDATED not in totals:
        return names | {UNDATED: UNDATED}
    joined = f"{last} or {UNDATED}"
    return {m: joined if n == last else n for m, n in names.items()} | {UNDATED: joined}


def _operators(first: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    """`OP-01` for the operator with most numbers, and so on: what the leak calls them is not printed."""
    totals = Counter(o for _, _, o in first.values())
    kept = merged(totals, REST)
    ranked = sorted({o for o in totals if kept[o] == o and o not in (UNNAMED, REST)}, key=lambda o: (-totals[o], o))
    return kept | {o: f"OP-{n:02}" for n, o in enumerate(ranked, 1)}


def _stages(first: Mapping[str, Any], standings: Mapping[str, Standing]) -> dict[str, str]:
    plain = {t: _counted(standings.get(t)) for t in first}
    for names in _STAGES:
        stages = {t: names.get(s, s) for t, s in plain.items()}
        if min(Counter(stages.values()).values()) >= SMALLEST:
            break
    return stages


def _counted(standing: Standing | None) -> str:
    """The stage that a number is counted under: without leave to count the person, that it was selected."""
    if standing is None or any(not e.statistics for e in standing.examinations):
        return "selected"
    return standing.state


def _table(pairs: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    shown = protected(Counter(pairs.values()))
    return {"columns": dict(shown.columns), "rows": list(as_rows(shown))}


def changed_by_few(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first figure that differs by 1 to 4 from an earlier publication: who has both would know of so few."""
    before, after = _figures(earlier), _figures(now)
    for name in sorted(before.keys() & after.keys()):
        if 0 < abs(before[name] - after[name]) < SMALLEST:
            return name
    return None


def _figures(document: Mapping[str, Any]) -> dict[str, int]:
    found = {"numbers": int(document["numbers"])}
    for name, table in document["tables"].items():
        found |= {f"{name}: {c}": n for c, n in table["columns"].items()}
        for row in table["rows"]:
            found[f"{name}: {row['name']}"] = row["total"]
            found |= {f"{name}: {row['name']}, {c}": n for c, n in row["cells"].items() if n is not None}
    return found


def as_tsv(table: Mapping[str, Any]) -> str:
    """A table of the document for a spreadsheet; a withheld cell is empty."""
    columns: Sequence[str] = list(table["columns"])
    lines = [["", *columns, "total"]]
    for row in table["rows"]:
        cells = [row["cells"][c] for c in columns]
        lines.append([row["name"], *("" if n is None else str(n) for n in cells), str(row["total"])])
    lines.append(["total", *(str(n) for n in table["columns"].values()), str(sum(table["columns"].values()))])
    return "".join("\t".join(line) + "\n" for line in lines)


def texts(document: Mapping[str, Any]) -> dict[str, str]:
    """The files of a publication by name. Raises RefusedError if any holds what looks like a token or a digest."""
    files = {"publication.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"}
    files["README.txt"] = "".join(f"{line}\n" for line in (document["title"], "", *document["words"]))
    files |= {f"{name.replace(' ', '-')}.tsv": as_tsv(table) for name, table in document["tables"].items()}
    if any(_TOKEN.search(text) for text in files.values()):
        raise RefusedError("the publication would hold a token or a digest; state owner and purpose in plain words")
    return files
