"""The manifest: what every file of a case holds.

`manifest.json` gives for each file the SHA-256 of the bytes on disk (checked without a key) and of the content: for a
table its decoded rows, for any other file the bytes again; none for the wrapped key. Equal input gives equal content.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bridle.case.chain import CHAINS, append, append_custody, broken_links, sha256
from bridle.case.chain import MANIFEST as NAME
from bridle.case.keys import WRAPPED

__all__ = ["CHAINS", "NAME", "OUTSIDE", "append", "append_custody", "build", "contents", "digest", "verify_manifest"]

SCHEMA = 1
OF_A_SEAL = (f"{NAME}.sig", "seal.json", "seal.json.sig", "seal.json.tsr", "tsa.pem")
"""What `bridle.case.seal` and `bridle.case.timestamp` put beside the manifest."""
OUTSIDE = frozenset({NAME, *OF_A_SEAL, *CHAINS})
"""The only files of a case that are not in the manifest."""
LIMIT = 64 << 20
"""Bytes of a manifest that is read."""


def build(case: Path, content: Mapping[str, str]) -> bytes:
    """The manifest of the files below `case`; `content` has the digests of the tables."""
    listed = {}
    for name in sorted(files(case)):
        if name in OUTSIDE:
            continue
        stored = sha256(case / name)
        found = None if name == WRAPPED else content[name] if name.endswith(".parquet") else stored
        listed[name] = {"content_sha256": found, "size": (case / name).stat().st_size, "stored_sha256": stored}
    return (json.dumps({"schema": SCHEMA, "files": listed}, indent=1, ensure_ascii=False) + "\n").encode()


def verify_manifest(case: Path) -> list[str]:
    """How a case differs from its manifest, one sentence per file, sorted; empty when it does not. Needs no key.

    The chains beside the manifest are checked for their links. Raises OSError, or ValueError for a broken manifest.
    """
    listed = _listed(case)
    there = set(files(case))
    found = [f"{name}: missing" for name in listed.keys() - there]
    found += [f"{name}: unlisted" for name in there - listed.keys() - OUTSIDE]
    for name in listed.keys() & there:
        if (case / name).is_symlink():
            found.append(f"{name}: changed (a link instead of a file)")
        elif (case / name).stat().st_size != listed[name]["size"]:
            found.append(f"{name}: changed (size)")
        elif sha256(case / name) != listed[name]["stored_sha256"]:
            found.append(f"{name}: changed")
    for chain in CHAINS:
        if chain in there:
            found += [f"{chain}: {what}" for what in broken_links(case, chain)]
    return sorted(found)


def contents(case: Path) -> dict[str, str]:
    """The content digest of each file that has one. Raises OSError, or ValueError for a broken manifest."""
    return {name: str(f["content_sha256"]) for name, f in _listed(case).items() if f.get("content_sha256")}


def contents_of_disk(case: Path) -> dict[str, str]:
    """The SHA-256 of each listed file as it is stored. Raises OSError, or ValueError for a broken manifest."""
    return {name: str(f["stored_sha256"]) for name, f in _listed(case).items()}


def digest(case: Path) -> str:
    """SHA-256 of the manifest: what a case is known by. Raises OSError."""
    return sha256(case / NAME)


def _listed(case: Path) -> dict[str, dict[str, Any]]:
    path = case / NAME
    if path.stat().st_size > LIMIT:
        raise ValueError(f"{NAME}: expected at most {LIMIT} bytes, it has {path.stat().st_size}")
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


def files(case: Path) -> Iterator[str]:
    """Everything below a case that is no folder; links are named, not followed."""
    for folder, folders, files in os.walk(case):
        at = Path(folder)
        for name in (*files, *(f for f in folders if (at / f).is_symlink())):
            yield (at / name).relative_to(case).as_posix()
