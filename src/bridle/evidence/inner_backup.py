"""An adb backup that lies inside another acquisition: its members, below a root of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from bridle.core import FormatError
from bridle.evidence.adb_backup import AdbBackup
from bridle.evidence.archive import Entry
from bridle.evidence.secret import Password, Secret, encoded, erase
from bridle.evidence.source import Member, NeedsPasswordError, SourceError, State, Wanted, WrongPasswordError

_ROOT = PurePosixPath("/adb_backup")
_MOST_TRIED = 4
_IDENTITY = b"age-secret-key-"


class InnerBackup:
    """The backups of one acquisition. Holds them open until it is closed."""

    def __init__(self, root: str, password: Password) -> None:
        self._root, self._password = PurePosixPath(root), password
        self._open: list[AdbBackup] = []
        self.problems: list[str] = []

    def members(self, entry: Entry, member: Member, wanted: Wanted) -> Iterator[Member]:
        """The file itself, with its state, and what is in it. An empty file is a backup nobody confirmed."""
        backup: AdbBackup | None = None
        if entry.content is not None and entry.size != 0:
            try:
                backup = self._opened(entry)
            except (SourceError, FormatError, OSError) as e:
                member = self._judged(entry, member, e)
        yield member
        if backup is None:
            return
        self._open.append(backup)
        for inside in backup.members(lambda path: wanted(self._placed(path))):
            yield replace(inside, path=self._placed(inside.path), member=f"{entry.name}!/{inside.member}")
        self.problems += [f"{entry.name[:200]}: {p.reason}" for p in backup.problems()]

    def _placed(self, path: PurePosixPath) -> PurePosixPath:
        return self._root / path.relative_to(_ROOT)

    def _judged(self, entry: Entry, member: Member, e: Exception) -> Member:
        sealed = isinstance(e, NeedsPasswordError | WrongPasswordError)
        reason = str(e) if isinstance(e, SourceError) else f"The backup cannot be opened: {e!s:.200}."
        self.problems.append(f"{entry.name[:200]} was not examined: {reason}")
        return replace(member, state=State.ENCRYPTED if sealed else State.DAMAGED, reason=reason)

    def _opened(self, entry: Entry) -> AdbBackup:
        """The backup; asks for the password only if it is encrypted."""
        try:
            return self._with(entry, None)
        except NeedsPasswordError as e:
            needed = e
        wrong: WrongPasswordError | None = None
        for secret in _secrets(self._password()):
            try:
                return self._with(entry, secret)
            except WrongPasswordError as e:
                wrong = e
            finally:
                erase(secret)
        raise wrong or needed

    def _with(self, entry: Entry, secret: Secret | None) -> AdbBackup:
        assert entry.content is not None
        return AdbBackup.open_extent(entry.content(), password=lambda: secret, label=entry.name)

    def close(self) -> None:
        """Forget the backups; Extents handed out stay usable."""
        for backup in self._open:
            backup.close()
        self._open.clear()


def _secrets(given: Secret | None) -> list[bytearray]:
    """What may be the password: all that was given, or one of its lines, such as the one beside an age identity."""
    if given is None:
        return []
    with encoded(given) as whole:
        erase(given)
        lines = [line for line in whole.splitlines() if line and not line.startswith(b"#")]
        found = [bytearray(whole), *(line for line in lines if line != whole)]
    return [s for n, s in enumerate(found) if s not in found[:n] and not s.lower().startswith(_IDENTITY)][:_MOST_TRIED]
