"""env.txt of AndroidQF and Bugbane: the environment of the phone's shell.

    PATH=/product/bin:/apex/com.android.runtime/bin:/system/bin
    TMPDIR=/data/local/tmp

What begins every process the shell starts: a `LD_PRELOAD`, or a folder that anyone may write to in `PATH`, concerns
all of them.

Known limits: a further line of a value is told from the next variable only by having no `NAME=`.

Sources: env(1) ; https://github.com/mvt-project/androidqf (modules/env.go)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, Text, artifact, note, record
from bridle.formats.lines import lines, too_long

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,199})=(.*)", re.DOTALL)
_LONGEST = 1 << 16
_MOST_LINES = 1_000


@record
class Variable(Record):
    """One variable."""

    name: str = note(doc="name of the variable")
    value: Text | None = note(doc="value; None for an empty one")


@artifact("/androidqf/env.txt")
def androidqf_environment(file: SourceFile) -> Iterator[Variable | Gap]:
    begun: tuple[str, str, list[str]] | None = None
    with file.open() as stored:
        for number, line in lines(stored, _LONGEST):
            found = _NAME.fullmatch(line) if line is not None else None
            if found is not None:
                yield from _ended(begun)
                begun = (f"line {number}", found[1], [found[2]])
            elif line is None:
                yield too_long(number, _LONGEST)
            elif begun is not None and len(begun[2]) <= _MOST_LINES:
                begun[2].append(line)
            elif line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected NAME=value, got {line!a:.60}")
    yield from _ended(begun)


def _ended(begun: tuple[str, str, list[str]] | None) -> Iterator[Variable]:
    if begun is not None:
        locator, name, parts = begun
        yield Variable(locator=locator, name=name, value="\n".join(parts).rstrip("\n") or None)
