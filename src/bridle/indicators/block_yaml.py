"""The part of YAML in which indices of feeds are written: blocks of mappings, sequences and plain or quoted scalars.

Every scalar is text. Anchors, tags, flow collections, block scalars and several documents are refused with their line,
so that nothing is read otherwise than it was written. Bounded by the text's length and by depth.

Source: YAML 1.2.2, chapters 7.3 and 8.2.
"""

from __future__ import annotations

import json
import re

from bridle.classes import dataclass

Value = str | list["Value"] | dict[str, "Value"] | None

DEPTH = 20
LINES = 100_000
_KEY = re.compile(
    r"""(?P<key>"[^"\\]{0,200}"|'[^']{0,200}'|[^\s"'#\[\]{}&*!|>%@`,?:-][^:#"']{0,200}?)[ ]{0,20}:(?:\s+|\Z)"""
)
_REFUSED = re.compile(r"[\[\]{}&*!|>%@`,]|\?\s")


class YamlError(ValueError):
    """Text that is not in this part of YAML, with its line."""


@dataclass
class _Line:
    number: int
    indent: int
    text: str


def read(text: str) -> Value:
    """The value of a document. Raises YamlError."""
    lines = _lines(text)
    if not lines:
        return None
    place, found = _value(lines, 0, lines[0].indent, 0)
    if place < len(lines):
        raise YamlError(f"line {lines[place].number}: expected the end or a deeper line, got {lines[place].text!r:.60}")
    return found


def _lines(text: str) -> list[_Line]:
    raw = text.removeprefix("\ufeff").split("\n")
    if len(raw) > LINES:
        raise YamlError(f"expected at most {LINES:,} lines, it has {len(raw):,}")
    found: list[_Line] = []
    for number, line in enumerate(raw, 1):
        bare = line.rstrip("\r").lstrip(" ")
        if not bare or bare.startswith("#") or (bare == "---" and not found):
            continue
        if bare.startswith(("\t", "%", "---", "...")):
            raise YamlError(f"line {number}: a tab, directive or second document is not read")
        found.append(_Line(number, len(line.rstrip("\r")) - len(bare), bare))
    return found


def _value(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[int, Value]:
    """The value that begins at a line, and the line after it."""
    if depth > DEPTH:
        raise YamlError(f"line {lines[at].number}: deeper than {DEPTH} levels")
    text = lines[at].text
    if text == "-" or text.startswith("- "):
        return _sequence(lines, at, indent, depth)
    if _KEY.match(text):
        return _mapping(lines, at, indent, depth)
    return at + 1, _scalar(text, lines[at].number)


def _sequence(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[int, Value]:
    found: list[Value] = []
    while at < len(lines) and lines[at].indent == indent and (lines[at].text == "-" or lines[at].text.startswith("- ")):
        line = lines[at]
        inner = line.text[1:].lstrip(" ")
        if not inner or inner.startswith("#"):
            at, value = _below(lines, at + 1, indent + 1, depth)
        else:
            lines[at] = _Line(line.number, indent + len(line.text) - len(inner), inner)
            at, value = _value(lines, at, lines[at].indent, depth + 1)
        found.append(value)
    return at, found


def _mapping(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[int, Value]:
    found: dict[str, Value] = {}
    while at < len(lines) and lines[at].indent == indent and (match := _KEY.match(lines[at].text)):
        key, rest = match["key"].strip("\"'"), lines[at].text[match.end() :]
        if key in found:
            raise YamlError(f"line {lines[at].number}: {key!r:.60} stands twice")
        if rest and not rest.startswith("#"):
            found[key] = _scalar(rest, lines[at].number)
            at += 1
        else:
            begin = at + 1
            same = begin < len(lines) and lines[begin].indent == indent and lines[begin].text.startswith("-")
            at, found[key] = _below(lines, begin, indent if same else indent + 1, depth)
    return at, found


def _below(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[int, Value]:
    """The value of deeper lines, or None where there are none."""
    if at >= len(lines) or lines[at].indent < indent:
        return at, None
    return _value(lines, at, lines[at].indent, depth + 1)


def _scalar(text: str, number: int) -> str | None:
    if text[0] in "\"'":
        return _quoted(text, number)
    if _REFUSED.match(text):
        raise YamlError(f"line {number}: {text!r:.60} is a part of YAML that is not read; quote it")
    plain = re.split(r"\s#", text, maxsplit=1)[0].rstrip()
    if ": " in plain or plain.endswith(":"):
        raise YamlError(f"line {number}: two colons: {plain!r:.60}; quote it")
    return None if plain in {"~", "null"} else plain


def _quoted(text: str, number: int) -> str:
    if text[0] == "'":
        match = re.match(r"'((?:[^']|'')*)'", text)
        found = match[1].replace("''", "'") if match else None
    else:
        match = re.match(r'"(?:[^"\\]|\\.)*"', text)
        try:
            found = json.loads(match[0]) if match else None
        except ValueError:
            found = None
    if match is None or not isinstance(found, str) or not re.match(r"\s*(#.*)?\Z", text[match.end() :]):
        raise YamlError(f"line {number}: a quoted text that does not end, or goes on: {text!r:.60}")
    return found
