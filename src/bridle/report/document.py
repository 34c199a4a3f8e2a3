"""A report that people read, as blocks of lines, before it becomes HTML or PDF."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.report import templating
from bridle.report.safe import cut, shown, visible
from bridle.report.words import LANGUAGES, Line, Words, value

STYLE = Path(__file__).parent / "templates" / "document.css"


@dataclass(frozen=True, kw_only=True)
class Block:
    """One part of a report."""

    kind: str
    """`heading`, `subheading`, `text`, `small`, `note`, `result`, `list`, `steps`, `facts`, `table`, `code`."""
    lines: tuple[Line, ...] = ()
    head: tuple[Line, ...] = ()
    """Of a table."""
    rows: tuple[tuple[Line, ...], ...] = ()
    """Of a table, and of facts: what it is, and its value."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "lines": [_plain(line) for line in self.lines],
            "head": [_plain(line) for line in self.head],
            "rows": [[_plain(cell) for cell in row] for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report in one language."""

    words: Words
    title: str
    """Neutral: it becomes the title of the file."""
    blocks: Sequence[Block]
    one_page: bool = False
    draft: str | None = None
    """The word that is printed across every page."""
    time: str | None = None
    """When the last record was written: the only time that the file bears, for equal cases give equal bytes."""

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "language": self.words.language, "direction": self.words.direction, "title": self.title,
            "one_page": self.one_page, "draft": self.draft, "blocks": [b.as_dict() for b in self.blocks],
            "replaced_words": _plain(self.words.say(
                "Characters that this page cannot draw are shown by their numbers: U+ or \\u before each.")),
        }  # fmt: skip


def _plain(line: Line) -> list[dict[str, str]]:
    return [run.as_dict() for run in line]


def heading(line: Line) -> Block:
    return Block(kind="heading", lines=(line,))


def subheading(line: Line) -> Block:
    return Block(kind="subheading", lines=(line,))


def text(*lines: Line) -> Block:
    """A paragraph for each line."""
    return Block(kind="text", lines=lines)


def facts(rows: Sequence[tuple[Line, Line]]) -> Block:
    """What it is, and its value, one below the other."""
    return Block(kind="facts", rows=tuple(rows))


def table(head: Sequence[Line], rows: Iterable[Sequence[Line]]) -> Block:
    """A table with a head, which is repeated on every page."""
    return Block(kind="table", head=tuple(head), rows=tuple(tuple(row) for row in rows))


def plain_text(line: Line) -> str:
    """A line without what its runs are."""
    return "".join(run.text for run in line)


def warnings(words: Words, summary: Mapping[str, Any], *, signed: bool) -> list[Block]:
    """What stands on top: that it is a draft, invented, or in a language that nobody has checked."""
    say = words.say
    lines = []
    if not signed:
        lines.append(say("This is a draft. It has not been checked and signed yet. Do not rely on it."))
    if summary.get("synthetic"):
        lines.append(say("This is an example. It was made from invented data, not from the phone of a person."))
    if words.machine_made:
        lines.append(say("A machine translated this page. No person has checked the translation yet. "
                         "If something is not clear, ask for the English text."))  # fmt: skip
    return [Block(kind="note", lines=tuple(lines))] if lines else []


def draft_word(words: Words, *, signed: bool) -> str | None:
    """The word across every page, unless the case is signed off."""
    return None if signed else plain_text(words.say("DRAFT"))


def signature_of(style: str) -> str:
    """A style sheet as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def render_html(document: Document) -> str:
    """One self-contained page without scripts; nothing in it is a link, and its policy allows its own style only."""
    style = STYLE.read_text("utf-8")
    return str(
        _environment()
        .get_template("document.html.j2")
        .render(document=document, words=document.words, style=style, policy=signature_of(style), names=LANGUAGES)
    )


@lru_cache(maxsize=1)
def _environment() -> Any:
    return templating.environment({"fit": fit})


def fit(text: str, kind: str) -> str:
    """The text of a run, so that it can be shown: hidden characters in sight; what came from a device opens nothing."""
    if kind == "words":
        return text
    return visible(cut(text)) if kind == "value" else shown(text)


def day(moment: str | None) -> Line:
    """The day of an ISO time."""
    return value((moment or "")[:10])
