"""Feeds, YARA rules and lists of ordinary names as one archive in the lake, so that every worker uses the same."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bridle.fleet.storage import LakeError, Storage, scratch
from bridle.indicators import IndicatorSet, load, stored_folder
from bridle.indicators.feeds import files_of

LARGEST = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a user named, packed."""

    digest: str
    data: bytes
    kinds: dict[str, list[str]]
    """`indicators`, `yara` and `baselines`: where each thing that was named lies in the archive."""


def pack(indicators: Sequence[str], yara: Sequence[Path] = (), baselines: Sequence[Path] = ()) -> Inputs:
    """An archive of all that was named; equal things give equal bytes. Raises LakeError for what is not there."""
    named = [stored_folder() if given == "stored" else Path(given) for given in indicators] or [stored_folder()]
    kinds: dict[str, list[str]] = {"indicators": [], "yara": [], "baselines": []}
    packed, members = io.BytesIO(), 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for kind, paths in (("indicators", named), ("yara", yara), ("baselines", baselines)):
            for path in paths:
                if not path.exists() and path != stored_folder():
                    raise LakeError(f"{path} does not exist; name a file or a folder")
                top = f"{members}"
                members += 1
                where = top if path.is_dir() or not path.exists() else f"{top}/{path.name}"
                kinds[kind].append(where)
                for name, file in _files(kind, path):
                    _add(archive, f"{top}/{name}", file)
                if packed.tell() > LARGEST:
                    raise LakeError(f"{path}: feeds and rules of more than {LARGEST >> 20} MiB are not sent to workers")
    data = packed.getvalue()
    return Inputs(digest=hashlib.sha256(data).hexdigest(), data=data, kinds=kinds)


def _files(kind: str, path: Path) -> Iterator[tuple[str, Path]]:
    if kind == "indicators":
        yield from files_of([path])
    elif path.is_dir():
        yield from ((f.relative_to(path).as_posix(), f) for f in sorted(path.rglob("*")) if f.is_file())
    else:
        yield path.name, path


def _add(archive: tarfile.TarFile, name: str, file: Path) -> None:
    try:
        data = file.read_bytes()
    except OSError as e:
        raise LakeError(
            f"{file} cannot be read ({e.strerror}); run `bridle indicators update`, or name readable feeds with -i"
        ) from e
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def put(storage: Storage, inputs: Inputs) -> None:
    """Keep the archive in the lake, once."""
    if not storage.exists(name := f"inputs/{inputs.digest}.tar"):
        storage.write(name, inputs.data)


class Opened:
    """The last archive that was used, unpacked and its feeds loaded: tasks of one plan have the same."""

    def __init__(self) -> None:
        self._digest, self._folder, self._stack = "", Path(), ExitStack()
        self._indicators: IndicatorSet | None = None

    def paths(self, storage: Storage, digest: str, names: Sequence[str]) -> tuple[Path, ...]:
        """Where things of an archive lie now. Raises LakeError where the archive is not what was packed."""
        self._open(storage, digest)
        return tuple(self._folder / name for name in names)

    def indicators(self, storage: Storage, digest: str, kinds: Mapping[str, Sequence[str]]) -> IndicatorSet:
        """The feeds of an archive, loaded once."""
        paths = self.paths(storage, digest, kinds.get("indicators", ()))
        if self._indicators is None:
            self._indicators = load(paths)
        return self._indicators

    def close(self) -> None:
        self._stack.close()
        self._digest = ""

    def _open(self, storage: Storage, digest: str) -> None:
        if digest == self._digest:
            return
        data = storage.read(f"inputs/{digest}.tar")
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise LakeError(f"the feeds of this plan (inputs/{digest[:12]}….tar) are missing or changed; plan again")
        self.close()
        self._folder, self._indicators = self._stack.enter_context(scratch("feeds")), None
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(self._folder, filter="data")
        self._digest = digest
