"""WiFi/*_status.txt, security.txt and diagnostics of a sysdiagnose: the network and its surroundings, line by line.

`network_status.txt` tells of interfaces, addresses, name servers and proxies; `bluetooth_status.txt` of devices near
by; `security.txt` of the stored passwords of networks, without the passwords, in blocks of `key : value`. Their
lines are not published and differ by release: each is kept with the lines that it lies below.

Known limits: no file was at hand but one published block. What the lines mean is not published; only times with a zone
are read as such.

Sources: names of the files from sysdiagnoses of iOS 15 to 26; https://github.com/EC-DIGIT-CSIRC/sysdiagnose
(wifisecurity: a block).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from bridle.core import Gap, Record, SourceFile, Text, Utc, artifact, note, record
from bridle.formats.outline import outline
from bridle.formats.written import zoned

_KEY = re.compile(r"([^:=]{1,120}?)\s{0,40}(?:(?: :|:|=)\s{1,40}|=)(\S.*)")
_OPEN = re.compile(r"([^:=]{1,120}?)\s{0,40}(?:[:=]\s{0,40}[{(\[<]?|[{(\[])")
_BRACKETS = frozenset({"{", "(", "[", "}", ")", "]", "};", ");", "},", "),"})


@record
class Fact(Record):
    """One line."""

    block: int = note(doc="number of the block, from 1; blank lines part them")
    below: str | None = note(doc="lines that it lies below, joined by `/`")
    key: str | None = note(doc="what stands before a colon or an equals sign")
    value: Text | None = note(doc="the rest; without a key the whole line")
    time: Utc | None = note(doc="the value, where it is a date, a time and a zone")


@artifact(
    "/sysdiagnose/WiFi/*_status.txt",
    "/sysdiagnose/WiFi/security.txt",
    "/sysdiagnose/WiFi/diagnostics*.txt",
)
def wifi_status(file: SourceFile) -> Iterator[Fact | Gap]:
    block, last = 1, 0
    with file.open() as stored:
        for found in outline(stored):
            if isinstance(found, Gap):
                yield found
                continue
            number, above, text = found
            block += last != 0 and number > last + 1
            last = number
            if text not in _BRACKETS:
                yield _fact(number, block, above, text)


def _fact(number: int, block: int, above: tuple[str, ...], text: str) -> Fact:
    key, value = _split(text)
    time = None
    with suppress(ValueError):
        time = zoned(value)
    below = "/".join(_split(line)[0] or line for line in above if line not in _BRACKETS)
    return Fact(locator=f"line {number}", block=block, below=below or None, key=key, value=value, time=time)


def _split(text: str) -> tuple[str | None, str | None]:
    if opened := _OPEN.fullmatch(text):
        return opened[1], None
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else (None, text)
