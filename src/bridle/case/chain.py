"""The chains of a case: what was done with it and said of it, line by line, each naming the one before.

They lie beside the manifest and grow after the case was written: `custody.jsonl`, `notes.jsonl`, `signoff.jsonl`. A
line is a JSON object that ends with `previous` (SHA-256 of the line before it; of the manifest for the first) and
`check` (SHA-256 of the line without it). So a flipped byte is found even in a last line. Both can be computed anew by
whoever rewrites a chain: only a seal (bridle.case.seal), or a copy kept elsewhere, shows that.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle import __version__
from bridle.case.locking import take
from bridle.descriptors import open_file
from bridle.formats.json_text import json_text

MANIFEST = "manifest.json"
CUSTODY = "custody.jsonl"
CHAINS = (CUSTODY, "notes.jsonl", "signoff.jsonl")
_CHECK = b', "check": "'
_TAIL = len(_CHECK) + 64 + len(b'"}')
_LONGEST = 16 << 20
"""Bytes of one line: more is no entry."""


def append_custody(case: Path, event: Mapping[str, Any]) -> None:
    """Add what was done to the chain of custody, with time, host and version; each line names the one before."""
    append(case, CUSTODY, {"host": platform.node(), "bridle": __version__, **event})


def append(case: Path, chain: str, event: Mapping[str, Any]) -> None:
    """Add a line to one of the chains of a case; two processes at once take turns."""
    if chain not in CHAINS:
        raise ValueError(f"expected one of {', '.join(CHAINS)}, got {chain!r:.60}")
    descriptor = open_file(case / chain, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "rb+") as file:
        take(descriptor)
        lines = file.read().splitlines(keepends=True)
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = {"time": now, **event, "previous": _link(case, lines[-1] if lines else None)}
        written = _checked(json_text(row).encode()) + b"\n"
        if len(written) > _LONGEST:
            raise ValueError(f"an entry of {chain} has at most {_LONGEST} bytes, got {len(written)}; shorten it")
        torn = b"" if not lines or lines[-1].endswith(b"\n") else b"\n"
        whole = file.tell()
        try:
            _put(descriptor, torn + written)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, whole)  # half an entry would be a broken link for good
            raise


def _put(descriptor: int, content: bytes) -> None:
    """All of it, past any buffer that would be written again when it is closed. Raises OSError."""
    while content:
        content = content[os.write(descriptor, content) :]


def _checked(row: bytes) -> bytes:
    return row[:-1] + _CHECK + hashlib.sha256(row).hexdigest().encode() + b'"}'


def entries(case: Path, chain: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries of a chain, each with the number of its line; lines that are none are left out. Raises OSError."""
    for number, line in enumerate(lines(case, chain), 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield number, row


def lines(case: Path, chain: str) -> Iterator[bytes]:
    """The lines of a chain with their ends, an overlong one in pieces; none where there is no such file.

    A link or a pipe is no file of the case: `broken_links` names it. Raises OSError.
    """
    if not _is_file(case / chain):
        return
    descriptor = open_file(case / chain)
    with os.fdopen(descriptor, "rb") as file:
        while line := file.readline(_LONGEST):
            yield line


def broken_links(case: Path, chain: str) -> Iterator[str]:
    """How a chain differs from what was appended to it, a sentence each. Raises OSError."""
    if not _is_file(case / chain):
        yield "a link, or another thing that is no file"
        return
    expected = _link(case, None)
    for number, line in enumerate(lines(case, chain), 1):
        try:
            previous = json.loads(line)["previous"]
        except (ValueError, KeyError, TypeError, RecursionError):
            yield f"line {number} is not an entry of a chain"
        else:
            if not _holds(line):
                yield f"line {number} was changed: it does not fit its own check"
            if previous != expected:
                yield f"line {number} does not follow from what is before it"
        expected = _link(case, line)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _holds(line: bytes) -> bool:
    """Whether the line is one that `append` wrote, to the byte."""
    return line[-1:] == b"\n" and line[:-1] == _checked(line[: -_TAIL - 1] + b"}")


def _link(case: Path, line: bytes | None) -> str:
    """What the next line names: the SHA-256 of the line before it, or of the manifest."""
    return sha256(case / MANIFEST) if line is None else hashlib.sha256(line.rstrip(b"\r\n")).hexdigest()


def sha256(path: Path) -> str:
    """Of a regular file; anything else, such as a pipe, is not read. Raises OSError."""
    descriptor = open_file(path)
    with os.fdopen(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
