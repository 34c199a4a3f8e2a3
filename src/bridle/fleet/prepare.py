"""From what a user asks to tasks: sources are listed, feeds packed, and what the lake has already is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridle.case.consent import Consent
from bridle.case.keys import CaseLockedError, own_recipient
from bridle.engine.bounds import given, told
from bridle.fleet import inputs, plan, sources
from bridle.fleet.lake import Lake
from bridle.fleet.outcome import DONE, POISON, Outcome
from bridle.fleet.plan import Plan, Planned, Settings
from bridle.fleet.storage import LakeError, is_url
from bridle.fleet.task import Job
from bridle.indicators import load, store, stored_folder

NEW, AGAIN, KEPT, ASIDE, GONE = "new", "again", "done", "set aside", "forgotten"
WAITING = (NEW, AGAIN)
"""The states of tasks that a run does."""
_LARGEST = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks of a fleet."""

    sources: tuple[str, ...]
    lake: str
    indicators: tuple[str, ...] = ()
    yara: tuple[Path, ...] = ()
    baselines: tuple[Path, ...] = ()
    password: Path | None = None
    """A file for all sources, or a folder with NAME.txt for each."""
    consent: Path | None = None
    """A record for all sources, or a folder with NAME.toml for each."""
    encrypt_to: tuple[str, ...] = ()
    plaintext: bool = False
    only: str = "*"
    hash_all: bool = False
    fail_on: str = "high"
    audience: str = "TLP:CLEAR"
    moved: tuple[str, ...] = ()
    """Bounds that are moved, each as NAME=NUMBER."""
    retry: bool = False
    """Also try what was set aside."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A task of this run, and what the lake knows of it."""

    planned: Planned
    state: str
    """`new`; `again` (failed before); `done`; `set aside` (killed its workers); `forgotten` (its case was deleted)."""
    outcome: Outcome | None = None
    password: str | None = field(default=None, repr=False)
    consent: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All that a run needs to know before anything is done or written."""

    lake: Lake
    entries: tuple[Entry, ...]
    plan: Plan
    """What is stored, with the tasks of this run."""
    settings: Settings
    inputs: inputs.Inputs
    remarks: tuple[str, ...]

    def waiting(self) -> list[Entry]:
        return [e for e in self.entries if e.state in WAITING]

    def job(self, entry: Entry) -> Job:
        """What a worker is given."""
        return Job(
            planned=entry.planned, settings=self.settings.as_dict(), lake=self.lake.address,
            earlier=tuple(self.plan.earlier(entry.planned)), password=entry.password, consent=entry.consent,
        )  # fmt: skip


def prepare(request: Request) -> Prepared:
    """Look, and write nothing. Raises LakeError, ConsentError and UsageError."""
    lake = Lake(request.lake)
    packed = inputs.pack(request.indicators, request.yara, request.baselines)
    settings = _settings(request, packed)
    stored, seen = plan.read(lake), lake.outcomes()
    tombs = lake.tombstones()
    gone = {str(t.get("source")) for t in tombs.values()}
    entries = []
    for listed in sources.found(request.sources):
        if _is_lake(listed.source, lake):
            continue
        consent = _consent(request.consent, listed.name)
        planned = plan.planned(listed, settings, consent)
        state = GONE if planned.task in tombs or listed.identity in gone else _state(seen.get(planned.task), request)
        entries.append(
            Entry(planned=planned, state=state, outcome=seen.get(planned.task), consent=consent,
                  password=_password(request.password, listed.name))
        )  # fmt: skip
        if state != GONE:
            stored.add(planned, settings)
    return Prepared(
        lake=lake, entries=tuple(entries), plan=stored, settings=settings, inputs=packed,
        remarks=(*_remarks(request), *_elsewhere(entries)),
    )  # fmt: skip


def _is_lake(source: str, lake: Lake) -> bool:
    """Whether a pattern fitted the lake itself. Raises LakeError where the lake lies in a source: that is only read."""
    if is_url(source) != is_url(lake.address):
        return False
    if lake.address.rstrip("/").startswith(f"{source.rstrip('/')}/"):
        raise LakeError(f"the lake would be written into the source {source}; put it elsewhere")
    return source.rstrip("/") == lake.address.rstrip("/")


def _elsewhere(entries: Sequence[Entry]) -> Iterator[str]:
    """What happens to sources that are not on this machine."""
    if remote := [e for e in entries if e.state in WAITING and is_url(e.planned.source)]:
        largest = max(e.planned.size for e in remote) / 1e6
        yield (
            f"{len(remote):,} sources are elsewhere: each is fetched whole into a private folder in TMPDIR while it is"
            f" examined (the largest has {largest:,.1f} MB), and removed"
        )


def _settings(request: Request, packed: inputs.Inputs) -> Settings:
    moved = given(request.moved)
    return Settings(
        revision=plan.revision(), rules=plan.rules(), inputs=packed.digest, kinds=packed.kinds, only=request.only,
        hash_all=request.hash_all, fail_on=request.fail_on, audience=request.audience, plaintext=request.plaintext,
        recipient=_recipient(), encrypt_to=request.encrypt_to, limits=tuple(told(moved.bounds, moved.limits)),
    )  # fmt: skip


def _recipient() -> str:
    """The user's own, made on first use. Raises LakeError."""
    try:
        return own_recipient()
    except CaseLockedError as e:
        raise LakeError(str(e)) from e


def _state(outcome: Outcome | None, request: Request) -> str:
    if outcome is None:
        return NEW
    if outcome.status == DONE:
        return KEPT
    return ASIDE if outcome.status == POISON and not request.retry else AGAIN


def _consent(place: Path | None, name: str) -> str | None:
    """The text of a source's record, which must be one. Raises ConsentError."""
    file = _of(place, name, ".toml")
    if file is None:
        return None
    Consent.load(file)
    return file.read_text("utf-8")


def _password(place: Path | None, name: str) -> str | None:
    file = _of(place, name, ".txt")
    if file is None:
        return None
    try:
        return file.read_bytes()[:_LARGEST].decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as e:
        raise LakeError(f"the password file {file} cannot be read: {getattr(e, 'strerror', None) or e}") from e


def _of(place: Path | None, name: str, suffix: str) -> Path | None:
    """The file for a source: the one for all, or the one of its name in a folder; there may be none there."""
    if place is None or not place.is_dir():
        return place
    file = place / f"{name}{suffix}"
    return file if file.is_file() else None


def _remarks(request: Request) -> Iterator[str]:
    """What `check` would say of the feeds, once for all tasks. Raises LakeError where none that was named loads."""
    named = [stored_folder() if given == "stored" else Path(given) for given in request.indicators]
    found = load(named or [stored_folder()])
    yield from (f"feed not loaded: {f.name}: {f.reason}" for f in found.feeds if not f.loaded)
    if named and not any(f.loaded and f.format != "surfaces" for f in found.feeds):
        raise LakeError("none of the feeds named with -i could be loaded; `bridle indicators lint FILE` says why")
    if not found.feeds:
        yield "no indicator feed: only rules are run. Fetch them with `bridle indicators update`, or use -i FEED."
    if not named or stored_folder() in named:
        yield from store.stale(stored_folder())
