"""iTunes and Finder backups: plain, encrypted, or decrypted by another tool. Nothing decrypted reaches the disk.

Sources: Apple Platform Security; the published backup of MVT's tests (iOS 14.3); backups of iOS 10 to 17 made by
`benchmarks`. A Manifest.db that is plain beside encrypted files is older than iOS 10.2.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TypeVar
from xml.parsers.expat import ExpatError

from bridle.core import FormatError, Gap
from bridle.evidence import backup_content, domains, keybag
from bridle.evidence.ahead import Beside
from bridle.evidence.archive import name_of, printable
from bridle.evidence.backup_content import Content
from bridle.evidence.backup_folder import DESCRIBING, BackupFolder
from bridle.evidence.backup_known import known
from bridle.evidence.backup_listing import ABSENT, ORDINARY, listing
from bridle.evidence.backup_manifest import Manifest, Row, Rows
from bridle.evidence.extent import Extent
from bridle.evidence.secret import Password, erase
from bridle.evidence.source import (
    Candidates,
    Listing,
    Member,
    NeedsPasswordError,
    Problem,
    SourceError,
    State,
    Wanted,
    WrongPasswordError,
    marked,
)
from bridle.file_names import name_as_text

_R = TypeVar("_R")
_M = TypeVar("_M")
_Found = tuple[int | None, State, str | None, Callable[[], Extent] | None]
"""Size, state, reason and content of a file."""
_PLISTS = ("Info.plist", "Manifest.plist", "Status.plist")
_ROOT_FILES = frozenset((*DESCRIBING, "Manifest.db-shm", "Manifest.db-journal"))
_MAX_PLIST = 256 << 20
_MAX_CHILDREN = 10_000
_UNLISTED = "Manifest.db does not list it; its name is the SHA-1 of this domain and path."
_SAMPLED_ROWS = 20_000
_SHELF = re.compile(r"[0-9a-f]{2}")
_ORDINARY = re.compile(ORDINARY).fullmatch
_TYPES = {1: "file", 2: "directory", 4: "symlink"}
_PLIST_ERRORS = (
    ValueError, ExpatError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, MemoryError,
)  # fmt: skip
"""What plistlib raises; LookupError for an encoding nobody knows."""
_FACTS = {
    "product_type": ("Product Type", "ProductType"),
    "os_version": ("Product Version", "ProductVersion"),
    "build_version": ("Build Version", "BuildVersion"),
    "serial_number": ("Serial Number", "SerialNumber"),
    "device_name": ("Device Name", "DeviceName"),
    "phone_number": ("Phone Number", "PhoneNumber"),
    "imei": ("IMEI", "InternationalMobileEquipmentIdentity"),
    "udid": ("Unique Identifier", "UniqueDeviceID"),
    "last_backup": ("Last Backup Date", ""),
}
"""A fact's key in Info.plist, and in the `Lockdown` dictionary of Manifest.plist."""


class ITunesBackup:
    """One opened backup folder."""

    kind = "itunes-backup"
    platform = "ios"

    def __init__(self, root: Path, label: str) -> None:
        self.label = name_as_text(label)
        self._folder = BackupFolder(root)
        self._problems: list[Problem] = []
        self._plists = {name: self._plist(name) for name in _PLISTS}
        self._keys: keybag.ClassKeys | None = None
        self._manifest = Manifest(self._folder)
        self._sealed = False
        """Whether the files are encrypted."""
        self._walked = False
        """Whether the folder was listed already, while the key bag was opened."""

    @staticmethod
    def recognise(path: Path) -> bool:
        """A folder with Manifest.db, or with a backup's property lists and shelves; or a folder that holds one."""
        return path.is_dir() and (_is_backup(path) or bool(_backups_in(path)))

    @classmethod
    def open(cls, path: Path, *, password: Password, label: str | None) -> ITunesBackup:
        """Open a backup. Raises SourceError; asks for the password only if something in it is encrypted."""
        backup = cls(_root_of(path), label or path.resolve().name)
        try:
            backup._unlock(password)
        except (FormatError, PermissionError) as e:
            raise SourceError(f"Manifest.db cannot be read: {e}.") from e
        return backup

    @property
    def digest(self) -> str:
        return self._folder.digest

    @property
    def encrypted(self) -> bool:
        return self._sealed

    @property
    def facts(self) -> dict[str, str]:
        info = self._plists["Info.plist"]
        lockdown = self._plists["Manifest.plist"].get("Lockdown")
        facts = {}
        for fact, (key, other) in _FACTS.items():
            value = info.get(key)
            if value is None and isinstance(lockdown, Mapping):
                value = lockdown.get(other)
            if value is not None:
                facts[fact] = printable(str(value))[:200]
        return marked(facts)

    def members(self, wanted: Wanted) -> Iterator[Member]:
        yield from self._around(
            (self._member(row, wanted) for row in self._without_gaps(self._manifest.rows(keys=self._sealed))), wanted
        )

    def listed(self, wanted: Wanted, candidates: Candidates) -> Iterator[Member | Listing]:
        yield from self._around(self._listings(wanted, candidates), wanted)

    def _listings(self, wanted: Wanted, candidates: Candidates) -> Iterator[Member | Listing]:
        batches: Iterator[Rows | Row] = self._without_gaps(self._manifest.batches(keys=self._sealed))
        for found in batches:
            if not isinstance(found, Rows):
                yield self._member(found, wanted)
                continue
            opens, may_miss = self._opens if self._sealed else None, not self._folder.odd
            many, others = listing(found, self._folder.take_all, opens, candidates, may_miss=may_miss)
            yield from many
            for row in found.each(others):
                yield self._member(row, wanted)

    def _opens(self, wrapped: bytes) -> bool:
        return self._keys is not None and self._keys.unwrap(wrapped) is not None

    def _without_gaps(self, rows: Iterator[_R | Gap]) -> Iterator[_R]:
        """What was read; what was not is a problem of the backup."""
        gaps: list[Gap] = []
        for row in rows:
            if isinstance(row, Gap):
                gaps.append(row)
            else:
                yield row
        self._note(gaps)

    def _around(self, listed: Iterator[_M], wanted: Wanted) -> Iterator[_M | Member]:
        """What the manifest lists, between the files that describe the backup and those that it does not list."""
        if not self._walked:
            self._folder.walk()
        self._walked = False
        for name in sorted(_ROOT_FILES):
            if (size := self._folder.take(name)) is not None:
                yield self._root_member(name, size, wanted)
        yield from listed
        for name, kind in self._folder.odd.items():
            yield _odd_member(name, kind)
        for name, size in self._folder.left():
            yield self._unlisted(name, size, wanted)
        self._folder.forget()

    def problems(self) -> tuple[Problem, ...]:
        return (*self._problems, *(Problem(reason=r) for r in (*self._folder.problems, *self._folder.changes())))

    def close(self) -> None:
        if self._keys is not None:
            self._keys.erase()
        self._keys = None
        self._manifest.key = None
        self._folder.close()

    def _note(self, gaps: list[Gap]) -> None:
        if gaps:
            more = f" and at {len(gaps) - 1} other places" if len(gaps) > 1 else ""
            self._problems.append(
                Problem(
                    reason=f"Manifest.db is damaged at {gaps[0].locator}{more} ({gaps[0].reason}); "
                    "the files named there are listed below /backup/unlisted."
                )
            )

    def _plist(self, name: str) -> Mapping[str, object]:
        try:
            data = self._folder.read(name, _MAX_PLIST)
            found = {} if data is None else plistlib.loads(data)
            if not isinstance(found, dict):
                raise FormatError(f"expected a dictionary, got {type(found).__name__}")
        except _PLIST_ERRORS as e:
            if name == "Manifest.plist":
                self._problems.append(
                    Problem(reason=f"Manifest.plist cannot be read ({e!s:.60}); it names the key bag.")
                )
            return {}
        return found

    def _unlock(self, password: Password) -> None:
        described = self._plists["Manifest.plist"]
        bag, wrapped = described.get("BackupKeyBag"), described.get("ManifestKey")
        if self._manifest.is_plain():
            self._sealed = self._files_are_sealed()
            if self._sealed and isinstance(bag, bytes):
                self._keys = self._opened(bag, password)
            elif self._sealed:
                reason = "The files are encrypted and Manifest.plist has no key bag to open them; they are only listed."
                self._problems.append(Problem(reason=reason))
            return
        if not isinstance(bag, bytes) or not isinstance(wrapped, bytes):
            raise SourceError(
                f"Manifest.db is neither SQLite nor encrypted by a key bag in Manifest.plist "
                f"(it begins {self._manifest.head()!r:.60}); copy the backup again."
            )
        self._sealed = True
        self._keys = self._opened(bag, password)
        self._manifest.key = self._keys.unwrap(wrapped)
        if self._manifest.key is None or not self._manifest.is_plain():
            raise SourceError(
                "The password opens the key bag, but Manifest.db does not become SQLite with it: "
                "Manifest.db or Manifest.plist is damaged; copy the backup again."
            )

    def _opened(self, bag: bytes, password: Password) -> keybag.ClassKeys:
        """The class keys. Their ten million hashes take seconds, in which the folder is listed. Raises SourceError."""
        try:
            parsed = keybag.parse(bag)
        except FormatError as e:
            raise SourceError(f"The key bag in Manifest.plist is damaged ({e}); copy the backup again.") from e
        given = password()
        if given is None:
            raise NeedsPasswordError("The backup is encrypted; give its password with --password-file.")
        try:
            with Beside(partial(parsed.unlock, given)) as unlocked:
                self._folder.walk()
        finally:
            erase(given)
        self._walked = True
        try:
            return unlocked.result()
        except keybag.WrongKeyError:
            raise WrongPasswordError(
                "The password does not open the backup; give the one set in iTunes or Finder."
            ) from None

    def _files_are_sealed(self) -> bool:
        """Whether most files with a key are stored a little longer than the manifest says, in whole blocks, as padding
        makes them. A backup that another tool decrypted keeps the keys; a file may have grown in either."""
        described = self._plists["Manifest.plist"]
        if described.get("IsEncrypted") is not True and "BackupKeyBag" not in described:
            return False
        seen = {True: 0, False: 0}
        for row in islice(self._manifest.rows(keys=True), _SAMPLED_ROWS):
            if isinstance(row, Gap) or row.wrapped is None or not row.member or row.flags != 1:
                continue
            stored = self._folder.size(row.member)
            if stored and row.size is not None and (stored % 16 or stored - row.size <= 16):
                seen[stored % 16 == 0 and 1 <= stored - row.size <= 16] += 1
        return seen[True] > seen[False]

    def _root_member(self, name: str, size: int, wanted: Wanted) -> Member:
        path = PurePosixPath("/backup", name)
        self._folder.keep(name)
        content: Callable[[], Extent] = Content(self._folder.open, name)
        if name.startswith("Manifest.db"):
            content, size = partial(self._manifest.extent, name), self._manifest.size(name)
        return Member(path=path, member=name, type="file", size=size, content=content if wanted(path) else None)

    def _member(self, row: Row, wanted: Wanted) -> Member:
        relative, refused = row.relative_path or "", row.refused
        if not _ORDINARY(relative):
            odd = name_of(relative, absolute=False)
            relative = odd.path
            if odd.refused:
                refused = refused or f"The path is refused: {odd.refused}."
        root = domains.root(row.domain or "")
        path = PurePosixPath(f"{root}/{relative}" if relative else root)
        kind = _TYPES.get(row.flags or 0, "other")
        found: _Found = (None, State.PRESENT, None, None)
        if refused is not None:
            self._folder.take(row.member)
            found = (row.size, State.REFUSED, refused, None)
        elif kind == "file":
            found = self._file(row, wanted(path))
        size, state, reason, content = found
        return Member(
            path=path, member=row.member or row.locator, type=kind, size=size, modified=row.modified, state=state,
            reason=reason, content=content, domain=_shown(row.domain),
        )  # fmt: skip

    def _file(self, row: Row, wanted: bool) -> _Found:
        stored = self._folder.take(row.member)
        if stored is None:
            return self._missing(row)
        if wanted:
            self._folder.keep(row.member)
        content: Callable[[], Extent] | None = None
        if not self._sealed or row.wrapped is None or stored == 0:
            content = Content(self._folder.open, row.member) if wanted else None
            return stored, State.PRESENT, _differs(stored, row.size), content
        key = self._keys.unwrap(row.wrapped) if self._keys is not None else None
        if key is None:
            return row.size, State.ENCRYPTED, "No class key of the key bag opens the file's key.", None
        content = Content(self._folder.open, row.member, key, row.size) if wanted else None
        if stored % 16:
            reason = f"The encrypted file of {stored} bytes does not end with a whole block; the rest was kept."
            return None, State.DAMAGED, reason, content
        size = backup_content.expected_size(stored, row.size)
        return size, State.PRESENT, None if size is not None else _differs(stored, row.size), content

    def _missing(self, row: Row) -> _Found:
        kind = self._folder.take_odd(row.member)
        if kind is None:
            return row.size, State.ABSENT, ABSENT, None
        return row.size, State.REFUSED, f"A {kind} stands where the file should be.", None

    def _unlisted(self, name: str, size: int, wanted: Wanted) -> Member:
        path, home = PurePosixPath("/backup/unlisted", name_of(name, absolute=False).path), known(name)
        domain = home.domain if home else None
        state, reason, content = State.PRESENT, None, None
        if home is not None:
            path, reason = PurePosixPath(domains.root(home.domain), home.relative_path), _UNLISTED
            if self._sealed:
                state, reason = State.ENCRYPTED, f"{_UNLISTED} Its key is unknown."
        if state is State.PRESENT and wanted(path):
            self._folder.keep(name)
            content = Content(self._folder.open, name)
        return Member(
            path=path, member=printable(name), type="file", size=size, state=state, reason=reason, content=content,
            domain=domain,
        )  # fmt: skip


@lru_cache(maxsize=16_384)
def _shown(domain: str | None) -> str | None:
    return printable(domain) if domain else None


def _differs(stored: int, size: int | None) -> str | None:
    return None if size in (None, stored) else f"Manifest.db gives {size} bytes, {stored} are stored; all were kept."


def _odd_member(name: str, kind: str) -> Member:
    path = PurePosixPath("/backup/unlisted", name_of(name, absolute=False).path)
    if kind == "directory":
        return Member(path=path, member=printable(name), type=kind)
    reason = f"A {'link' if kind == 'symlink' else 'device, pipe or socket'} in the backup folder; it was not followed."
    return Member(path=path, member=printable(name), type=kind, state=State.REFUSED, reason=reason)


def _is_backup(folder: Path) -> bool:
    names = _children(folder)
    if "Manifest.db" in names:
        return True
    shelves = sum(_SHELF.fullmatch(n) is not None for n in names)
    described = sum(n in names for n in ("Info.plist", "Manifest.plist", "Status.plist", "Manifest.mbdb"))
    return bool(described and shelves) or ("Manifest.mbdb" in names and described > 1)


def _children(folder: Path) -> set[str]:
    try:
        return {p.name for p in islice(folder.iterdir(), _MAX_CHILDREN)}
    except OSError:
        return set()


def _backups_in(folder: Path) -> list[Path]:
    found = (folder / name for name in sorted(_children(folder)))
    return [p for p in found if not p.is_symlink() and p.is_dir() and _is_backup(p)]


def _root_of(path: Path) -> Path:
    """The backup folder itself. Raises SourceError if there is none, or one that cannot be read."""
    root = path
    if not _is_backup(path):
        inside = _backups_in(path)
        if len(inside) != 1:
            names = ", ".join(printable(p.name) for p in inside[:5])
            raise SourceError(
                f"The folder holds {len(inside)} backups ({names}); give one of them." if inside else
                f"{printable(str(path))} holds no backup; give the folder in which Manifest.db lies."
            )  # fmt: skip
        root = inside[0]
    if not (root / "Manifest.db").is_file():
        old = " (Manifest.mbdb of iOS 9 and older is not read)" if (root / "Manifest.mbdb").exists() else ""
        raise SourceError(f"Manifest.db is missing from the backup {printable(root.name)}{old}; copy the backup again.")
    return root
