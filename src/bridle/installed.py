"""Whether the files of an installed package are those that its wheel brought.

A wheel's RECORD lists every file with its SHA-256. What is checked here is the disk, not who wrote to it: a program
that was changed may also say something else of itself. So one digest of all that was installed is told as well, which
is the same for the wheel (`make wheel` prints it) and on every machine where that wheel was installed.
Sources: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ and
https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import json
import marshal
import re
from collections.abc import Iterator
from importlib import metadata
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path, PurePosixPath

from bridle.classes import dataclass

WHEEL, EDITABLE, NONE = "wheel", "editable", "not installed"
_STEP = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COMPILED_HEAD = 16
"""Bytes before the code in a compiled file. Source: PEP 552."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A file that is not as it was installed."""

    file: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One package, and what of it differs."""

    name: str
    version: str
    kind: str
    """`wheel`, `editable` (files are read from a source tree, which RECORD does not list) or `not installed`."""
    place: str
    content_sha256: str
    """As `content_sha256` gives it."""
    files: int
    """How many were compared."""
    differences: tuple[Difference, ...] = ()


def examined(name: str, *, compiled: bool = False) -> Installed:
    """A package as it lies on the disk. `compiled`: byte code is compared with what its source gives, too."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return Installed(name=name, version="", kind=NONE, place="", content_sha256="", files=0)
    record = found.read_text("RECORD") or ""
    origin = _origin(found)
    kind = EDITABLE if origin else WHEEL if record else NONE
    root = Path(str(found.locate_file("")))
    listed = dict(_listed(record))
    differences = [*_changed(root, listed)]
    if kind == WHEEL:
        differences += _added(root, listed)
        differences += _foreign_code(root, listed) if compiled else []
    return Installed(
        name=name, version=found.version, kind=kind, place=origin or str(root),
        content_sha256=content_sha256(record) if kind == WHEEL else "",
        files=sum(1 for digest in listed.values() if digest), differences=tuple(differences),
    )  # fmt: skip


def content_sha256(record: str) -> str:
    """SHA-256 over a line `FILE DIGEST` for each file of a RECORD that its wheel brought, sorted.

    Left out is what installing adds or changes: scripts, compiled files, all of `.dist-info`.
    """
    listed = (f"{name} {digest}\n" for name, digest in _listed(record) if digest and ".dist-info/" not in name)
    lines = sorted(line for line in listed if not line.startswith("../"))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def needed(name: str) -> list[str]:
    """The installed packages that one needs, and that those need, by name; what is wanted only by an extra or on
    another system counts where it is installed."""
    known: set[str] = set()
    waiting = [name]
    while waiting:
        for line in _requires(waiting.pop()):
            match = _NAME.match(line)
            other = re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""
            if other and other not in known and other != name and _version(other):
                known.add(other)
                waiting.append(other)
    return sorted(known)


def _requires(name: str) -> list[str]:
    return metadata.requires(name) or []


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _origin(found: metadata.Distribution) -> str:
    """Where the source tree of an editable install is; empty for any other."""
    try:
        told = json.loads(found.read_text("direct_url.json") or "{}")
        return str(told["url"]) if told.get("dir_info", {}).get("editable") else ""
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return ""


def _listed(record: str) -> Iterator[tuple[str, str]]:
    """Files of a RECORD with their digest as it stands there; empty where there is none, as of RECORD itself."""
    for row in csv.reader(record.splitlines()):
        if row and row[0]:
            yield row[0], row[1] if len(row) > 1 else ""


def _changed(root: Path, listed: dict[str, str]) -> Iterator[Difference]:
    for name, digest in sorted(listed.items()):
        if not digest:
            continue
        algorithm, _, expected = digest.partition("=")
        try:
            known = base64.urlsafe_b64decode(expected + "=" * (-len(expected) % 4))
            seen = _digest(root / name, algorithm)
        except FileNotFoundError:
            yield Difference(file=name, said="is missing")
        except OSError as e:
            yield Difference(file=name, said=f"cannot be read: {e.strerror}")
        except (ValueError, binascii.Error):
            yield Difference(file=name, said=f"has a digest that cannot be checked, {digest!r:.60}")
        else:
            if seen != known:
                yield Difference(file=name, said="differs from what was installed")


def _digest(path: Path, algorithm: str) -> bytes:
    """Raises OSError, or ValueError for an algorithm that is not good enough."""
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise ValueError(algorithm)
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).digest()


def _added(root: Path, listed: dict[str, str]) -> Iterator[Difference]:
    """Files in the package's own folders that no wheel brought: Python would import a module among them."""
    tops = {parts[0] for name in listed if len(parts := PurePosixPath(name).parts) > 1 and parts[0] != ".."}
    for top in sorted(tops):
        if not top.endswith((".dist-info", ".data")) and not (root / top).is_symlink():
            for path in sorted((root / top).rglob("*")):
                name = path.relative_to(root).as_posix()
                if not path.is_dir() and name not in listed and "__pycache__" not in path.parts:
                    yield Difference(file=name, said="was not installed; it was added")


def _foreign_code(root: Path, listed: dict[str, str]) -> Iterator[Difference]:
    """Byte code that is not what this Python makes of its source: it would be run instead of it."""
    for name in sorted(n for n in listed if n.endswith(".py")):
        source = root / name
        compiled = Path(cache_from_source(str(source)))
        try:
            code = compiled.read_bytes()
            text = source.read_bytes()
        except OSError:
            continue
        if code[:4] == MAGIC_NUMBER and not _same_code(code[_COMPILED_HEAD:], text, str(source)):
            yield Difference(file=compiled.relative_to(root).as_posix(), said="is not what its source gives")


def _same_code(compiled: bytes, source: bytes, name: str) -> bool:
    """Names of files are not compared: they are where the code was compiled."""
    try:
        found = marshal.loads(compiled)  # noqa: S302 - Python would load the same bytes to run them
        return bool(found == compile(source, name, "exec", dont_inherit=True))
    except (ValueError, EOFError, TypeError, SyntaxError):
        return False
