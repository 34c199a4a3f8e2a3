"""collection_oob_request.txt: what the phone last told Apple's activation server of itself.

Lines of the request, with its body as JSON: serial number, identifiers, system and build, as they then were.

    HEADERS: {…}
    BODY: {"serial-number":"…","udid":"…","imei":"…","os-version":"18.5","os-build":"22F76"}

A build other than the one now, or another serial number, tells of an update or of another board since.

Known limits: no file was at hand. What lies outside the body is not published and is kept line by line; of values over
4,096 characters only the length is told. When the request was sent is in no line.

Sources: https://github.com/mvt-project/mvt (sysdiagnose_info: name of the file and keys of the body); mobileactivationd
of iOS, as others have taken it apart (that it writes the file).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FormatError, Gap, Record, SourceFile, artifact, note, record
from bridle.formats.pointer import below

_LARGEST = 4 << 20
_LONGEST = 4096
"""Characters of a value that are kept."""
_DEEPEST = 16
_LABEL = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,40}):\s{0,9}")
_ASSIGNED = re.compile(r'"?([^"=]{1,200}?)"? = "?(.*?)"?;?')


@record
class Fact(Record):
    """One value of the request."""

    part: str | None = note(doc="part of the request: `BODY` for what the phone tells of itself")
    key: str | None = note(doc="keys on the way to the value, joined by `/`")
    value: str | None = note(doc="the value as text; none for a long one")
    length: int | None = note(doc="characters of a value that is too long to keep")


@artifact(
    "/sysdiagnose/logs/MobileActivation/collection_oob_request.txt",
    "/private/var/mobile/Library/Logs/mobileactivationd/collection_oob_request.txt",
    "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/logs/MobileActivation/collection_oob_request.txt",
)
def activation_request(file: SourceFile) -> Iterator[Fact | Gap]:
    with file.open() as stored:
        content = stored.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise FormatError(f"expected at most {_LARGEST} bytes, got more")
    text, at, number = content.decode("utf-8", "backslashreplace"), 0, 1
    part: str | None = None
    while at < len(text):
        end = _line_end(text, at)
        label = _LABEL.match(text, at)
        body = _json(text, label.end()) if label else None
        if label and body is not None:
            end, part = _line_end(text, body[1]), None
            yield from _facts(f"line {number}", label[1], "", body[0])
        elif line := text[at:end].strip():
            part = label[1] if label else part
            yield from _line(f"line {number}", part, line)
        number += text.count("\n", at, end + 1)
        at = end + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _json(text: str, at: int) -> tuple[Mapping[str, Any], int] | None:
    """The JSON object that begins there, and where it ends."""
    if not text.startswith("{", at):
        return None
    try:
        found, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return found, end


def _facts(at: str, part: str, key: str, value: object, depth: int = 0) -> Iterator[Fact | Gap]:
    if isinstance(value, Mapping | list) and depth >= _DEEPEST:
        yield Gap(locator=at, reason=f"Fact: expected at most {_DEEPEST} levels, got more")
    elif isinstance(value, Mapping):
        for name, inner in ((_text(n), i) for n, i in value.items()):
            yield from _facts(below(at, name), part, below(key, name), inner, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _facts(below(at, number), part, below(key, number), inner, depth + 1)
    else:
        yield _fact(at, part, key, None if value is None else _text(value))


def _line(at: str, part: str | None, line: str) -> Iterator[Fact]:
    label = _LABEL.match(line)
    if found := _ASSIGNED.fullmatch(line):
        yield _fact(at, part, found[1].strip(), found[2])
    elif (said := line[label.end() :] if label else line) not in ("{", "}", "};"):
        yield _fact(at, part, None, said)


def _fact(at: str, part: str | None, key: str | None, value: str | None) -> Fact:
    long = value is not None and len(value) > _LONGEST
    return Fact(
        locator=at, part=part, key=key or None, value=None if long or not value else value,
        length=len(value) if long and value else None,
    )  # fmt: skip


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
