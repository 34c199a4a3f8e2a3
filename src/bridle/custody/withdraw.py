"""`withdraw`: a case destroyed, key first; then its copies, what lakes have of it, and what was drawn from it.

Whatever stops it half-way, the same call goes on: the manifest and the log, by which the rest is found, go last. What
is left is `withdrawn.json`: digests, a time, who asked, and what could not be reached; no name, number or model.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle.case import logs
from bridle.case.custody import REQUESTED, WITHDRAWAL, holds, recorded
from bridle.case.keys import WRAPPED
from bridle.case.manifest import NAME, append_custody
from bridle.classes import dataclass
from bridle.custody import search
from bridle.custody.search import TOMBSTONE, Known, Search
from bridle.custody.shred import clear, shred, walk
from bridle.custody.traces import Traces, wrapped_key
from bridle.descriptors import sync
from bridle.fleet.forget import forget, holds_of, log_of, tasks_of
from bridle.fleet.lake import Lake
from bridle.fleet.storage import LakeError
from bridle.formats.json_text import json_text

SCHEMA = 1
ROLES = ("person", "representative", "analyst", "court", "retention")
"""Who asked: the person, somebody for them, the analyst, a court, or the end of retention. No name."""
_LAST = frozenset({"case.toml", logs.CUSTODY, NAME, TOMBSTONE})
"""What goes last: by this the rest is found when a withdrawal goes on."""


class HeldError(Exception):
    """A legal hold keeps the case. Nothing is destroyed."""


class LogBrokenError(Exception):
    """The custody log does not hold together, so that a hold may have been taken out of it. Nothing is destroyed."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that was not destroyed."""

    kind: str
    """`recipient`, `key`, `output`, `baseline`, `case`, `held`, `mention`, `name`, `unread`; `failed`: try again."""
    what: str
    """It is kept in the tombstone: no selector, no name of a file."""
    where: str = ""
    """A path, or the text of a hold: shown, and not kept."""


@dataclass(kw_only=True)
class Withdrawn:
    """What was destroyed, and what was not."""

    case: str
    """SHA-256 of the manifest."""
    key: bool = False
    """Whether there was a key. A case in plain text has none."""
    files: int = 0
    """Of the case as it was found."""
    copies: int = 0
    """Copies of it, and cases made from it or that it was made from."""
    in_lakes: int = 0
    outputs: list[str] = field(default_factory=list)
    """SHA-256 of each."""
    baselines: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether nothing is left that another try could destroy."""
        return not any(one.kind == "failed" for one in self.left)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One case to withdraw."""

    case: Path
    by: str = "person"
    lakes: tuple[str, ...] = ()
    also: tuple[Path, ...] = ()
    despite_broken_log: bool = False


def withdraw(asked: Asked) -> Withdrawn:
    """Destroy a case. Raises HeldError, LogBrokenError, LakeError or TooManyError before anything is destroyed;
    OSError where the case itself cannot be destroyed, of which what is gone is gone.

    Of a case that is gone already, copies and what lakes have are looked for again.
    """
    itself = search.case_at(asked.case)
    buried = itself is None
    if itself is None:
        itself, log = search.buried(asked.case), logs.Log()
    else:
        log = logs.read(asked.case, logs.CUSTODY)
        _require_free(asked, log)
    lakes = [_lake(address) for address in dict.fromkeys([*asked.lakes, *_own_lake(asked.case)])]
    places = Search(asked.also, asked.case.absolute().parent)
    others = [(p, k) for p, k in places.cases() if not _same(p, asked.case) and k.origin & itself.origin]
    if not buried:
        append_custody(asked.case, {"event": WITHDRAWAL, "by": asked.by})
    return _Run(asked, itself, log, places).run(others, lakes)


def _require_free(asked: Asked, log: logs.Log) -> None:
    if held := holds(log):
        why = recorded(asked.case, {"event": REQUESTED, "by": asked.by})
        told = f"; {why}" if why else "; that it was asked for is entered in the custody log"
        raise HeldError(f"{asked.case} is under a legal hold ({'; '.join(held):.300}){told}. `bridle custody CASE "
                        "--release TEXT` releases a hold.")  # fmt: skip
    if log.broken and not asked.despite_broken_log:
        raise LogBrokenError(f"{log.broken[0]}: a legal hold may have been taken out of it; if you know that there was "
                             "none, add --despite-broken-log")  # fmt: skip


def _lake(address: str) -> Lake:
    lake = Lake(address)
    lake.require()
    return lake


def _own_lake(case: Path) -> list[str]:
    """The lake that a case lies in, if it does: what that knows of it goes too."""
    place = Path(os.path.abspath(case))  # noqa: PTH100 - links stay as the user wrote them
    lake = place.parent.parent
    return [str(lake)] if place.parent.name in ("cases", "earlier") and (lake / "lake.json").is_file() else []


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


class _Run:
    """One withdrawal, stage by stage."""

    def __init__(self, asked: Asked, itself: Known, log: logs.Log, places: Search) -> None:
        self._asked, self._itself, self._places = asked, itself, places
        self._done = Withdrawn(case=itself.digest)
        self._traces = Traces()
        self._traces.add(log, wrapped_key(asked.case))
        self._gone = {itself.digest} | self._traces.gone
        """Digests of what was destroyed."""
        self._done.outputs += [d for d in self._traces.outputs if d in self._gone]
        self._done.baselines += sorted(self._traces.baselines & self._gone)

    def run(self, others: Iterable[tuple[Path, Known]], lakes: Iterable[Lake]) -> Withdrawn:
        case, done = self._asked.case, self._done
        there = (case / NAME).exists()
        if there:
            done.key = (case / WRAPPED).exists()
            done.files = sum(len(names) for _, names in walk(case))
            self._empty(case)
        for path, known in others:
            self._other(path, known)
        for lake in lakes:
            self._from_lake(lake)
        self._drawn()
        self._told()
        there = there and case.exists()
        if done.finished and there:
            bury(case, done, self._asked.by)
        elif there:
            gone = sorted({*done.outputs, *done.baselines, *self._gone})
            append_custody(case, {"event": WITHDRAWAL, "by": self._asked.by, "gone": gone})
        return done

    def _left(self, kind: str, what: str, where: object = "") -> None:
        self._done.left.append(Left(kind=kind, what=what, where=str(where)))

    def _empty(self, case: Path) -> None:
        """The key, then everything but what goes last. Raises OSError."""
        linked = [WRAPPED] if shred(case / WRAPPED) else []
        sync(case)
        for name in (*linked, *clear(case, _LAST)):
            self._left("name", "a file of the case has another name elsewhere, which keeps its content", case / name)

    def _other(self, path: Path, known: Known) -> None:
        """A copy, or a case of the same origin; one under a hold of its own stays."""
        name = f"case {known.digest[:12]}, of the same origin"
        try:
            log = logs.read(path, logs.CUSTODY)
            if held := holds(log):
                recorded(path, {"event": REQUESTED, "by": self._asked.by})
                self._left("held", f"{name}, is under a legal hold", f"{path}: {'; '.join(held)}")
                return
            if log.broken and not self._asked.despite_broken_log:
                self._left("failed", f"{name}: its custody log does not hold together", path)
                return
            self._traces.add(log, wrapped_key(path))
            self._empty(path)
            bury(path, Withdrawn(case=known.digest), self._asked.by)
        except (OSError, ValueError) as e:
            self._left("failed", f"{name}: {_why(e)}", path)
            return
        self._gone.add(known.digest)
        self._done.copies += 1

    def _from_lake(self, lake: Lake) -> None:
        """All that a lake has of cases of this origin, with what it has of the same acquisitions."""
        try:
            there = [*search.in_lake(lake)]
            waiting = {task for _, task, known in there if known.origin & self._itself.origin}
            while waiting:
                family = tasks_of(lake, min(waiting))
                self._forget(lake, family, [(f, t, k) for f, t, k in there if t in family])
                waiting.difference_update(family)
        except LakeError as e:
            self._left("failed", "a lake could not be searched", f"{lake.address}: {e}")

    def _forget(self, lake: Lake, family: tuple[str, ...], there: Sequence[tuple[str, str, Known]]) -> None:
        """Raises LakeError."""
        if held := [h for task in family for h in holds_of(lake, task)]:
            self._left("held", "a case in a lake, of the same acquisition, is under a legal hold",
                       f"{lake.address}: {'; '.join(held)}")  # fmt: skip
            return
        for folder, task, _ in there:
            place = f"{folder}/{task}"
            self._traces.add(log_of(lake, place), lake.storage.read(f"{place}/{WRAPPED}") or b"")
        forget(lake, family)
        self._gone.update(known.digest for _, _, known in there)
        self._done.in_lakes += len(there)

    def _drawn(self) -> None:
        """Outputs and baselines that are found."""
        traces, done = self._traces, self._done
        for path, digest in self._places.drawn(traces):
            self._remove(path, f"{traces.outputs[digest].what}, SHA-256 {digest[:12]}", digest, done.outputs)
        for path, digest in self._places.bags(traces):
            for file in sorted(path.glob("*.txt")):
                self._remove(file, f"{traces.outputs[digest].what}, SHA-256 {digest[:12]}", digest, done.outputs)
        for path, digest in self._places.baselines(traces.baselines):
            for file in sorted(path.glob("ios_*")):
                self._remove(file, f"a baseline, SHA-256 {digest[:12]}", digest, done.baselines)
            with suppress(OSError):
                path.rmdir()

    def _remove(self, path: Path, what: str, digest: str, into: list[str]) -> None:
        try:
            shred(path)
        except OSError as e:
            self._left("failed", f"{what}: {_why(e)}", path)
            return
        if digest not in into:
            into.append(digest)

    def _told(self) -> None:
        """Who is to be asked, and what was not found."""
        done, traces = self._done, self._traces
        for who in traces.recipients:
            self._left("recipient", without_selectors(who), who)
        if traces.unnamed:
            self._left("key", f"{traces.unnamed} more keys open copies of it; the log does not say whose they are")
        for digest, output in traces.outputs.items():
            if digest not in done.outputs:
                self._left("output", f"{output.what}, SHA-256 {digest[:12]}")
        for digest in sorted(traces.baselines.difference(done.baselines)):
            self._left("baseline", f"SHA-256 {digest[:12]}")
        for digest in sorted((self._itself.before | traces.later) - self._gone):
            self._left("case", f"case {digest[:12]}, of the same origin")
        for path in self._places.mentions(self._gone):
            self._left("mention", "a file names the case; it may hold rows of others", path)
        for place in self._places.unread:
            self._left("unread", "a folder or a file could not be looked into", place)


_SELECTOR = re.compile(r"\S*@\S*|\+?\d[\d ()./-]{5,}\d")
_KEY = re.compile(r"(?:age1|AAAA)[0-9A-Za-z+/=]+")


def without_selectors(text: str) -> str:
    """Text whose e-mail addresses and telephone numbers are left out; keys are kept."""
    at, out = 0, []
    for key in _KEY.finditer(text):
        out += [_SELECTOR.sub("…", text[at : key.start()]), key[0]]
        at = key.end()
    return "".join([*out, _SELECTOR.sub("…", text[at:])])


def bury(case: Path, done: Withdrawn, by: str) -> None:
    """The tombstone, then what went last, the manifest after all else. A tombstone that is there stays as it is.

    Raises OSError.
    """
    if not (case / TOMBSTONE).exists():
        made = case / f".{TOMBSTONE}"
        made.unlink(missing_ok=True)
        with made.open("x", encoding="utf-8") as file:
            file.write(json_text(tombstone(done, by), indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        made.replace(case / TOMBSTONE)
        sync(case)
    clear(case, {TOMBSTONE, NAME})
    shred(case / NAME)
    sync(case)


def tombstone(done: Withdrawn, by: str) -> dict[str, Any]:
    """What stays of a case."""
    return {
        "schema": SCHEMA,
        "case": done.case,
        "withdrawn": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "by": by,
        "destroyed": {
            "key": done.key, "files": done.files, "copies": done.copies, "in_lakes": done.in_lakes,
            "outputs": done.outputs, "baselines": done.baselines,
        },
        "unreachable": [{"kind": one.kind, "what": one.what} for one in done.left],
    }  # fmt: skip


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
