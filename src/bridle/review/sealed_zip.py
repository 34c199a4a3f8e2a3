"""A zip that is encrypted as it is written: nothing of it reaches the disk in clear."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyrage

_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every member: when a pack was written says nothing."""


class SealedZip:
    """A zip within an age file. Equal members in equal order give equal bytes under the encryption."""

    def __init__(self, path: Path, recipients: Sequence[Any]) -> None:
        """Begins the file, which must not exist; only its owner may read it. `recipients` are pyrage's."""
        self._path = path
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        read, write = os.pipe()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._encrypt, args=(read, descriptor, recipients), daemon=True)
        self._thread.start()
        self._pipe = os.fdopen(write, "wb")
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def _encrypt(self, read: int, descriptor: int, recipients: Sequence[Any]) -> None:
        try:
            with os.fdopen(read, "rb") as reader, os.fdopen(descriptor, "wb") as writer:
                pyrage.encrypt_io(reader, writer, list(recipients))
                writer.flush()
                os.fsync(writer.fileno())
        except BaseException as e:  # noqa: BLE001 - raised again by whoever waits for it
            self._failed = e

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """A member, piece by piece."""
        info = zipfile.ZipInfo(name, _DATE)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)

    def __enter__(self) -> SealedZip:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends the file, or leaves nothing behind. Raises OSError where it could not be written."""
        try:
            if kind is None:
                self._zip.close()
            self._zip.fp = None  # of a zip that is given up no end is written, also not when it is collected
            self._pipe.close()
        except OSError:
            if self._failed is None:
                raise
        finally:
            self._thread.join()
            if kind is not None or self._failed is not None:
                self._path.unlink(missing_ok=True)
        if self._failed is not None and kind is None:
            raise OSError(f"{self._path} could not be encrypted: {self._failed}")
