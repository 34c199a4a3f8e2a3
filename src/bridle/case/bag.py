"""A sealed case as a BagIt bag, a folder or a tar that only its recipients open.

The bag holds the case at `data/case`, whatever its folder is called, and says nothing of when, where and by whom it was
packed: the same case gives the same bytes, but for age's encryption. Sources: RFC 8493 (BagIt 1.0), C2SP age.md.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyrage

from bridle import __version__
from bridle.case.bag_check import DECLARATION, DECLARED, INFORMATION, PAYLOAD, TAGS
from bridle.case.chain import append_custody, sha256
from bridle.case.consent import may_share_with, today
from bridle.case.keys import recipient
from bridle.case.manifest import contents_of_disk, digest, files
from bridle.case.seal_statement import DiffersError, SealError, inside, is_sealed
from bridle.case.verify import verify
from bridle.descriptors import open_file

PACKED = ".tar.age"
_PLACE = "data/case"
Add = Callable[[str, BinaryIO, int], None]
"""Puts a file of some bytes at a place in the bag."""


def bag_place(out: Path, recipients: Sequence[str]) -> Path:
    """Where the bag will be: the folder, or for recipients a file that ends with .tar.age."""
    return out if not recipients or out.name.endswith(PACKED) else out.with_name(out.name + PACKED)


def write_bag(case: Path, out: Path, recipients: Sequence[str] = ()) -> Path:
    """Pack a sealed case and note it in its custody log; returns where the bag is.

    The consent record must name each recipient; where there is none, somebody whom the bag may be given to.
    Raises SharingRefusedError, SealError for a case that is not sealed or a place that is taken, DiffersError,
    RecipientError, OSError, ValueError.
    """
    place, to = bag_place(out, recipients), [recipient(r) for r in recipients]
    meta = tomllib.loads((case / "case.toml").read_text("utf-8"))
    for reader in recipients or (None,):
        may_share_with(meta, reader, today())
    if not is_sealed(case):
        raise SealError(f"{case} is not sealed, and only a sealed case is packed; add --key KEY")
    if inside(case, place):
        raise SealError(f"{place} lies in the case, which would not be as it was sealed; name another place")
    if os.path.lexists(place):
        raise SealError(f"{place} exists already, and is not overwritten; name another")
    if differences := verify(case).differences:
        raise DiffersError(
            f"{case} is not as it was sealed, and is not packed: {differences[0]}; run `bridle verify {case}`"
        )
    building = place.with_name(f".{place.name}.building")
    with ExitStack() as undo:
        undo.callback(_removed, building)
        _removed(building)
        tags = _encrypted(case, building, to) if to else _folder(case, building)
        append_custody(
            case, {"event": "bag", "recipients": [*recipients], "tagmanifest_sha256": tags, **_made(building)}
        )
        building.rename(place)
    return place


def _made(building: Path) -> dict[str, Any]:
    """What `bridle withdraw` looks for: the packed file, or the last of a bag's own."""
    file = building / TAGS if building.is_dir() else building
    return {"output_sha256": sha256(file), "output_size": file.stat().st_size}


def _removed(building: Path) -> None:
    if building.is_dir():
        shutil.rmtree(building)
    building.unlink(missing_ok=True)


def _folder(case: Path, building: Path) -> str:
    def add(name: str, source: BinaryIO, _size: int) -> None:
        path = building / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)

    building.mkdir(mode=0o700, parents=True)
    return _filled(case, add)


def _encrypted(case: Path, building: Path, to: Sequence[Any]) -> str:
    """No plain bag reaches the disk: the tar is written into a pipe that age reads."""
    building.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as thread, building.open("xb") as file, os.fdopen(reader, "rb") as source:
        packed = thread.submit(_packed, case, writer)
        try:
            pyrage.encrypt_io(source, file, list(to))
        finally:
            source.close()
        file.flush()
        os.fsync(file.fileno())
        return packed.result()


def _packed(case: Path, descriptor: int) -> str:
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:

        def add(name: str, source: BinaryIO, size: int) -> None:
            member = tarfile.TarInfo(f"bag/{name}")
            member.size, member.mode = size, 0o600
            tar.addfile(member, cast("IO[bytes]", source))

        return _filled(case, add)


def _filled(case: Path, add: Add) -> str:
    """Puts everything into the bag; returns the SHA-256 of its last file, which stands for all of it."""
    listed = contents_of_disk(case)
    payload, size = {}, 0
    for name in sorted(files(case)):
        descriptor = open_file(case / name)
        with os.fdopen(descriptor, "rb") as source:
            expected = os.fstat(source.fileno()).st_size
            hashed = _Hashed(source, expected)
            add(f"{_PLACE}/{name}", cast("BinaryIO", hashed), expected)
        payload[f"{_PLACE}/{name}"] = hashed.hexdigest
        size += expected
        if hashed.left or listed.get(name, hashed.hexdigest) != hashed.hexdigest:
            raise DiffersError(f"{name} changed while it was packed; run `bridle verify {case}`")
    tags = {
        DECLARATION: DECLARED,
        INFORMATION: _information(case, size, len(payload)),
        PAYLOAD: _lines(payload),
    }
    tags[TAGS] = _lines({name: hashlib.sha256(content).hexdigest() for name, content in tags.items()})
    for name, content in tags.items():
        add(name, io.BytesIO(content), len(content))
    return hashlib.sha256(tags[TAGS]).hexdigest()


def _information(case: Path, size: int, count: int) -> bytes:
    """No date and no name: what the case is known by, and how much of it there is."""
    lines = (
        f"Bag-Software-Agent: bridle {__version__}",
        f"External-Identifier: sha256:{digest(case)}",
        f"Payload-Oxum: {size}.{count}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(digests: dict[str, str]) -> bytes:
    def escaped(name: str) -> str:
        return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    return "".join(f"{digests[name]}  {escaped(name)}\n" for name in sorted(digests)).encode()


class _Hashed:
    """A file that is digested while it is read, to the size that it had at first."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._digest, self.left = file, hashlib.sha256(), size

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        wanted = self.left if size < 0 else min(size, self.left)
        found = self._file.read(wanted)
        self._digest.update(found)
        self.left -= len(found)
        return found

    @property
    def hexdigest(self) -> str:
        """Of what was read."""
        return self._digest.hexdigest()
