"""The page `docs/artifacts.md`, written from the artifacts themselves."""

from __future__ import annotations

import inspect

from bridle import artifacts
from bridle.core import Artifact, Field, Record, fields_of

_INTRO = """\
# Artifacts

Written by `python -m bridle.docs` from the parsers; edit those. An artifact is a kind of file a device keeps. It is
found by its path on the device, whatever the acquisition, and gives one table for each of its records. Every row has
`_source`, `_path` and `_sha256` (what was read), and `locator` (where in it). What could not be read is a row of
`gaps`. A kind in the third column says which indicators are looked for in a field, the surface what it means that a
value stands there.
"""


def markdown() -> str:
    """The whole page."""
    found = [artifacts.load(name) for name in sorted(artifacts.paths())]
    return "\n".join([_INTRO, _overview(found), *(_artifact(a) for a in found)])


def _overview(found: list[Artifact]) -> str:
    lines = ["| artifact | what it is | tables |", "|---|---|---|"]
    for a in found:
        tables = ", ".join(f"`{a.table(cls)}`" for cls in a.records)
        lines.append(f"| [`{a.name}`](#{a.name.replace('.', '')}) | {_cell(_first(a.doc))} | {tables} |")
    return "\n".join(lines) + "\n"


def _artifact(a: Artifact) -> str:
    lines = [f"## {a.name}", "", *(f"- `{path}`" for path in a.paths), "", a.doc, ""]
    for cls in a.records:
        lines += [_record(a, cls)]
    return "\n".join(lines)


def _record(a: Artifact, cls: type[Record]) -> str:
    lines = [f"### `{a.table(cls)}`", "", inspect.getdoc(cls) or "", ""]
    lines += ["| field | type | kind, surface | meaning |", "|---|---|---|---|"]
    for f in fields_of(cls):
        seen = f"{f.kind}, {f.surface}" if f.kind else ""
        doc = "where in the file" if f.name == "locator" else f.doc
        lines.append(f"| `{f.name}` | {_type(f)} | {seen} | {_cell(doc)} |")
    return "\n".join(lines) + "\n"


def _type(f: Field) -> str:
    name = {"Utc": "time, UTC", "WallClock": "time, zone unknown", "str": "text", "int": "integer", "float": "real",
            "bool": "truth value", "bytes": "bytes"}[f.type.__name__]  # fmt: skip
    return f"{name}, any number" if f.many else name


def _first(doc: str) -> str:
    """The first sentence, in one line."""
    return " ".join(doc.partition("\n\n")[0].split()).removesuffix(".")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
