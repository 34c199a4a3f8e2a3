"""Items as CSV, in columns that bridle and people read; what they have no room for is in a last one, `bridle`, as JSON.

A value that a spreadsheet would run as a formula gets an apostrophe before it, and characters that act are escaped; the
last column has the value as it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from bridle.case.plain import cell as in_cell
from bridle.formats.json_text import escaped
from bridle.infra.item import Item, from_json

_COLUMNS = ("kind", "value", "campaign", "product", "operator", "report", "tlp", "confidence", "valid_from",
            "valid_until", "revoked", "surfaces", "bridle")  # fmt: skip


def write(items: Sequence[Item], needs: frozenset[int], title: str) -> str:  # noqa: ARG001 - a table has no title
    """The table."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for n, item in enumerate(items):
        first: dict[str, str] = {}
        for role, name, _ in item.related:
            first.setdefault(role, name)
        confidence = "" if item.confidence is None else str(item.confidence)
        cells = [item.kind, item.written, *(first.get(c, "") for c in _COLUMNS[2:6]), item.tlp or "", confidence,
                 item.valid_from or "", item.valid_until or "", "yes" if item.revoked else "",
                 " ".join(item.surfaces or ())]  # fmt: skip
        carry = json.dumps(item.as_json(), sort_keys=True, ensure_ascii=True) if n in needs else ""
        rows.writerow([*map(_safe, cells), carry])
    return out.getvalue()


def _safe(cell: str) -> str:
    return in_cell(escaped(cell))


def carried(text: str) -> tuple[list[Item], str]:
    """Items of the last column, and the table without their rows."""
    if text.partition("\n")[0].rstrip("\r") != ",".join(_COLUMNS):
        return [], text
    items: list[Item] = []
    rest = io.StringIO()
    rows = csv.writer(rest, lineterminator="\r\n")
    try:
        for row in csv.reader(io.StringIO(text.replace("\0", ""))):
            try:
                items.append(from_json(json.loads(row[len(_COLUMNS) - 1])))
            except (ValueError, TypeError, IndexError, RecursionError):
                rows.writerow(row)
    except csv.Error:
        return [], text
    return items, rest.getvalue() if items else text
