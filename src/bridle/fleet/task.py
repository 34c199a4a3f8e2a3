"""One task, start to end, wherever it runs: an acquisition becomes a case in the lake, or an outcome says why not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bridle.case.consent import ConsentError, SharingRefusedError, may_share_with, today
from bridle.case.keys import CaseLockedError, RecipientError
from bridle.case.writer import CaseExistsError
from bridle.engine.bounds import given
from bridle.engine.check import check
from bridle.engine.options import Options, UsageError
from bridle.evidence.source import SourceError
from bridle.fleet.inputs import Opened
from bridle.fleet.lake import Lake, exit_of
from bridle.fleet.outcome import FAILED, FORGOTTEN, Outcome, now
from bridle.fleet.plan import Planned, Settings, revision
from bridle.fleet.sources import here
from bridle.fleet.storage import MANIFEST, LakeError
from bridle.fleet.summary import told

_EXPECTED = (
    UsageError, SourceError, ConsentError, CaseExistsError, CaseLockedError, RecipientError, LakeError,
    SharingRefusedError, OSError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task with all that a worker needs. What is secret is here and in no file of the lake."""

    planned: Planned
    settings: Mapping[str, Any]
    lake: str
    earlier: tuple[str, ...] = ()
    """Tasks whose cases this one's takes the place of."""
    password: str | None = field(default=None, repr=False)
    consent: str | None = field(default=None, repr=False)

    @property
    def task(self) -> str:
        return self.planned.task

    def as_dict(self) -> dict[str, Any]:
        """For the way to a worker."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Job:
        """The job that `as_dict` gave."""
        given = dict(values)
        return cls(**given | {"planned": Planned(**given["planned"]), "earlier": tuple(given["earlier"])})


def run(job: Job, opened: Opened) -> Outcome:
    """Do the task and keep its outcome in the lake. A task whose case is there already does nothing.

    `opened` keeps the feeds from one task to the next.
    Raises what only a fault of bridle raises, and LakeError where the lake is not there for this worker.
    """
    lake, begun = Lake(job.lake), time.monotonic()
    lake.require()
    if lake.storage.exists(f"tombstones/{job.task}.json"):
        return Outcome(task=job.task, status=FORGOTTEN, reason="its case was deleted", time=now())
    if lake.has_case(job.task):
        return lake.outcome(job.task) or lake.of_case(job.task)
    try:
        with lake.beating(job.task):
            outcome = _examined(job, lake, begun, opened)
    except _EXPECTED as e:
        seconds = round(time.monotonic() - begun, 3)
        outcome = Outcome(task=job.task, status=FAILED, exit=exit_of(e), reason=str(e), seconds=seconds, time=now())
    lake.keep(outcome)
    return outcome


def _examined(job: Job, lake: Lake, begun: float, opened: Opened) -> Outcome:
    if job.settings["revision"] != revision():
        raise UsageError("the worker has another version of bridle than the plan; install the same one on all machines")
    with ExitStack() as stack:
        folder = stack.enter_context(lake.storage.building(job.task))
        source = stack.enter_context(here(job.planned.source, job.task))
        consent = None
        if job.consent is not None:
            consent = folder / "consent.toml"
            consent.write_text(job.consent, "utf-8")
        case = folder / "case"
        summary = check(_options(job, lake, source, case, consent, opened))
        _allowed(job, lake, case)
        manifest = json.loads((case / MANIFEST).read_bytes())
        if not lake.storage.put_case(case, f"cases/{job.task}"):
            return lake.of_case(job.task)
        for earlier in job.earlier:
            if lake.has_case(earlier):
                lake.storage.move_case(f"cases/{earlier}", f"earlier/{earlier}")
        return told(job.task, summary, manifest, seconds=time.monotonic() - begun)


def _options(job: Job, lake: Lake, source: Path, case: Path, consent: Path | None, opened: Opened) -> Options:
    s = Settings(**job.settings)
    moved = given(s.limits)
    yara, baselines = (opened.paths(lake.storage, s.inputs, s.kinds.get(k, ())) for k in ("yara", "baselines"))
    return Options(
        sources=(source,), case=case, labels=(job.planned.name,), yara=yara, baselines=baselines,
        loaded=opened.indicators(lake.storage, s.inputs, s.kinds), password=lambda: job.password, consent=consent,
        plaintext=s.plaintext, only=s.only, encrypt_to=tuple(s.encrypt_to), recipient=s.recipient or None, jobs=1,
        hash_all=s.hash_all, bounds=moved.bounds, limits=moved.limits, fail_on=s.fail_on, audience=s.audience,
    )  # fmt: skip


def _allowed(job: Job, lake: Lake, case: Path) -> None:
    """A lake of somebody else takes no case whose consent record does not name them. Raises SharingRefusedError."""
    if (owner := lake.owner()) != job.settings["recipient"]:
        from bridle.case.reader import Case

        try:
            may_share_with(Case(case, None).meta, owner, today())
        except SharingRefusedError as e:
            raise SharingRefusedError(f"the lake is another person's, and {e}") from e
