"""A report as PDF/A-2b: made by Typst in memory, offline, the same bytes for the same report.

Typst gets our template and one JSON text with all that the report says; nothing of it becomes markup. It sees an empty
folder as its root, the fonts in `fonts/` and no others, and no packages. The only time in the file is the document's.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bridle.report.document import Document, fit
from bridle.report.glyphs import FONTS, shown

TEMPLATE = Path(__file__).parent / "typst" / "document.typ"
STANDARD = "a-2b"


class PdfError(Exception):
    """The PDF cannot be made. The message says why."""


def render(document: Document) -> bytes:
    """The file. Raises PdfError, and ImportError without the extra `pdf`."""
    try:
        return _compiled(document, shown)[0]
    except PdfError:
        return _compiled(document, partial(shown, plain=True))[0]


def pictures(document: Document, dots_per_inch: int = 96) -> list[bytes]:
    """Its pages as PNG, to look at. Raises as `render`."""
    return _compiled(document, shown, {"format": "png", "ppi": dots_per_inch})


def _compiled(
    document: Document,
    drawn: Callable[[str], str],
    form: Mapping[str, Any] = MappingProxyType({"format": "pdf", "pdf_standards": [STANDARD]}),
) -> list[bytes]:
    import typst

    with tempfile.TemporaryDirectory(prefix="bridle-") as empty:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        compiler = typst.Compiler(
            TEMPLATE.read_bytes(), root=empty, font_paths=fonts, package_path=empty, package_cache_path=empty,
            sys_inputs={"document": json.dumps(_drawn(document.as_dict(), drawn), ensure_ascii=False)},
        )  # fmt: skip
        try:
            made = compiler.compile(timestamp=_moment(document.time), **form)
        except typst.TypstError as e:
            raise PdfError(f"the PDF cannot be made: {e.message}"[:300]) from None
    return made if isinstance(made, list) else [made or b""]


def _drawn(document: dict[str, Any], drawn: Callable[[str], str]) -> dict[str, Any]:
    """With every text as the fonts can draw it."""
    replaced = False
    for block in document["blocks"]:
        for line in (*block["lines"], *block["head"], *(cell for row in block["rows"] for cell in row)):
            for run in line:
                if run["kind"] != "words":
                    text = fit(run["text"], run["kind"])
                    run["text"] = drawn(text)
                    replaced = replaced or run["text"] != text or "\\u" in text
    document["replaced"] = replaced
    return document


def _moment(time: str | None) -> int:
    """Seconds since 1970, for the file's own date. A report on a case without a dated record bears the first day."""
    if not time:
        return 0
    found = datetime.fromisoformat(time)
    return max(0, int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()))
