"""YARA rules over apps and loose files, where somebody gives some and yara-x is there (`pip install bridle[yara]`).

Rules are compiled once, by the process that was asked; what they are run over is read where every file is read: in a
child of its own. Of an app the file itself is looked at, and unpacked its programs, libraries, archives, assets and
files of no known kind. Each file is bounded in size and each run in time; what is beyond is a gap.

Known limits: modules of YARA-X that know phones' programs (`dex`) see a program only where it is looked at unpacked.
Archives inside an app are not opened. A match says that the rule's condition holds, and no more.

Sources: https://virustotal.github.io/yara-x/ .
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bridle.artifacts.globs import Globs
from bridle.core import (
    LEVELS,
    Artifact,
    FilePath,
    FormatError,
    Gap,
    Record,
    Sha256,
    SourceFile,
    note,
    record,
)
from bridle.file_names import name_as_text
from bridle.formats import magic
from bridle.formats.apk_content import kind_of
from bridle.formats.apk_zip import ApkZip, Entry

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "yara"
RULES = "/yara/rules"
"""Where the compiled rules stand beside each file."""
PATHS = (
    "/apk/*.apk", "/androidqf/apks/*.apk", "/androidqf/tmp/**", "/data/app/**/*.apk", "/data/local/tmp/**",
    "/storage/emulated/*/Download/**", "/data/media/*/Download/**", "/sdcard/Download/**",
    "/adb_backup/apps/*/a/*.apk", "/**/backup/apps/*/a/*.apk",
)  # fmt: skip
_LONGEST = 256 << 20
_MOST_BYTES = 2 << 30
_SECONDS = 60
_MOST_OFFSETS = 64
_MOST_RULE_FILES = 10_000
_wanted = Globs((glob, NAME) for glob in PATHS)


class YaraError(Exception):
    """The rules cannot be used: yara-x is not there, or they do not compile."""


@record(surface="file-present")
class Match(Record):
    """A rule whose condition holds for a file."""

    rule: str = note(doc="name of the rule")
    namespace: str = note(doc="file of rules it comes from")
    tags: tuple[str, ...] = note(doc="its tags")
    level: str | None = note(doc="`level` or `severity` of its meta data, where it is one bridle knows")
    meta: str | None = note(doc="its meta data as JSON")
    path: FilePath = note(doc="file that was looked at")
    entry: str | None = note(doc="file in the archive, unpacked; none for the file itself")
    sha256: Sha256 = note(doc="SHA-256 of what was looked at")
    size: int = note(doc="bytes that were looked at")
    strings: tuple[str, ...] = note(doc="its strings that were found, each as `$name@offset`, up to 64")


def wants(path: PurePosixPath | str) -> bool:
    """Whether rules are run over the file at this device path."""
    return bool(_wanted.names(str(path)))


def candidates(paths: pa.Array) -> pa.Array:
    """Whether rules may be run over each file of a column of device paths; what is false here is not wanted."""
    return _wanted.candidates(paths)


def compiled(paths: Iterable[Path]) -> bytes:
    """The rules of files and folders (`.yar`, `.yara`), compiled. Raises YaraError."""
    yara_x = _library()
    compiler = yara_x.Compiler()
    found = list(_files(paths))
    if not found:
        raise YaraError("none of the paths given with --yara holds a file of rules (.yar, .yara)")
    for path in found:
        compiler.new_namespace(name_as_text(path.stem))
        try:
            compiler.add_source(path.read_text("utf-8", "replace"), origin=name_as_text(path.name))
        except yara_x.CompileError as e:
            raise YaraError(f"the YARA rules in {path} do not compile: {str(e).splitlines()[0]:.200}") from e
    out = _Bytes()
    compiler.build().serialize_into(out)
    return bytes(out.data)


class _Bytes:
    """A file to write to, as yara-x takes one."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None: ...


def _library() -> Any:
    try:
        return importlib.import_module("yara_x")
    except ImportError as e:
        message = "YARA rules were given and yara-x is not installed: pip install 'bridle[yara]', or leave --yara out"
        raise YaraError(message) from e


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise YaraError(f"the YARA rules {path} do not exist")
        inside = (p for p in path.rglob("*") if p.suffix.lower() in (".yar", ".yara") and p.is_file())
        yield from sorted(inside)[:_MOST_RULE_FILES] if path.is_dir() else (path,)


def yara(file: SourceFile) -> Iterator[Match | Gap]:
    """The matches of the rules that stand beside the file, over it and what is packed in it."""
    with file.companions()[PurePosixPath(RULES)].open() as stored:
        scanner = _library().Scanner(_library().Rules.deserialize_from(stored))
    scanner.set_timeout(_SECONDS)
    scanner.max_matches_per_pattern(_MOST_OFFSETS)
    with file.open() as stream:
        start = stream.read(_LONGEST)
        yield from _matches(scanner, file, None, start, file.size > len(start))
        try:
            archive = ApkZip(stream, file.size) if b"PK\3\4" in start else None
        except FormatError:
            return
        del start
        yield from _inside(scanner, file, archive) if archive is not None else ()


def _inside(scanner: Any, file: SourceFile, archive: ApkZip) -> Iterator[Match | Gap]:
    left = _MOST_BYTES
    for entry in archive.entries:
        if not (entry.name.startswith("assets/") or kind_of(entry, archive.read(entry, magic.MOST))):
            continue
        if left <= 0:
            yield Gap(locator="entries", reason=f"Match: only the first {_MOST_BYTES} unpacked bytes are looked at")
            return
        data = archive.read(entry, _LONGEST)
        left -= len(data)
        yield from _matches(scanner, file, entry, data, entry.size > len(data))


def _matches(scanner: Any, file: SourceFile, entry: Entry | None, data: bytes, is_cut: bool) -> Iterator[Match | Gap]:
    place = "file" if entry is None else f"entry {entry.number}"
    if is_cut:
        yield Gap(locator=f"{place} end", reason=f"Match: only {len(data)} bytes are looked at")
    try:
        found = scanner.scan(data).matching_rules
    except Exception as e:  # noqa: BLE001 - whatever the library raises costs this one file, and is told
        yield Gap(locator=place, reason=f"Match: the rules could not be run: {type(e).__name__}: {e!s:.200}")
        return
    digest = hashlib.sha256(data).hexdigest() if found else ""
    for number, rule in enumerate(found, 1):
        meta = {str(k): v for k, v in rule.metadata}
        yield Match(
            locator=f"{place}:{number}", rule=rule.identifier, namespace=rule.namespace, tags=tuple(rule.tags),
            level=_level(meta), meta=json.dumps(meta, default=str)[:4096] if meta else None, path=str(file.path),
            entry=entry.name if entry else None, sha256=digest, size=len(data), strings=_strings(rule),
        )  # fmt: skip


def _strings(rule: Any) -> tuple[str, ...]:
    found = (f"{p.identifier}@{m.offset:#x}" for p in rule.patterns for m in p.matches)
    return tuple(text for text, _ in zip(found, range(_MOST_OFFSETS), strict=False))


def _level(meta: dict[str, Any]) -> str | None:
    said = str(meta.get("level", meta.get("severity", ""))).lower()
    return said if said in LEVELS else None


ARTIFACT = Artifact(
    name=NAME, paths=PATHS, parse=yara, records=(Match,),
    revision=hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), companions=(RULES,),
)  # fmt: skip
