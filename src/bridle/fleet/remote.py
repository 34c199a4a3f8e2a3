"""A lake or sources behind an fsspec URL: S3-compatible stores (extra `s3`), SFTP (extra `sftp`), and others.

An object store cannot rename a folder, so a case is uploaded file by file with the manifest last: without a manifest it
is no case. Two attempts at one case have two keys and must not mix; whoever uploads last, before the manifest, finds
his own wrapped key and sizes there, or gives up.

Sources: https://filesystem-spec.readthedocs.io/ .
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from bridle.fleet.storage import MANIFEST, LakeError, scratch, sweep_scratch

_EXTRAS = {"s3": "s3", "s3a": "s3", "sftp": "sftp", "ssh": "sftp"}
_KEY = "case.key.age"
_STEP = 1 << 20
_SSH = ("sftp", "ssh")


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system for a URL, and the path in it. Raises LakeError.

    Credentials come from where the protocol's own tools take them: environment, ~/.aws, ~/.ssh, fsspec's configuration.
    """
    parts = urlsplit(url)
    if "::" in url:
        raise LakeError(f"{shown(url)}: chained URLs are not taken; name the place itself")
    if parts.password is not None:
        raise LakeError(
            f"{shown(url)}: a password in a URL is seen by others; use a key or the protocol's own settings"
        )
    try:
        found = _opened(url)
    except ImportError as e:
        extra = _EXTRAS.get(parts.scheme, "fleet")
        raise LakeError(f"{shown(url)} needs a package that is not here: pip install 'bridle[{extra}]'") from e
    except Exception as e:
        raise LakeError(f"{shown(url)} cannot be reached: {_said(e)}") from e
    return found, found._strip_protocol(url).rstrip("/")


def _opened(url: str) -> Any:
    """fsspec's file system for a scheme and host. A server's key must be in known_hosts."""
    parts = urlsplit(url)
    if parts.scheme in _SSH:
        from sshfs import SSHFileSystem

        given = {"username": parts.username, "port": parts.port}
        known = {k: v for k, v in given.items() if v is not None}
        return SSHFileSystem(parts.hostname, known_hosts=(), **known)  # (): as ssh does; sshfs alone would take any key
    import fsspec

    return fsspec.filesystem(parts.scheme, **({"use_listings_cache": False} if parts.scheme in ("s3", "s3a") else {}))


def shown(url: str) -> str:
    """A URL for people: never with a password."""
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", ":…@")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"[:200]


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever a protocol raises becomes one sentence."""
    try:
        yield
    except (LakeError, FileNotFoundError):
        raise
    except Exception as e:
        raise LakeError(
            f"{shown(what)}: {_said(e)}; check address and permissions, then run the same command again"
        ) from e


class Remote:
    """A folder behind a URL."""

    def __init__(self, url: str) -> None:
        self.address = url.rstrip("/")
        self._fs, self._root = file_system(url)

    def read(self, name: str) -> bytes | None:
        try:
            with _told(f"{self.address}/{name}"):
                return bytes(self._fs.cat_file(self._at(name)))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        with _told(f"{self.address}/{name}"):
            self._parent(name)
            if not self._renames:
                self._fs.pipe_file(self._at(name), data)
                return
            made = f"{self._at(name)}.{tempfile.gettempprefix()}"
            self._fs.pipe_file(made, data)
            if self._fs.exists(self._at(name)):
                self._fs.rm_file(self._at(name))
            self._fs.mv(made, self._at(name))

    def rewrite(self, name: str, data: bytes) -> None:
        self.write(name, data)
        self._remove_versions(self._at(name), but_latest=True)

    def delete(self, name: str) -> None:
        self._remove([self._at(name)])

    def names(self, folder: str) -> list[str]:
        try:
            with _told(f"{self.address}/{folder}"):
                self._fs.invalidate_cache()
                found = [str(p).rstrip("/").rpartition("/")[2] for p in self._fs.ls(self._at(folder), detail=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(n for n in found if n and not n.startswith(".") and n != folder.rpartition("/")[2])

    def exists(self, name: str) -> bool:
        with _told(f"{self.address}/{name}"):
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._at(name)))

    def holders(self, folder: str, file: str) -> set[str]:
        try:
            with _told(f"{self.address}/{folder}"):
                self._fs.invalidate_cache()
                found = self._fs.glob(f"{self._at(folder)}/*/{file}")
        except FileNotFoundError:
            return set()
        return {str(p).rsplit("/", 2)[1] for p in found}

    def read_all(self, folder: str) -> dict[str, bytes]:
        """Many at once where the protocol can."""
        paths = {n: self._at(f"{folder}/{n}") for n in self.names(folder)}
        if not paths:
            return {}
        with _told(f"{self.address}/{folder}"):
            read = self._fs.cat(list(paths.values()), on_error="omit")
        by_path = {str(p).lstrip("/"): data for p, data in read.items()}
        found = ((n, by_path.get(p.lstrip("/"))) for n, p in paths.items())
        return {n: bytes(data) for n, data in found if data is not None}

    @contextmanager
    def building(self, task: str) -> Iterator[Path]:
        """The folder is a private one of this machine."""
        with scratch(task) as folder:
            yield folder

    def sweep(self, task: str) -> None:
        sweep_scratch(task)

    def put_case(self, built: Path, name: str) -> bool:
        if self.exists(f"{name}/{MANIFEST}"):
            return False
        self.remove_tree(name)  # half an upload
        files = sorted(p for p in built.rglob("*") if p.is_file())
        files.sort(key=lambda p: p.name == MANIFEST)
        for path in files:
            target = f"{name}/{path.relative_to(built).as_posix()}"
            if path.name == MANIFEST and not self._ours(built, files[:-1], name):
                return False
            with _told(f"{self.address}/{target}"):
                self._parent(target)
                self._fs.put_file(str(path), self._at(target))
        shutil.rmtree(built, ignore_errors=True)
        return True

    def _ours(self, built: Path, files: list[Path], name: str) -> bool:
        """Whether what lies there is what this attempt uploaded. Raises LakeError where an upload was cut."""
        key = built / _KEY
        if self.exists(f"{name}/{MANIFEST}") or (key.exists() and self.read(f"{name}/{_KEY}") != key.read_bytes()):
            return False
        with _told(f"{self.address}/{name}"):
            self._fs.invalidate_cache()
            there = {p: entry["size"] for p, entry in self._fs.find(self._at(name), detail=True).items()}
        for path in files:
            at = self._at(f"{name}/{path.relative_to(built).as_posix()}")
            if there.get(at, there.get(f"/{at.lstrip('/')}")) != path.stat().st_size:
                raise LakeError(f"{self.address}/{name} was changed by another run while it was uploaded")
        return True

    def move_case(self, old: str, new: str) -> None:
        """Copied with the manifest last, then deleted with the manifest first."""
        with _told(f"{self.address}/{old}"):
            self.remove_tree(new)
            there = sorted(self._fs.find(self._at(old)), key=lambda p: (p.endswith(f"/{MANIFEST}"), p))
            for path in there:
                target = f"{new}/{path.partition(f'{self._at(old)}/')[2]}"
                self._parent(target)
                self._fs.cp_file(path, self._at(target)) if not self._renames else self._copy(path, self._at(target))
            self.remove_tree(old)

    def _copy(self, path: str, target: str) -> None:
        self._fs.pipe_file(target, self._fs.cat_file(path))

    def remove_tree(self, name: str) -> int:
        try:
            with _told(f"{self.address}/{name}"):
                self._fs.invalidate_cache()
                found = sorted(self._fs.find(self._at(name)), key=lambda p: (not p.endswith(f"/{MANIFEST}"), p))
                self._remove(found)
                if self._renames and self._fs.exists(self._at(name)):
                    self._fs.rm(self._at(name), recursive=True)
        except FileNotFoundError:
            return 0
        return len(found)

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            try:
                with _told(path):
                    self._fs.rm_file(path)
            except FileNotFoundError:
                continue
        for path in paths:
            self._remove_versions(path)

    def _remove_versions(self, path: str, *, but_latest: bool = False) -> None:
        """A bucket with versions keeps what is deleted: each version and mark of deletion is deleted too."""
        if not hasattr(self._fs, "call_s3"):
            return
        bucket, _, key = path.partition("/")
        with _told(path):
            found = self._fs.call_s3("list_object_versions", Bucket=bucket, Prefix=key)
            for one in [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]:
                if one["Key"] == key and one["VersionId"] != "null" and not (but_latest and one["IsLatest"]):
                    self._fs.call_s3("delete_object", Bucket=bucket, Key=key, VersionId=one["VersionId"])

    @property
    def _renames(self) -> bool:
        """Real folders, where a file is renamed into place; object stores put a file whole."""
        return self.address.startswith(("sftp://", "ssh://"))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _parent(self, name: str) -> None:
        if self._renames:
            self._fs.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)


def fetch(url: str, folder: Path) -> Path:
    """The source at a URL, whole, below a private folder: files 0600, folders 0700, with the times they have there.

    Raises LakeError.
    """
    fs, root = file_system(url)
    name = root.rpartition("/")[2] or "source"
    with _told(url):
        if not fs.isdir(root):
            _fetch_file(fs, root, fs.info(root), folder / name)
            return folder / name
        for path, info in sorted(fs.find(root, detail=True).items()):
            _fetch_file(fs, path, info, folder / name / _inside(path, root))
    if not (folder / name).exists():
        raise LakeError(f"{shown(url)} is empty or not there; check the address")
    return folder / name


def _inside(path: str, root: str) -> Path:
    """The relative path of a file of a source. A name that leads out of it is refused."""
    found = Path(path.lstrip("/").removeprefix(root.lstrip("/")).lstrip("/"))
    if found.is_absolute() or ".." in found.parts or not found.parts:
        raise LakeError(f"{path!r:.60} is no name of a file in a folder")
    return found


def _fetch_file(fs: Any, path: str, info: dict[str, Any], target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with fs.open(path, "rb", block_size=8 * _STEP) as there, _created(target) as here:
        shutil.copyfileobj(there, here, _STEP)
    changed = next((info[k] for k in ("mtime", "LastModified") if info.get(k) is not None), None)
    seconds = changed.timestamp() if isinstance(changed, datetime) else changed
    if isinstance(seconds, int | float):
        os.utime(target, (seconds, seconds))


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
