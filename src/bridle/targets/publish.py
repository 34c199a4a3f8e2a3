"""What may be said of a list in public: counts of numbers, no number, no token, no time finer than a month.

Every number counts once, in the month, and for the operator, of its first selection. Countries, months and operators
with fewer than five numbers are merged; of the tables, small cells and those that give them away are withheld
(`publish_cells`). What was examined is told by stages that never call a selected number attacked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.targets.publish_cells import SMALLEST, as_rows, merged, protected
from bridle.targets.refusals import RefusedError, stated
from bridle.targets.states import Standing

REST, UNKNOWN, UNDATED, UNNAMED = "other", "undetermined", "undated", "not named"
_COUNTRY = re.compile(r"[A-Z]{2}")
_TOKEN = re.compile(r"[0-9a-fA-F]{16}")
_COLUMNS = ["token", "country", "time", "time_precision", "operator"]
_AT_ONCE = 2_000_000
"""Rows that are sorted at once."""
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
    selections: pa.Table | Iterable[pa.Table], standings: Mapping[str, Standing], owner: str | None, purpose: str | None
) -> Publication:
    """The aggregates of `selections`, and of what was examined. Raises RefusedError.

    Of a large list the selections come in parts, all of one number in the same. Refused without a stated owner and
    purpose, where an examined number has no consent record, and for fewer than `SMALLEST` numbers. A phone whose owner
    did not agree to be counted stays among the selected ones.
    """
    owner, purpose = stated(owner, purpose)
    _consented(standings)
    counts, known = _counted([selections] if isinstance(selections, pa.Table) else selections, standings)
    if counts.total() < SMALLEST:
        raise RefusedError(f"the list has fewer than {SMALLEST} numbers; nothing can be published of so few")
    country = merged(_by(counts, 0), REST)
    month, operator = _months(_by(counts, 1)), _operators(_by(counts, 2))
    tables: dict[str, Counter[tuple[str, str]]] = {"month": Counter(), "operator": Counter()}
    for (c, m, o), n in counts.items():
        tables["month"][country[c], month[m]] += n
        tables["operator"][country[c], operator[o]] += n
    staged = [(country[c], _stage(standings[t])) for t, c in known.items()]
    tables["stage"] = _stages(_named(_by(counts, 0), country), staged)
    return Publication(
        {
            "title": "Aggregates of a list of selected numbers",
            "owner": owner,
            "purpose": purpose,
            "words": list(WORDS),
            "smallest_cell": SMALLEST,
            "numbers": counts.total(),
            "tables": {f"country by {name}": _table(cells) for name, cells in tables.items()},
        }
    )


def _consented(standings: Mapping[str, Standing]) -> None:
    if any(not e.consent for s in standings.values() for e in s.examinations):
        raise RefusedError(
            "an examined phone has no consent record; withdraw it with `bridle list standing withdraw`, "
            "or examine it again with --consent FILE.toml"
        )


def first_selections(selections: pa.Table) -> pa.Table:
    """Each number once: token, country, month (`2017-03`) and operator of its first selection, undated ones last."""
    table = selections.append_column("n", pa.array(range(len(selections)), pa.int64())).combine_chunks()
    order = [(name, "ascending") for name in ("token", "time", "n")]
    table = table.take(pc.sort_indices(table, sort_keys=order))
    token = table["token"].combine_chunks()
    if len(token):
        new = pc.not_equal(token[1:], token[:-1])
        table = table.filter(pa.concat_arrays([pa.array([True]), *(new.chunks if hasattr(new, "chunks") else [new])]))
    dated = pc.is_in(table["time_precision"], value_set=pa.array(_TO_THE_MONTH))
    month = pc.strftime(table["time"].cast(pa.timestamp("us")), "%Y-%m")
    named = pc.fill_null(pc.match_substring_regex(table["country"], "^[A-Z]{2}$"), False)
    return pa.table(
        {
            "token": table["token"],
            "country": pc.if_else(named, table["country"], UNKNOWN),
            "month": pc.fill_null(pc.if_else(dated, month, UNDATED), UNDATED),
            "operator": pc.fill_null(table["operator"], UNNAMED),
        }
    )


def _counted(
    parts: Iterable[pa.Table], standings: Mapping[str, Standing]
) -> tuple[Counter[tuple[str, str, str]], dict[str, str]]:
    """Numbers by country, month and operator, and the country of each that has a standing."""
    counts: Counter[tuple[str, str, str]] = Counter()
    known: dict[str, str] = {}
    entered = pa.array(sorted(standings), pa.string())
    for part in parts:
        first = first_selections(part)
        for row in first.group_by(["country", "month", "operator"]).aggregate([("token", "count")]).to_pylist():
            counts[row["country"], row["month"], row["operator"]] += row["token_count"]
        for row in first.filter(pc.is_in(first["token"], value_set=entered)).to_pylist():
            known[row["token"]] = row["country"]
    return counts, known


def _by(counts: Mapping[tuple[str, str, str], int], place: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, n in counts.items():
        found[key[place]] += n
    return found


def _named(totals: Mapping[str, int], names: Mapping[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, n in totals.items():
        found[names[name]] += n
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


def _operators(totals: Mapping[str, int]) -> dict[str, str]:
    """`OP-01` for the operator with most numbers, and so on: what the leak calls them is not printed."""
    kept = merged(totals, REST)
    ranked = sorted({o for o in totals if kept[o] == o and o not in (UNNAMED, REST)}, key=lambda o: (-totals[o], o))
    return kept | {o: f"OP-{n:02}" for n, o in enumerate(ranked, 1)}


def _stages(totals: Mapping[str, int], known: Sequence[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Numbers by country and stage, from the totals of countries and the country and stage of those with a standing."""
    plain = Counter(known)
    for country, n in totals.items():
        plain[country, "selected"] += n - sum(c == country for c, _ in known)
    for names in _STAGES:
        stages: Counter[tuple[str, str]] = Counter()
        for (country, stage), n in plain.items():
            stages[country, names.get(stage, stage)] += n
        sizes: Counter[str] = Counter()
        for (_, stage), n in stages.items():
            sizes[stage] += n
        if all(n == 0 or n >= SMALLEST for n in sizes.values()):
            break
    return Counter({cell: n for cell, n in stages.items() if sizes[cell[1]]})


def _stage(standing: Standing) -> str:
    """The stage that a number is counted under: without leave to count the person, that it was selected."""
    return standing.state if all(e.statistics for e in standing.examinations) else "selected"


def _table(cells: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    shown = protected(cells)
    return {"columns": dict(shown.columns), "rows": list(as_rows(shown))}


def parts(batches: Callable[[list[str]], Iterator[pa.RecordBatch]], rows: int) -> Iterator[pa.Table]:
    """The selections of a project in pieces that hold all rows of a number, by the first digits of its token."""
    readings = min(256, max(1, -(-rows // _AT_ONCE)))
    bounds = [f"{256 * n // readings:02x}" for n in range(readings)]
    for low, high in zip(bounds, [*bounds[1:], "g"], strict=True):
        found = [_between(b, low, high) if readings > 1 else b for b in batches(_COLUMNS)]
        if found:
            yield pa.Table.from_batches(found)


def _between(batch: pa.RecordBatch, low: str, high: str) -> pa.RecordBatch:
    return batch.filter(pc.and_(pc.greater_equal(batch["token"], low), pc.less(batch["token"], high)))


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
