"""Where a lake lies: named bytes and case folders, in a local folder or (`remote`) behind any fsspec URL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bridle.case.locking import sweep, take, taken
from bridle.descriptors import folders_can_be_opened, sync

BUILDING = "building"
MANIFEST = "manifest.json"
SCRATCH = "bridle-fleet-"
NEW = ".new-"
"""Files that are being written."""
_held: set[Path] = set()
"""The private folders of this process."""


class LakeError(Exception):
    """The lake or a source of it cannot be used. One sentence and a next step."""


class Storage(Protocol):
    """Files below one place. Names are relative, with `/`; a file is written whole or not at all."""

    address: str

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Put these bytes in place of whatever is there."""

    def rewrite(self, name: str, data: bytes) -> None:
        """The same, and delete every former version that the storage keeps."""

    def delete(self, name: str) -> None:
        """Remove a file, with every former version that the storage keeps; nothing happens where there is none."""

    def names(self, folder: str) -> list[str]:
        """What lies directly below a folder, sorted; hidden names are left out."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def holders(self, folder: str, file: str) -> set[str]:
        """The folders directly below one that hold a file of this name."""

    def read_all(self, folder: str) -> dict[str, bytes]:
        """The files directly below a folder, by name."""

    def building(self, task: str) -> AbstractContextManager[Path]:
        """A private folder in which a case is written; it is gone afterwards."""

    def sweep(self, task: str) -> None:
        """Remove what dead workers of a task were building on this machine."""

    def put_case(self, built: Path, name: str) -> bool:
        """Make a finished case appear under `name`; False, and nothing is changed, where one is already."""

    def move_case(self, old: str, new: str) -> None:
        """Give a case another place."""

    def remove_tree(self, name: str) -> int:
        """Delete a folder and all below; how many files that were. The manifest goes first: what is left is no case."""


def is_url(text: str) -> bool:
    """Whether a source or a lake is named by a URL rather than by a path of this machine."""
    return "://" in text and not text.startswith("file://")


def local_path(text: str) -> Path:
    """The path that a text names which is no URL of another machine."""
    return Path(urlsplit(text).path if text.startswith("file://") else text)


def storage_at(address: str) -> Storage:
    """The storage at a path or a URL. Raises LakeError."""
    if not is_url(address):
        return Local(local_path(address))
    from bridle.fleet.remote import Remote

    return Remote(address)


class Local:
    """A folder of this machine, or of a disk that several share."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as the user wrote them
        self.address = str(self.folder)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise LakeError(f"{self.folder / name} cannot be read: {e.strerror}") from e

    def write(self, name: str, data: bytes) -> None:
        try:
            (self.folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, made = tempfile.mkstemp(prefix=NEW, dir=(self.folder / name).parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    taken(descriptor)
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                    Path(made).replace(self.folder / name)
            except BaseException:
                Path(made).unlink(missing_ok=True)
                raise
        except OSError as e:
            raise LakeError(f"{self.folder / name} cannot be written: {e.strerror}; make room or name another") from e

    def rewrite(self, name: str, data: bytes) -> None:
        self.write(name, data)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(n for n in os.listdir(self.folder / folder) if not n.startswith("."))  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []

    def exists(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def holders(self, folder: str, file: str) -> set[str]:
        return {n for n in self.names(folder) if self.exists(f"{folder}/{n}/{file}")}

    def read_all(self, folder: str) -> dict[str, bytes]:
        found = ((n, self.read(f"{folder}/{n}")) for n in self.names(folder))
        return {n: data for n, data in found if data is not None}

    @contextmanager
    def building(self, task: str) -> Iterator[Path]:
        """The folder lies in the lake, so that a case appears by one rename. What dead runs left of it is removed."""
        parent = self.folder / BUILDING
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sweep(task)
        with held(parent, f"{task}-") as folder:
            yield folder

    def sweep(self, task: str) -> None:
        sweep(self.folder / BUILDING, f"{task}-")

    def sweep_files(self) -> None:
        """Remove the files that dead runs had begun: nobody holds their locks."""
        for folder in (self.folder, *(f for f in self.folder.iterdir() if f.is_dir())):
            for left in folder.glob(f"{NEW}*"):
                with suppress(OSError), left.open("rb") as file:
                    if taken(file.fileno()):
                        left.unlink()

    def put_case(self, built: Path, name: str) -> bool:
        target = self.folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            built.rename(target)
        except OSError:
            if (target / MANIFEST).is_file():
                return False
            raise
        sync(target.parent)
        return True

    def move_case(self, old: str, new: str) -> None:
        if (self.folder / new).exists():
            self.remove_tree(new)
        (self.folder / new).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / old).rename(self.folder / new)

    def remove_tree(self, name: str) -> int:
        if not (self.folder / name).is_dir():
            return 0
        count = sum(len(files) for _, _, files in os.walk(self.folder / name))
        parent = self.folder / BUILDING
        parent.mkdir(mode=0o700, exist_ok=True)
        with held(parent, "removed-") as gone:
            (self.folder / name).rename(gone / "case")
        return count


@contextmanager
def held(parent: Path, prefix: str) -> Iterator[Path]:
    """A new private folder, locked while its owner lives and removed at the end. Raises LakeError."""
    if not folders_can_be_opened():
        raise LakeError("this system cannot lock folders, by which runs of a fleet know each other; use Linux or macOS")
    made = Path(tempfile.mkdtemp(prefix=f".{prefix}", dir=parent))
    folder = parent / made.name[1:]
    lock = os.open(made, os.O_RDONLY)
    try:
        take(lock)
        made.rename(folder)  # only now may others see it: a folder without a lock has no owner
        _held.add(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _held.discard(folder)
        os.close(lock)


def abandon() -> None:
    """Remove every private folder of this process, which is about to end."""
    for folder in tuple(_held):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A private folder of this machine, removed at the end; what dead runs of this user left is removed first."""
    sweep_scratch("")
    with held(Path(tempfile.gettempdir()), f"{SCRATCH}{what}-") as folder:
        yield folder


def sweep_scratch(what: str) -> None:
    """Remove the private folders of dead processes on this machine."""
    sweep(Path(tempfile.gettempdir()), f"{SCRATCH}{what}{'-' if what else ''}")
