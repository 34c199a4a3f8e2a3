"""Lists of files with their SHA-256, as acquisition tools write them: `path,sha256` on each line.

A path with a comma, a quotation mark or a line break is quoted by some writers and left as it is by others; so the
last comma parts the two.

Sources: RFC 4180, https://www.rfc-editor.org/rfc/rfc4180 ; https://github.com/mvt-project/androidqf
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import Gap
from bridle.formats.lines import lines, too_long

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


def rows(stored: BinaryIO) -> Iterator[tuple[str, str, str] | Gap]:
    """Locator, path and SHA-256 (in lower case) of each line."""
    for number, line in lines(stored):
        locator = f"line {number}"
        if line is None:
            yield too_long(number)
        elif line.strip():
            path, comma, digest = line.rpartition(",")
            if comma and path and _SHA256.fullmatch(digest.strip()):
                yield locator, unquoted(path), digest.strip().lower()
            else:
                yield Gap(locator=locator, reason=f"expected a path and a SHA-256, got {line!a:.60}")


def unquoted(value: str) -> str:
    """A field of a comma-separated line without its quotation marks."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('""', '"') if quoted else value
