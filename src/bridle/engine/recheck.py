"""`recheck`: a case examined again from its stored records, with other feeds and today's rules, as a new case.

Records, ledger, device and observables are taken over as they are. What the first examination did not read stays not
examined. Findings, coverage, summary and report are those that `check` would write of the same evidence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bridle import __version__
from bridle.case import consent as consents
from bridle.case import manifest, signoff
from bridle.case.custody import recorded
from bridle.case.keys import WRAPPED, Ask, wrap
from bridle.case.ledger_counts import COLUMNS, LedgerCounts
from bridle.case.observables import observables
from bridle.case.reader import Case, open_case
from bridle.case.session import Session
from bridle.case.writer import CaseWriter
from bridle.classes import dataclass
from bridle.core import LEVELS
from bridle.detect.baselines import BaselineError, load_own
from bridle.detect.chain import load_chains
from bridle.detect.coverage import coverage
from bridle.detect.rule import Rule, load_rules, rules_digest, with_baselines
from bridle.detect.run import Detection, detect
from bridle.detect.verdict import verdict
from bridle.engine.check import feeds_asked
from bridle.engine.diff import FindingsDiff, findings_diff
from bridle.engine.options import Silence, Talk, UsageError
from bridle.engine.told import coverage_counts, write_told
from bridle.indicators import IndicatorSet, match_keys
from bridle.report.content import Content
from bridle.report.masking import masks


class DamagedError(Exception):
    """The case is not as its manifest says: exit code 3."""


def today() -> date:
    """The day that consent is held against."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, kw_only=True)
class Again:
    """One case to examine again."""

    case: Path
    out: Path
    indicators: tuple[str, ...] = ()
    """As of `check`."""
    baselines: tuple[Path, ...] = ()
    consent: Path | None = None
    """A record that takes the place of the one in the case."""
    encrypt_to: tuple[str, ...] = ()
    damaged: bool = False
    """Whether a case that is not as its manifest says is taken, as far as it can be read."""
    fail_on: str = "high"
    audience: str = "TLP:CLEAR"
    ask: Ask | None = None
    today: date | None = None
    """The day that consent is held against; None: this day."""


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """What came of it."""

    summary: dict[str, Any]
    diff: FindingsDiff


def recheck(asked: Again, talk: Talk | None = None) -> Rechecked:
    """Examine a case again and write the new one.

    Raises UsageError, ConsentError, ReScanRefusedError, CaseExistsError (exit 2), DamagedError, CaseLockedError,
    OSError or ValueError (exit 3); then no case is written.
    """
    talk = talk or Silence()
    found = feeds_asked(asked.indicators, talk)
    differ = _differences(asked, talk)
    case = open_case(asked.case, asked.ask)
    meta = dict(case.meta)
    if asked.consent is not None:
        meta["consent"] = consents.Consent.load(asked.consent).as_dict()
    consents.may_re_scan(meta, asked.today or today())
    if case.key is None and asked.encrypt_to:
        raise UsageError("the case is in plain text and stays so; leave --encrypt-to out")
    again = _Again(asked, talk, found, case, meta, differ)
    return again.run()


def _differences(asked: Again, talk: Talk) -> dict[str, str]:
    """What of the case differs from its manifest, by file. Raises DamagedError unless that is allowed."""
    differences = manifest.verify_manifest(asked.case)
    if differences and not asked.damaged:
        some = "; ".join(differences[:3])
        raise DamagedError(
            f"{asked.case} is not as its manifest says: {some}. Take an intact copy, or use --damaged to examine what"
            " can still be read."
        )
    for sentence in differences:
        talk.warn(f"{asked.case}: {sentence}")
    return dict(d.split(": ", 1) for d in differences)


class _Again:
    """One run, stage by stage."""

    def __init__(
        self, asked: Again, talk: Talk, found: IndicatorSet, case: Case, meta: dict[str, Any],
        differ: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._asked, self._talk, self._indicators, self._case, self._meta = asked, talk, found, case, meta
        self._differ = differ
        try:
            self._own = tuple(load_own(folder) for folder in asked.baselines)
        except BaselineError as e:
            raise UsageError(str(e)) from e
        self._rules: tuple[Rule, ...] = with_baselines(load_rules(), self._own)
        if meta.get("baselines") and not self._own:
            talk.warn("the case was examined with baselines of its own; name them with --baseline to compare again")

    def run(self) -> Rechecked:
        wrapped = wrap(self._case.key, self._asked.encrypt_to) if self._case.key else None
        writer = CaseWriter(self._asked.out, self._case.key)
        try:
            if wrapped is not None:
                writer.write_file(WRAPPED, wrapped)
            self._talk.stage("Taking over the records")
            self._take_over(writer)
            done = self._write(writer)
            writer.commit(self._event(done))
        except BaseException:
            writer.abort()
            raise
        self._tell_the_old()
        return done

    def _event(self, done: Rechecked) -> dict[str, Any]:
        """What the custody log of the new case begins with."""
        to = {"key_to": [*self._asked.encrypt_to]} if self._asked.encrypt_to else {}
        return {"event": "recheck", "of": self._lineage()[-1], "exit": done.summary["exit"], **to}

    def _tell_the_old(self) -> None:
        """In its custody log; and what was held of findings that are the same is held of them in the new case."""
        old, out = self._asked.case, self._asked.out
        if why := recorded(old, {"event": "rechecked", "into": manifest.digest(out)}):
            self._talk.warn(why)
        try:
            signoff.carry_over(old, out)
        except (OSError, ValueError) as e:
            self._talk.warn(f"no disposition is carried over from {old}: {e}")

    def _take_over(self, writer: CaseWriter) -> None:
        """Each table as it is; one that differs from the manifest is written anew, so that its digest is its own."""
        for name, content in manifest.contents(self._asked.case).items():
            if not name.endswith(".parquet"):
                continue
            if name not in self._differ:
                writer.adopt(name, self._asked.case / name, content)
            elif (self._asked.case / name).is_file():
                writer.rewrite(name, self._asked.case / name)

    def _write(self, writer: CaseWriter) -> Rechecked:
        case = Case(writer.building, self._case.key)
        if not (writer.building / f"{match_keys.NAME}.parquet").exists():
            _write_keys(writer, case)
        self._talk.stage("Looking for indicators and running rules")
        ledger = LedgerCounts(case.batches("ledger", COLUMNS))
        before, told = self._before()
        platforms = self._platforms(told, ledger)
        with Session(case) as session:
            detection = detect(session, self._indicators, self._rules, audience=self._asked.audience)
            covered = coverage(
                session, ledger, detection.not_examined, (*self._rules, *load_chains()), self._indicators, platforms,
                self._unencrypted(),
            )  # fmt: skip
        summary = self._summary(before, detection, covered, verdict(detection.findings, covered, platforms))
        findings = [f.as_dict() for f in detection.findings]
        meta = self._new_meta()
        page = Content(
            meta=meta, summary=summary, findings=findings, coverage=covered,
            ledger=ledger.lines(), masked=masks(_identifying(case)),
        )  # fmt: skip
        write_told(writer, page)
        known: list[dict[str, Any]] = []
        with suppress(OSError, ValueError):
            known = self._case.findings()
        return Rechecked(summary=summary, diff=findings_diff(known, json.loads(json.dumps(findings))))

    def _before(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Summary and coverage of the case; without them it cannot be said what was not examined."""
        try:
            return self._case.summary(), self._case.coverage()
        except (OSError, ValueError) as e:
            raise DamagedError(f"{self._asked.case}: summary.json or coverage.json cannot be read: {e}") from e

    def _sources(self) -> list[dict[str, Any]]:
        return [dict(s) for s in self._meta.get("sources", ())]

    def _unencrypted(self) -> list[str]:
        plain = (s for s in self._sources() if s["kind"] == "itunes-backup" and not s["encrypted"])
        return [f"{s['id']} ({s['label']})" for s in plain]

    def _platforms(self, told: Mapping[str, Any], ledger: LedgerCounts) -> tuple[str, ...]:
        """Of the sources; where these do not tell, of the artifacts that coverage lists though no file is of them."""
        if all("platform" in s for s in self._sources()):
            return tuple(sorted({str(s["platform"]) for s in self._sources()}))
        listed = {n.partition(".")[0] for n in told["artifacts"].keys() - ledger.artifacts.keys()}
        return tuple(sorted(listed | {"network" for s in self._sources() if s["kind"] == "capture"}))

    def _summary(
        self, before: Mapping[str, Any], detection: Detection, covered: dict[str, Any], judged: dict[str, Any]
    ) -> dict[str, Any]:
        """What was read is as before; what was found is new."""
        levels = Counter(f.level for f in detection.findings)
        alarming = any(levels[x] for x in LEVELS[LEVELS.index(self._asked.fail_on) :])
        return {
            **before,
            "verdict": judged,
            "findings": {level: levels[level] for level in reversed(LEVELS)},
            "coverage": coverage_counts(covered),
            "log_horizon": covered["horizon"],
            "feeds_not_loaded": [f"{f.name}: {f.reason}" for f in self._indicators.feeds if not f.loaded],
            "consent": "recorded" if isinstance(self._meta.get("consent"), Mapping) else "none",
            "exit": (4 if alarming else 3) if before["problems"] else int(alarming),
        }

    def _lineage(self) -> list[str]:
        """Digests of the manifests from the first case to the one that is examined again."""
        known = self._meta.get("lineage", {}).get("manifests", [])
        return [*map(str, known), manifest.digest(self._asked.case)]

    def _new_meta(self) -> dict[str, Any]:
        return {
            **self._meta,
            "case": {**self._meta["case"], "bridle": __version__},
            "examination": {**self._meta.get("examination", {}), "audience": self._asked.audience,
                            "fail_on": self._asked.fail_on},
            "rules": {"digest": rules_digest(self._rules)},
            "baselines": [{"name": o.folder, "digest": o.digest, "entries": sum(map(len, o.lists.values()))}
                          for o in self._own],
            "feeds": [{"name": f.name, "digest": f.digest, "indicators": f.indicators, "loaded": f.loaded}
                      for f in self._indicators.feeds],
            "lineage": {"manifests": self._lineage()},
        }  # fmt: skip


def _write_keys(writer: CaseWriter, case: Case) -> None:
    """What hunts read, for a case that is older than it. Its observables stay as they are."""
    keys = match_keys.MatchKeys(writer.building)
    for _ in observables(case, keys.add, writer.building):
        pass
    writer.write_table(match_keys.NAME, keys.reader())


def _identifying(case: Case) -> Iterable[tuple[str, str]]:
    for batch in case.batches("device", ["key", "value", "identifying"]):
        yield from ((r["key"], r["value"]) for r in batch.to_pylist() if r["identifying"])
