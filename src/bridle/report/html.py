"""`report.html`: one self-contained page without scripts, readable by an analyst, the same bytes for the same case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from bridle.classes import dataclass
from bridle.core import LEVELS
from bridle.detect.grade import words
from bridle.report.chain_picture import chain_picture
from bridle.report.content import Content
from bridle.report.masking import masked
from bridle.report.picture import picture
from bridle.report.safe import visible

STATUS_WORDS = {
    "parsed": "read to the end",
    "not wanted": "listed; no artifact reads it",
    "absent": "listed by the acquisition, not there",
    "refused": "not followed or beyond the bounds",
    "encrypted": "no key opens it",
    "damaged": "not readable to the end",
    "killed": "the parser was stopped",
}
SHOWN_ROWS = 25
"""Evidence rows of one finding that the page shows; `findings.jsonl` has up to 1,000."""


def render(content: Content) -> str:
    """The page as text."""
    template = _environment().get_template("report.html.j2")
    findings, folds = folded(masked(content.findings, content.masked))
    numbers = {f["id"]: n for n, f in enumerate(findings, 1)}
    levels = {f["id"]: f["level"] for f in findings}
    return str(
        template.render(
            meta=content.meta,
            summary=content.summary,
            findings=findings,
            folds=folds,
            chains={f["id"]: chain_picture(f, numbers, levels) for f in findings if f.get("legs")},
            identity=content.identity,
            coverage=content.coverage,
            ledger=content.ledger,
            picture=picture(findings),
            levels=LEVELS[::-1],
            status_words=STATUS_WORDS,
            shown_rows=SHOWN_ROWS,
        )
    )


@dataclass
class Folds:
    """Where the findings that a chain tells begin and end on the page."""

    opens: dict[str, int] = field(default_factory=dict)
    """Id of the first of them, and how many they are."""
    closes: set[str] = field(default_factory=set)
    """Id of the last of them."""


def folded(findings: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Folds]:
    """The findings in their order, those that are steps of a chain after it."""
    by_id = {f["id"]: f for f in findings}
    under: dict[str, list[Mapping[str, Any]]] = {}
    for f in findings:
        if (root := _root(f, by_id)) != f["id"]:
            under.setdefault(root, []).append(f)
    ordered: list[Mapping[str, Any]] = []
    folds = Folds()
    for f in findings:
        if _root(f, by_id) == f["id"]:
            steps = under.pop(f["id"], [])
            ordered += [f, *steps]
            if steps:
                folds.opens[steps[0]["id"]] = len(steps)
                folds.closes.add(steps[-1]["id"])
    return ordered + [f for left in under.values() for f in left], folds


def _root(f: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> str:
    """Id of the chain that tells a finding, through chains that are told by others; its own where none does."""
    for _ in range(len(by_id)):
        over = f.get("superseded_by")
        if not over or over not in by_id:
            break
        f = by_id[over]
    return str(f["id"])


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("bridle.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "moment": moment, "brief": brief, "bytes": human_bytes, "link": link}
    made.filters["forgers"] = words
    return made


def moment(value: str | None) -> str:
    """`2021-07-18T10:02:03.5Z` as `2021-07-18 10:02:03 UTC`; a time without a zone is what the phone's clock showed."""
    if not value:
        return "no time recorded"
    return f"{value[:10]} {value[11:19]} {'UTC' if value.endswith('Z') else 'by its clock'}"


def brief(value: str | None) -> str:
    """The first twelve digits of a digest."""
    return value[:12] if value else "not hashed"


def human_bytes(value: int | None) -> str:
    """A size in the usual units."""
    if value is None:
        return ""
    size, units = float(value), ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}"


def link(reference: str) -> bool:
    """Whether a reference may be a link: rules can come from others, and a link must not be a script."""
    return reference.startswith(("https://", "http://"))
