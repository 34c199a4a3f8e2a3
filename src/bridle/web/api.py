"""What the pages ask for, as plain values for JSON. Evidence in it is masked, in sight and defanged already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridle.case.plain import iso
from bridle.case.signoff import SignOff, state
from bridle.case.timeline import LEDGER
from bridle.core import LEVELS
from bridle.detect.grade import words
from bridle.engine.diff import cases_diff
from bridle.report.html import STATUS_WORDS, folded
from bridle.report.picture import STAGES
from bridle.report.safe import is_link
from bridle.web import notes, record
from bridle.web.events import Index, TooManyError
from bridle.web.questions import Questions
from bridle.web.rows_diff import rows_diff
from bridle.web.search import search
from bridle.web.viewed import Refused, Viewed

WINDOW = 500
"""Most rows of one window."""
BUCKETS = 2000
"""Most parts of one overview."""
EVIDENCE = 200
"""Rows of evidence of one answer."""
_LISTED = ("id", "rule", "title", "level", "stage", "message", "first_seen", "last_seen", "count", "surfaces",
           "acquisition_related", "superseded_by", "corroborated_by", "indicator", "confidence")  # fmt: skip


class Api:
    """The cases that are looked at, and what can be asked of them. Every method raises Refused."""

    def __init__(self, cases: Sequence[Viewed], by: str | None = None) -> None:
        """`by` stands beside notes that are written."""
        self._cases, self._by = cases, by
        self._questions = [Questions(c) for c in cases]

    def cases(self) -> dict[str, Any]:
        """The list of cases, and the words the pages use."""
        return {"cases": [_case(n, c) for n, c in enumerate(self._cases)], "levels": LEVELS[::-1], "stages": STAGES,
                "marks": notes.MARKS}  # fmt: skip

    def findings(self, number: int) -> dict[str, Any]:
        """All findings, each in short: in the order of the report, steps of a chain after it."""
        c = self._case(number)
        held = _held(c)
        ordered, _ = folded([*c.findings.values()])
        return {"findings": [{**_listed(c, f), "held": held.get(f["id"])} for f in ordered]}

    def finding(self, number: int, which: str, first: int = 0) -> dict[str, Any]:
        """One finding in full, with some of its evidence from a place on."""
        c = self._case(number)
        f = c.findings.get(which)
        if f is None:
            raise Refused("this case has no such finding", 404)
        rows = [{"index": n, **e} for n, e in enumerate(f["evidence"][first : first + EVIDENCE], first)]
        links = [{"text": c.shown(r), "link": r if is_link(r) else None} for r in f.get("references") or ()]
        told = {k: v for k, v in f.items() if k not in ("evidence", "references")}
        names = {i: c.shown(g["title"]) for i, g in c.findings.items()}
        near = {leg.get("finding") for leg in f.get("legs") or ()} | set(f.get("corroborated_by") or ())
        return {
            **c.shown(told), "id": f["id"], "evidence": [_evidence(c, e) for e in rows], "listed": len(f["evidence"]),
            "references": links, "titles": {i: names[i] for i in near if i in names},
            "forgers": words(f["forgeable_by"]) if f.get("forgeable_by") else "",
            "notes": self._notes(c, {"finding": which}), "held": _held(c).get(which),
        }  # fmt: skip

    def row(self, number: int, table: str, at: int) -> dict[str, Any]:
        """A row with all its columns."""
        c = self._case(number)
        return record.row(c, table, at) | {"notes": self._notes(c, {"table": table, "row": at})}

    def cited(self, number: int, which: str, evidence: int) -> dict[str, Any]:
        """Which row a finding cites: its table and number."""
        c = self._case(number)
        f = c.findings.get(which)
        if f is None or not 0 <= evidence < len(f["evidence"]):
            raise Refused("this case has no such evidence", 404)
        stored = next(g for g in c.content.findings if g["id"] == which)["evidence"][evidence]
        if any("restricted" in str(stored[k]) for k in ("path", "sha256", "locator")):
            raise Refused("this row's place is withheld: it would tell an indicator that is shared under a restriction")
        found = record.find(c, stored["table"], stored["path"], stored["sha256"], stored["locator"])
        return {"table": stored["table"], "number": found}

    def timeline(self, number: int, tables: frozenset[str]) -> dict[str, Any]:
        """How many events there are, of which tables, from when to when."""
        c = self._case(number)
        found, left = _events(c, tables)
        whole, _ = c.events()
        ends = found.ends()
        return {
            "total": len(found), "tables": whole.counts(), "left_out": left,
            "first": iso(ends[0]) if ends else None, "last": iso(ends[1]) if ends else None,
        }  # fmt: skip

    def window(self, number: int, first: int, count: int, tables: frozenset[str]) -> dict[str, Any]:
        """Rows of the timeline from a place on."""
        c = self._case(number)
        found, _ = _events(c, tables)
        rows = c.windows.read(found, first, min(count, WINDOW))
        paths = {p: c.named(p) for p in {r["path"] for r in rows}}
        for r in rows:
            place = f"ledger:{r['locator']}" if r["table"] == LEDGER else r["locator"]
            r["finding"] = c.cited.get((r["table"], r["path"], place))
            r["summary"], r["path"], r["locator"] = c.shown(r["summary"], 400), paths[r["path"]], c.named(r["locator"])
        return {"first": first, "rows": rows}

    def place(self, number: int, time: str, tables: frozenset[str]) -> dict[str, Any]:
        """The place of the first event at or after a time."""
        found, _ = _events(self._case(number), tables)
        return {"place": min(found.at(record.instant(time)), max(len(found) - 1, 0))}

    def overview(self, number: int, first: str, last: str, buckets: int, tables: frozenset[str]) -> dict[str, Any]:
        """How dense the events are between two times, and where findings begin.

        By default over the log horizon and all findings; without a horizon, where all but one in a thousand lie.
        """
        c = self._case(number)
        found, _ = _events(c, tables)
        if not len(found):
            return {"counts": [], "first": None, "last": None, "before": 0, "after": 0, "marks": [], "total": 0}
        marks = list(_marks(c, found))
        usual = _usual(c, found, [m["time"] * 1000 for m in marks])
        low = record.instant(first) if first else usual[0]
        high = max(record.instant(last) if last else usual[1], low + 1)
        counts = found.density(low, high, max(1, min(buckets, BUCKETS)))
        return {
            "counts": counts, "first": low // 1000, "last": high // 1000, "before": found.at(low),
            "after": len(found) - found.at(high + 1), "total": len(found), "marks": marks,
        }  # fmt: skip

    def search(self, number: int, text: str, tables: frozenset[str]) -> Iterator[dict[str, Any]]:
        """Hits as they are found."""
        return search(self._case(number), text, tables)

    def tables(self, number: int) -> dict[str, Any]:
        """Tables and their columns, for whoever writes SQL."""
        c = self._case(number)
        rows = c.case.rows()
        return {"tables": [
            {"name": t, "rows": rows[t], "columns": [{"name": f.name, "type": str(f.type)} for f in schema]}
            for t, schema in sorted(c.case.tables().items())]}  # fmt: skip

    def sql(self, number: int, query: str) -> dict[str, Any]:
        """The answer to a question."""
        self._case(number)
        return self._questions[number].ask(query)

    def stop(self, number: int) -> dict[str, Any]:
        """Stop a question."""
        self._case(number)
        self._questions[number].stop()
        return {}

    def coverage(self, number: int) -> dict[str, Any]:
        """What was examined and what was not."""
        c = self._case(number)
        names = ("artifact", "status", "reason", "files", "rows", "gaps")
        ledger = [dict(zip(names, row, strict=True)) for row in c.content.ledger]
        covered = {k: c.content.coverage.get(k) for k in ("artifacts", "rules", "horizon", "notes", "indicators")}
        return {**c.named(covered), "ledger": c.named(ledger), "words": STATUS_WORDS,
                "problems": c.shown(c.content.summary.get("problems", []))}  # fmt: skip

    def compare(self, one: int, two: int) -> dict[str, Any]:
        """What the second case says differently, and how many rows each of their tables has."""
        a, b = self._case(one), self._case(two)
        try:
            found = cases_diff(a.case.path, b.case.path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
            raise Refused(f"a case cannot be read: {e}; `bridle verify` says what of it differs") from None
        rows_a, rows_b = a.case.rows(), b.case.rows()
        differ = sorted({n for names in found["tables"].values() for n in names})
        tables = [{"name": n, "first": rows_a.get(n), "second": rows_b.get(n)} for n in differ]
        findings = b.shown(a.shown(found.pop("findings")))
        names = [v.named(v.name) for v in (a, b)]
        return {**b.named(a.named({**found, "tables": tables})), "findings": findings, "names": names}

    def compared_rows(self, one: int, two: int, table: str) -> dict[str, Any]:
        """Rows of a table that only one of two cases has."""
        return rows_diff(self._case(one), self._case(two), table)

    def notes(self, number: int) -> dict[str, Any]:
        """All notes and marks."""
        c = self._case(number)
        return {"notes": c.shown(notes.read(c.case.path)), "writable": _writable(c)}

    def note(self, number: int, on: Mapping[str, Any], text: str | None, mark: str | None) -> dict[str, Any]:
        """Write a note or a mark; gives what is there then."""
        c = self._case(number)
        notes.write(c.case.path, _on(c, on), text, mark, self._by)
        return self.notes(number)

    def _case(self, number: int) -> Viewed:
        if not 0 <= number < len(self._cases):
            raise Refused("there is no such case", 404)
        return self._cases[number]

    def _notes(self, c: Viewed, on: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [n for n in c.shown(notes.read(c.case.path)) if all(n["on"].get(k) == v for k, v in on.items())]


def _case(number: int, c: Viewed) -> dict[str, Any]:
    meta, summary = c.content.meta, c.content.summary
    device = meta.get("device", {})
    told = {
        "number": number, "name": c.name, "verdict": summary["verdict"], "levels": summary["findings"],
        "horizon": summary["log_horizon"], "rows": summary["rows"], "gaps": summary["gaps"],
        "coverage": summary["coverage"], "synthetic": bool(summary.get("synthetic")), "consent": summary.get("consent"),
        "model": device.get("model"), "os_version": device.get("os_version"),
        "identity": [list(i) for i in c.content.identity],
        "sealed": (c.case.path / "manifest.json.sig").exists(), "signed_off": _signed_off(c), "writable": _writable(c),
        "sources": [{k: s.get(k) for k in ("label", "kind")} for s in meta.get("sources", [])],
        "problems": len(summary.get("problems", [])),
    }  # fmt: skip
    return dict(c.named(told))


def _state(c: Viewed) -> SignOff | None:
    """How far the sign-off has come; None where its files are damaged, which `bridle verify` tells."""
    try:
        return state(c.case.path)
    except (OSError, ValueError):
        return None


def _signed_off(c: Viewed) -> dict[str, Any]:
    found = _state(c)
    names = {"analyst": found.analyst, "second_reader": found.second_reader} if found else {}
    return {"complete": found is not None and found.complete, **names}


def _held(c: Viewed) -> dict[str, Any]:
    """What analysts hold of findings, and why."""
    found = _state(c)
    told = {} if found is None else found.dispositions
    return {i: {"disposition": d, "reason": c.shown(reason)} for i, (d, reason) in told.items()}


def _writable(c: Viewed) -> bool:
    return os.access(c.case.path, os.W_OK)


def _listed(c: Viewed, f: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **c.shown({k: f.get(k) for k in _LISTED}),
        "id": f["id"], "superseded_by": f.get("superseded_by"), "legs": len(f.get("legs") or ()),
        "tables": sorted({e["table"] for e in f["evidence"]}),
    }  # fmt: skip


def _evidence(c: Viewed, e: Mapping[str, Any]) -> dict[str, Any]:
    values = {k: v for k, v in e["values"].items() if v not in (None, "") and k not in ("locator", "extra")}
    return {"index": e["index"], "table": e["table"], "time": e["time"], "sha256": e["sha256"],
            "path": c.shown(e["path"]), "locator": c.shown(e["locator"]), "values": c.shown(values, 400)}  # fmt: skip


def _events(c: Viewed, tables: frozenset[str]) -> tuple[Index, Mapping[str, int]]:
    try:
        return c.events(tables)
    except TooManyError as e:
        raise Refused(str(e)) from None


def _usual(c: Viewed, found: Index, findings: Sequence[int]) -> tuple[int, int]:
    """The span of time that is shown first."""
    horizon = c.content.summary["log_horizon"]
    ends = [horizon["first"], horizon["last"]]
    known = [record.instant(t) for t in ends if t and t.endswith("Z")]
    span = known if len(known) == len(ends) else [found.quantile(0.001), found.quantile(0.999)]
    return min([*span, *findings]), max([*span, *findings])


def _marks(c: Viewed, found: Index) -> Iterator[dict[str, Any]]:
    """When findings begin, in milliseconds since 1970, and the place in the timeline of each."""
    for f in c.findings.values():
        if f["first_seen"] and f["first_seen"].endswith("Z"):
            time = record.instant(f["first_seen"])
            yield {"id": f["id"], "level": f["level"], "title": c.shown(f["title"]), "time": time // 1000,
                   "place": min(found.at(time), max(len(found) - 1, 0))}  # fmt: skip


def _on(c: Viewed, on: Mapping[str, Any]) -> dict[str, Any]:
    """What a note is about: a finding, or a row by its number, whose file and place are written beside it."""
    if set(on) == {"finding"} and on["finding"] in c.findings:
        return {"finding": on["finding"]}
    if set(on) == {"table", "row"} and isinstance(on["table"], str) and isinstance(on["row"], int):
        return {"table": on["table"], "row": on["row"]} | _place(c, on["table"], on["row"])
    raise Refused("expected a finding or a row of this case")


def _place(c: Viewed, table: str, number: int) -> dict[str, Any]:
    schema = c.case.tables().get(table)
    names = [n for n in ("_path", "_sha256", "locator") if schema is not None and n in schema.names]
    try:
        read = c.rows.take(table, names, [number])
    except (KeyError, IndexError):
        raise Refused("expected a finding or a row of this case") from None
    return {n.removeprefix("_"): read[n][0].as_py() for n in names}
