"""`report.html`: one self-contained page for an analyst, whole without its script, the same bytes for the same case.

Its policy (CSP) lets nothing load and nothing run but the style and the script that bridle ships, by their hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bridle.classes import dataclass
from bridle.core import LEVELS
from bridle.detect.grade import words
from bridle.report import templating
from bridle.report.chain_picture import chain_picture
from bridle.report.content import Content
from bridle.report.masking import masked
from bridle.report.picture import picture
from bridle.report.picture_coverage import coverage_picture
from bridle.report.picture_times import times
from bridle.report.safe import cut, is_link, isolated, shown, visible

if TYPE_CHECKING:
    from markupsafe import Markup

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
SHOWN_CHARACTERS = 160
"""Of one field of such a row."""


def render(content: Content) -> str:
    """The page as text."""
    template = environment().get_template("report.html.j2")
    findings, folds = folded(masked(content.findings, content.masked))
    numbers = {f["id"]: n for n, f in enumerate(findings, 1)}
    horizon = content.summary["log_horizon"]
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
            times=times(findings, horizon),
            coverage_picture=coverage_picture(content.coverage, horizon, findings),
            numbers=numbers,
            policy=policy("report.css", "report.js"),
            style=shipped("report.css"),
            script=shipped("report.js"),
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
def environment() -> Any:
    """For pages on evidence: whatever they say is in sight."""
    filters = {
        "visible": visible, "moment": moment, "brief": brief, "bytes": human_bytes, "is_link": is_link,
        "evidence": isolated, "shown": shown, "exact": exact, "pairs": pairs, "forgers": words,
    }  # fmt: skip
    return templating.environment(filters, finalize=_in_sight, auto_reload=False)


def _in_sight(value: Any) -> Any:
    """Whatever the page says, said by a filter or not: no text gets there with hidden characters."""
    return visible(value) if type(value) is str else value


@lru_cache(maxsize=4)
def shipped(name: str) -> Markup:
    """A style or script of bridle's own, as it stands in the page."""
    from markupsafe import Markup

    text = files("bridle.report").joinpath("static", name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - no part of it is evidence


def policy(style: str, script: str | None = None) -> str:
    """What a browser may do with a page: run and draw what bridle ships under these names, and load nothing."""
    run = f"script-src '{_sum(script)}'; " if script else ""
    return f"default-src 'none'; {run}style-src '{_sum(style)}'; img-src data:; base-uri 'none'; form-action 'none'"


def _sum(name: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(shipped(name).encode()).digest()).decode()


def exact(value: object) -> Markup:
    """A path, or a place in a file: in sight and apart as evidence is, but not defanged, for one has to find it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible(cut(str(value))))


def pairs(values: Mapping[str, Any]) -> Markup:
    """The fields of a row that say something, each with its name."""
    from markupsafe import Markup, escape

    told = ((k, v) for k, v in values.items() if v is not None and v != "" and k not in ("locator", "extra"))
    one = "<i>{}</i> <bdi>{}</bdi>".format
    return Markup("; ".join(one(escape(visible(k)), escape(shown(v, SHOWN_CHARACTERS))) for k, v in told))  # noqa: S704


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
