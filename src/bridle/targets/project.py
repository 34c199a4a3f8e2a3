"""A list project: a folder that holds selections under one key, and numbers under two.

In clear lie only the file that says what the folder is, the two keys wrapped to age identities, and how large things
are. Owner, purpose and names of files are sealed like the rest. Whoever opens the selections cannot open the numbers:
the second key is wrapped to other people, and the project refuses an identity that would hold both.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle.case import keys as case_keys
from bridle.case import tables
from bridle.case.locking import sweep
from bridle.classes import dataclass
from bridle.targets import schema
from bridle.targets.audit import Audit
from bridle.targets.files import LOCK, locked, replaced, small
from bridle.targets.keys import Keys, ProjectError, ProjectLockedError, Tokens, new_keys, sealed, unsealed, unwrapped
from bridle.targets.store import SELECTIONS_FILE, ImportWriter, fetched, import_folder

MARK = "list-project.json"
FIRST, SECOND, STATE = "first.key.age", "second.key.age", "project.sealed"
_FORMAT = {"format": "bridle list project", "version": 1}
MOST = 500
"""Tokens or numbers that one audited act may name: unmasking is for people, not for lists."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """One import of a project: `rows` in it, and what else was said of it."""

    id: str
    source: str
    rows: int
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Project:
    """An open project. With the second key, numbers can be imported and unmasked."""

    folder: Path
    keys: Keys
    actor: str
    second_actor: str | None = None
    state: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def create(
        cls, folder: Path, owner: str, purpose: str, second: Sequence[str], readers: Sequence[str] = ()
    ) -> Project:
        """A new project of a named owner for a stated purpose; `second` and `readers` are age recipients.

        The analyst's own identity is a reader. Raises ProjectError, also where one recipient would hold both keys.
        """
        if not owner.strip() or not purpose.strip():
            raise ProjectError("a list project has a named owner and a stated purpose; give --owner and --purpose")
        own = case_keys.own_recipient()
        first = {own, *(r.strip() for r in readers)}
        other = list(dict.fromkeys(r.strip() for r in second if r.strip()))
        if not other:
            raise ProjectError("the numbers need a second key of another person; name its age recipient: --second-key")
        if both := first & set(other):
            raise ProjectError(
                f"{min(both):.20}… would hold both keys; name another person's recipient as --second-key"
            )
        keys = new_keys()
        project = cls(folder, keys, own)
        about = {"owner": owner.strip(), "purpose": purpose.strip(), "readers": sorted(first), "second": other}
        with _new_folder(folder) as made:
            _wrap(made / FIRST, keys.first, sorted(first))
            _wrap(made / SECOND, keys.second or b"", other)
            (made / "imports").mkdir(mode=0o700)
            replaced(made / STATE, sealed(keys.sealing("state"), "state", {**about, "imports": []}))
            Audit(made, keys.sealing("audit")).append("create", own, purpose.strip(), owner=owner.strip())
            replaced(made / MARK, json.dumps(_FORMAT).encode())
        return project._read()

    @classmethod
    def open(
        cls, folder: Path, identity: case_keys.Identity | None = None, second: case_keys.Identity | None = None
    ) -> Project:
        """A project with an identity, by default the analyst's own. Raises ProjectError, ProjectLockedError."""
        if not is_project(folder):
            raise ProjectError(f"{folder} is no list project; `bridle list import FILE --project` makes one")
        _known_format(folder)
        if identity is None:
            try:
                identity = case_keys.identity(create=False)
            except case_keys.CaseLockedError as e:
                raise ProjectLockedError(str(e)) from e
        first = unwrapped(small(folder / FIRST), identity, "first")
        other = unwrapped(small(folder / SECOND), second, "second") if second else None
        return cls(folder, Keys(first, other), _name(identity), _name(second) if second else None)._read()

    def _read(self) -> Project:
        try:
            state = unsealed(self.keys.sealing("state"), "state", small(self.folder / STATE))
            for one in state["imports"]:
                Imported(**one)
        except (ValueError, KeyError, TypeError) as e:
            raise ProjectError(f"{STATE} cannot be read: {e}; restore the project from a copy") from e
        return Project(self.folder, self.keys, self.actor, self.second_actor, state)

    @property
    def owner(self) -> str:
        return str(self.state["owner"])

    @property
    def purpose(self) -> str:
        return str(self.state["purpose"])

    @property
    def imports(self) -> list[Imported]:
        """The imports in their order."""
        return [Imported(**i) for i in self.state["imports"]]

    @property
    def audit(self) -> Audit:
        return Audit(self.folder, self.keys.sealing("audit"))

    def record(self, action: str, reason: str = "", **details: Any) -> None:
        """Write what is about to be done to the log; do it only after this. Raises ProjectError."""
        with locked(self.folder):
            self.audit.append(action, self.actor, reason, **details)

    def batches(self, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The selections in their order, in bounded pieces. Raises ProjectError for a damaged file."""
        for one in self.imports:
            path = import_folder(self.folder, one.id) / SELECTIONS_FILE
            try:
                yield from tables.batches(path, self.keys.selections(one.id), columns, at_once=1 << 17)
            except (OSError, ValueError) as e:
                raise ProjectError(f"import {one.id} cannot be read: {e!s:.80}; restore it from a copy") from e

    def selections(self, columns: list[str] | None = None) -> pa.Table:
        """The selections of all imports as one table, of `schema.SELECTIONS` or of some of its columns."""
        asked = schema.SELECTIONS if columns is None else pa.schema([schema.SELECTIONS.field(c) for c in columns])
        return pa.Table.from_batches([b.cast(asked) for b in self.batches(columns)], schema=asked)

    @contextmanager
    def importing(self, source: str) -> Iterator[ImportWriter]:
        """Takes the rows of one import; it is part of the project when this ends without an error.

        Needs the second key. Raises ProjectError, also for a source that the project has already.
        """
        with locked(self.folder):
            now = self._read()
            if any(i.source == source for i in now.imports):
                raise ProjectError("this file is in the project already; nothing was imported")
            writer = ImportWriter(self.folder, f"{len(now.imports) + 1:06}", self.keys)
            with writer:
                yield writer
                made = {"id": writer.id, "source": source, "rows": writer.rows, "about": writer.about}
                self.audit.append(
                    "import", self.actor, second=self.second_actor, id=writer.id, source=source, rows=writer.rows
                )
            state = {**now.state, "imports": [*now.state["imports"], made]}
            replaced(self.folder / STATE, sealed(self.keys.sealing("state"), "state", state))

    def tokens_of(self, numbers: Sequence[str], reason: str) -> list[str]:
        """The tokens of normalised numbers (`+…`), such as those of examined phones; an audited act of both keys.

        It is how a device is found on the list, and so also how one could search it: at most `MOST` in one act.
        """
        self._allowed(len(numbers), reason)
        tokens = Tokens(self.keys.tokens())
        self.record("tokens", reason, second=self.second_actor, count=len(numbers))
        return [tokens.of(n) for n in numbers]

    def unmask(self, tokens: Sequence[str], reason: str) -> list[dict[str, Any]]:
        """The rows of `schema.NUMBERS` with these tokens; an audited act of both keys, logged before it is done.

        Raises ProjectError without a reason or for more than `MOST` tokens, ProjectLockedError without the second key.
        """
        self._allowed(len(tokens), reason)
        self.keys.numbers("")
        self.record("unmask", reason, second=self.second_actor, tokens=sorted(set(tokens)))
        return [r for i in self.imports for r in fetched(self.folder, i.id, self.keys, set(tokens))]

    @staticmethod
    def _allowed(count: int, reason: str) -> None:
        if not reason.strip():
            raise ProjectError("say why: this is logged with its reason (--reason TEXT)")
        if count > MOST:
            raise ProjectError(f"at most {MOST} at once, got {count:,}; unmasking is for people, not for lists")


def is_project(folder: Path) -> bool:
    """Whether a folder says of itself that it is a list project."""
    return (folder / MARK).is_file()


def _known_format(folder: Path) -> None:
    try:
        stored = json.loads(small(folder / MARK))
    except (ValueError, RecursionError) as e:
        raise ProjectError(f"{MARK} is not JSON; {folder} is no list project, or is damaged") from e
    if stored != _FORMAT:
        raise ProjectError(f"{folder} is a list project of another version; use the bridle that made it")


def _name(identity: case_keys.Identity) -> str:
    """Who acts: the public half of an identity."""
    try:
        return identity.recipient
    except case_keys.CaseLockedError:
        return "an SSH key"


def _wrap(path: Path, key: bytes, recipients: Sequence[str]) -> None:
    try:
        replaced(path, case_keys.wrap(case_keys.CaseKey(key), recipients[1:], own=recipients[0]))
    except case_keys.RecipientError as e:
        raise ProjectError(str(e)) from e


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which becomes it when all is written. Raises ProjectError."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise ProjectError(f"{folder} is not empty and is no list project; name a new folder")
    made, beginning = None, f".list-{folder.name}-"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, beginning, LOCK)
        made = Path(tempfile.mkdtemp(prefix=beginning, dir=folder.parent))
        with locked(made):
            yield made
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    except OSError as e:
        raise ProjectError(f"{folder} cannot be made: {e.strerror}; check its parent") from e
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
