"""The manifest: what every file of a case holds; and the chain of custody beside it.

`manifest.json` gives for each file the SHA-256 of the bytes on disk (checked without a key) and of the content: for a
table its decoded rows, for any other file the bytes again; none for the wrapped key. Equal input gives equal content.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from bridle import __version__
from bridle.case.keys import WRAPPED

SCHEMA = 1
NAME = "manifest.json"
CHAINS = ("custody.jsonl", "notes.jsonl", "signoff.jsonl")
OUTSIDE = frozenset({NAME, f"{NAME}.sig", *CHAINS})
"""The only files of a case that are not in the manifest."""
_LIMIT = 64 << 20


def build(case: Path, content: Mapping[str, str]) -> bytes:
    """The manifest of the files below `case`; `content` has the digests of the tables."""
    files = {}
    for name in sorted(_files(case)):
        if name in OUTSIDE:
            continue
        stored = _sha256(case / name)
        found = None if name == WRAPPED else content[name] if name.endswith(".parquet") else stored
        files[name] = {"content_sha256": found, "size": (case / name).stat().st_size, "stored_sha256": stored}
    return (json.dumps({"schema": SCHEMA, "files": files}, indent=1, ensure_ascii=False) + "\n").encode()


def verify_manifest(case: Path) -> list[str]:
    """How a case differs from its manifest, one sentence per file, sorted; empty when it does not. Needs no key.

    The chains beside the manifest are checked for their links. Raises OSError, or ValueError for a broken manifest.
    """
    listed = _listed(case)
    there = set(_files(case))
    found = [f"{name}: missing" for name in listed.keys() - there]
    found += [f"{name}: unlisted" for name in there - listed.keys() - OUTSIDE]
    for name in listed.keys() & there:
        if (case / name).is_symlink():
            found.append(f"{name}: changed (a link instead of a file)")
        elif (case / name).stat().st_size != listed[name]["size"]:
            found.append(f"{name}: changed (size)")
        elif _sha256(case / name) != listed[name]["stored_sha256"]:
            found.append(f"{name}: changed")
    for chain in CHAINS:
        if chain in there:
            found += [f"{chain}: {what}" for what in _broken_links(case, chain)]
    return sorted(found)


def contents(case: Path) -> dict[str, str]:
    """The content digest of each file that has one. Raises OSError, or ValueError for a broken manifest."""
    return {name: str(f["content_sha256"]) for name, f in _listed(case).items() if f.get("content_sha256")}


def digest(case: Path) -> str:
    """SHA-256 of the manifest: what a case is known by. Raises OSError."""
    return _sha256(case / NAME)


def _listed(case: Path) -> dict[str, dict[str, Any]]:
    path = case / NAME
    if path.stat().st_size > _LIMIT:
        raise ValueError(f"{NAME}: expected at most {_LIMIT} bytes, it has {path.stat().st_size}")
    try:
        stored = json.loads(path.read_bytes())
        files = dict(stored["files"])
        schema = stored["schema"]
    except (KeyError, TypeError, ValueError, RecursionError) as e:
        raise ValueError(f"{NAME}: expected an object with `schema` and `files`") from e
    if schema != SCHEMA:
        raise ValueError(f"{NAME}: expected schema {SCHEMA}, got {schema!r:.60}; use a newer bridle")
    for name, entry in files.items():
        _check_entry(name, entry)
    return files


def _check_entry(name: str, entry: Any) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or name in OUTSIDE:
        raise ValueError(f"{NAME}: expected the path of a file of the case, got {name!r:.60}")
    if not isinstance(entry, dict) or not isinstance(entry.get("size"), int) or "stored_sha256" not in entry:
        raise ValueError(f"{NAME}: {name!r:.60} has no size or no stored_sha256")


def _files(case: Path) -> Iterator[str]:
    """Everything below a case that is no folder; links are named, not followed."""
    for folder, folders, files in os.walk(case):
        at = Path(folder)
        for name in (*files, *(f for f in folders if (at / f).is_symlink())):
            yield (at / name).relative_to(case).as_posix()


def _sha256(path: Path) -> str:
    """Of a regular file; anything else, such as a pipe, is not read. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def append_custody(case: Path, event: Mapping[str, Any]) -> None:
    """Add what was done to the chain of custody, with time, host and version; each line names the one before."""
    append(case, "custody.jsonl", {"host": platform.node(), "bridle": __version__, **event})


def append(case: Path, chain: str, event: Mapping[str, Any]) -> None:
    """Add a line to one of the chains of a case; two processes at once take turns."""
    if chain not in CHAINS:
        raise ValueError(f"expected one of {', '.join(CHAINS)}, got {chain!r:.60}")
    descriptor = os.open(case / chain, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines(keepends=True)
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = {"time": now, **event, "previous": _link(case, lines[-1] if lines else None)}
        torn = b"" if not lines or lines[-1].endswith(b"\n") else b"\n"
        file.write(torn + json.dumps(row, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _link(case: Path, line: bytes | None) -> str:
    """What the next line names: the SHA-256 of the line before it, or of the manifest."""
    return _sha256(case / NAME) if line is None else hashlib.sha256(line.rstrip(b"\r\n")).hexdigest()


def _broken_links(case: Path, chain: str) -> Iterator[str]:
    if (case / chain).is_symlink():
        yield "a link instead of a file"
        return
    expected = _link(case, None)
    with (case / chain).open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                previous = json.loads(line)["previous"]
            except (ValueError, KeyError, TypeError, RecursionError):
                yield f"line {number} is not an entry of a chain"
            else:
                if previous != expected:
                    yield f"line {number} does not follow from what is before it"
            expected = _link(case, line)
