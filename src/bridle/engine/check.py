"""`check`: sources in, a finished case out, atomically."""

from __future__ import annotations

import fnmatch
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle import __version__, artifacts
from bridle.case import consent as consents
from bridle.case.freed import allocate_together
from bridle.case.keys import CaseKey, new_case_key, wrap
from bridle.case.ledger import LEDGER, Ledger, device_table
from bridle.case.ledger_counts import LedgerCounts
from bridle.case.observables import observables
from bridle.case.reader import Case
from bridle.case.session import Session
from bridle.case.writer import CaseWriter
from bridle.core import LEVELS
from bridle.detect.baselines import BaselineError, Own, load_own
from bridle.detect.chain import load_chains
from bridle.detect.coverage import coverage
from bridle.detect.device import DeviceFact, device_facts, public
from bridle.detect.rule import Rule, load_rules, rules_digest, with_baselines
from bridle.detect.run import Detection, detect
from bridle.detect.verdict import verdict
from bridle.engine.bounds import told
from bridle.engine.collect import GAPS, Collected, Collector
from bridle.engine.options import Options, Silence, Talk, UsageError
from bridle.engine.told import coverage_counts, write_told
from bridle.evidence import open_source
from bridle.evidence.archive import Shelf
from bridle.evidence.source import Source
from bridle.evidence.steady import Standing
from bridle.indicators import IndicatorSet, load, match_keys, store, stored_folder, yara
from bridle.report.content import Content
from bridle.report.masking import masks
from bridle.sandbox.pool import Companion, Pool, missing_walls

SCHEMA = 1
ACQUISITION = (
    "acquired", "last_backup", "utc_offset", "clock_difference", "acquisition_tool", "acquisition_started",
    "acquisition_ended", "acquisition_key", "acquisition_restart", "usb_debugging",
)  # fmt: skip
"""Facts that belong to the acquisition rather than to the device."""
_SAME = {"product_type": "model", "build_version": "build"}


def check(options: Options, talk: Talk | None = None) -> dict[str, Any]:
    """Examine the sources and write the case; returns the summary.

    Raises UsageError, CaseExistsError, ConsentError (exit 2) or SourceError (exit 3); then no case is written.
    """
    talk = talk or Silence()
    allocate_together()
    _named_rightly(options)
    found = feeds_asked(options.indicators, talk) if options.loaded is None else options.loaded
    consent = consents.Consent.load(options.consent) if options.consent else None
    if consent is not None:
        consents.may_examine(consent, consents.today())
    with closing(Pool(options.jobs, options.limits)) as pool:
        pool.begin()
        sources = _open(options)
        try:
            return _Examination(options, talk, found, consent, sources, pool).run()
        finally:
            for s in sources:
                s.close()


def _named_rightly(options: Options) -> None:
    """Raises UsageError where `only` names no artifact, or a source is given twice."""
    names = (*artifacts.paths(), yara.NAME)
    if options.only != "*" and not any(fnmatch.fnmatchcase(name, options.only) for name in names):
        raise UsageError(f"no artifact is called {options.only!r:.60}; `bridle artifacts list` lists them")
    seen: dict[Path, Path] = {}
    for path in options.sources:
        if seen.setdefault(path.resolve(), path) is not path:
            raise UsageError(f"{path} is given twice, and its records would be counted twice; name each source once")


def feeds_asked(given: Sequence[str], talk: Talk, *, needed: bool = False) -> IndicatorSet:
    """The feeds asked for. Unreadable ones are warnings; only if none of those named loads is it wrong use.

    So it is where they are `needed`, and there is none.
    """
    named = [stored_folder() if name == "stored" else Path(name) for name in given]
    for path in named:
        if not path.exists() and path != stored_folder():
            raise UsageError(f"the feed {path} does not exist")
    found = load(named or [stored_folder()])
    for feed in found.feeds:
        if not feed.loaded:
            talk.warn(f"feed not loaded: {feed.name}: {feed.reason}")
    if named and not any(f.loaded and f.format != "surfaces" for f in found.feeds):
        raise UsageError("none of the feeds named with -i could be loaded; `bridle indicators lint FILE` says why")
    if not found.feeds and needed:
        raise UsageError(
            "no indicator feed, and nothing to look for: fetch them with `bridle indicators update`, or use -i"
            " FILE_OR_DIR"
        )
    if not found.feeds:
        talk.warn(
            "no indicator feed: only rules are run. Fetch them with `bridle indicators update`, or use -i FILE_OR_DIR."
        )
    if not named or stored_folder() in named:
        for sentence in store.stale(stored_folder()):
            talk.warn(sentence)
    return found


def _own_baselines(options: Options) -> tuple[Own, ...]:
    try:
        return tuple(load_own(folder) for folder in options.baselines)
    except BaselineError as e:
        raise UsageError(str(e)) from e


def _yara(options: Options) -> bytes | None:
    """The YARA rules asked for, compiled. Without yara-x that is wrong use: nothing would be looked for."""
    try:
        return yara.compiled(options.yara) if options.yara else None
    except yara.YaraError as e:
        raise UsageError(str(e)) from e


def _kept(rules: bytes, shelf: Shelf) -> Companion:
    """Compiled rules where every child can be handed them."""
    slot = shelf.keep([rules], len(rules))
    return Companion(path=yara.RULES, sha256=hashlib.sha256(rules).hexdigest(), slot=slot)


def _open(options: Options) -> list[Source]:
    if options.opened:
        return list(options.opened)
    for path in options.sources:
        if path.is_dir() and options.case.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"{options.case} lies in the evidence, which is only read; name a folder elsewhere")
    opened: list[Source] = []
    try:
        for n, path in enumerate(options.sources):
            label = options.labels[n] if n < len(options.labels) else None
            opened.append(open_source(path, password=options.password, label=label, bounds=options.bounds))
    except BaseException:
        for s in opened:
            s.close()
        raise
    return opened


class _Examination:
    """One run of `check`, stage by stage."""

    def __init__(
        self,
        options: Options,
        talk: Talk,
        found: IndicatorSet,
        consent: consents.Consent | None,
        sources: Sequence[Source],
        pool: Pool,
    ) -> None:
        self._options, self._talk, self._indicators, self._consent = options, talk, found, consent
        self._sources, self._pool = sources, pool
        self._baselines = _own_baselines(options)
        self._yara = _yara(options)
        self._rules: tuple[Rule, ...] = with_baselines(load_rules(), self._baselines)
        self._key: CaseKey | None = options.key or (None if options.plaintext else new_case_key())
        self._network = self._calls = "unknown"
        self._weaker: list[str] = []
        self._unread: list[str] = []
        """Files that an artifact wants, that are there, and that were not read to the end."""
        self._digests: list[str] = []
        """Of the sources, in their order."""

    def run(self) -> dict[str, Any]:
        options = self._options
        wrapped = None
        if self._key and not options.key:
            wrapped = wrap(self._key, options.encrypt_to, own=options.recipient)
        writer = CaseWriter(self._options.case, self._key)
        try:
            if wrapped is not None:
                writer.write_file("case.key.age", wrapped)
            with closing(Ledger(writer.building)) as ledger:
                collected = self._collect(writer, ledger)
                files = _written(writer, ledger)
                self._unread = list(ledger.unread())
            summary = self._write(writer, collected, files)
            writer.commit(self._event(summary))
        except BaseException:
            writer.abort()
            raise
        return summary

    def _collect(self, writer: CaseWriter, ledger: Ledger) -> list[Collected]:
        writer.declare("gaps", GAPS)
        collected = []
        with closing(self._pool) as pool, closing(Shelf()) as shelf:
            rules = _kept(self._yara, shelf) if self._yara is not None else None
            for n, source in enumerate(self._sources, 1):
                self._talk.stage(f"Reading {source.label}")
                standing = self._standing(n)
                collected.append(Collector(source, n, writer, ledger, pool, self._options, self._talk, rules).run())
                self._digests.append(collected[-1].digest)
                if standing is not None and (changed := standing.changed()) is not None:
                    collected[-1].problems.append(f"{source.label}: {changed}")
            self._network, self._calls, self._weaker = pool.network, pool.system_calls, pool.weaker
        for sentence in self._weaker:
            self._talk.warn(f"This system isolates parsers less: {sentence}.")
        if missing := missing_walls(self._network, self._calls):
            self._talk.warn(missing)
        writer.finish_tables()
        return collected

    def _standing(self, number: int) -> Standing | None:
        """A source of one file, as it is before it is read; folders tell themselves what changes in them."""
        path = self._options.sources[number - 1] if number <= len(self._options.sources) else None
        return Standing(path) if path is not None and path.is_file() else None

    def _write(self, writer: CaseWriter, collected: Sequence[Collected], files: LedgerCounts) -> dict[str, Any]:
        case = Case(writer.building, self._key)
        with Session(case, writer.small, writer.shared) as session:
            facts = device_facts(session, _told(self._sources))
            writer.write_table("device", device_table(facts))
            self._talk.stage("Gathering observables")
            keys = match_keys.MatchKeys(writer.building)
            writer.write_table("observables", observables(session, keys.add, writer.building, session.holding))
            writer.write_table(match_keys.NAME, keys.reader())
            self._talk.stage("Looking for indicators and running rules")
            detection = detect(
                session, self._indicators, self._rules, audience=self._options.audience, fresh=True,
            )  # fmt: skip
            covered = coverage(
                session, files, detection.not_examined, (*self._rules, *load_chains()), self._indicators,
                self._platforms(), self._unencrypted(),
            )  # fmt: skip
        judged = verdict(detection.findings, covered, self._platforms())
        findings = [f.as_dict() for f in detection.findings]
        summary = self._summary(collected, detection, covered, judged)
        meta = self._meta(facts)
        page = Content(
            meta=meta, summary=summary, findings=findings, coverage=covered,
            ledger=files.lines(), masked=masks((f.key, f.value) for f in facts if f.identifying),
        )  # fmt: skip
        write_told(writer, page)
        return summary

    def _platforms(self) -> tuple[str, ...]:
        return tuple(sorted({s.platform for s in self._sources}))

    def _unencrypted(self) -> list[str]:
        sources = enumerate(self._sources, 1)
        return [f"S{n} ({s.label})" for n, s in sources if s.kind == "itunes-backup" and not s.encrypted]

    def _summary(
        self, collected: Sequence[Collected], detection: Detection, covered: dict[str, Any], judged: dict[str, Any]
    ) -> dict[str, Any]:
        problems = [p for c in collected for p in c.problems] + self._unread
        levels = Counter(f.level for f in detection.findings)
        alarming = any(levels[x] for x in LEVELS[LEVELS.index(self._options.fail_on) :])
        return {
            "schema": SCHEMA,
            "verdict": judged,
            "findings": {level: levels[level] for level in reversed(LEVELS)},
            "coverage": coverage_counts(covered),
            "log_horizon": covered["horizon"],
            "rows": sum(c.rows for c in collected),
            "gaps": sum(c.gaps for c in collected),
            "problems": problems,
            "feeds_not_loaded": [f"{f.name}: {f.reason}" for f in self._indicators.feeds if not f.loaded],
            "synthetic": _synthetic(self._sources),
            "consent": "recorded" if self._consent else "none",
            "exit": (4 if alarming else 3) if problems else int(alarming),
        }

    def _meta(self, facts: Sequence[DeviceFact]) -> dict[str, Any]:
        said = {f.key: f.value for f in reversed(facts) if not f.identifying}
        return {
            "case": {"schema": SCHEMA, "bridle": __version__, "encrypted": self._key is not None},
            "device": {"model": said.get("model", ""), "os_version": said.get("os_version", ""),
                       "build": said.get("build", "")},
            "acquisition": {k: said[k] for k in ACQUISITION if k in said},
            "device_facts": public(facts),
            "sources": [
                {"id": f"S{n}", "label": s.label, "kind": s.kind, "platform": s.platform, "digest": digest,
                 "encrypted": s.encrypted, "synthetic": "marker" in s.facts}
                for n, (s, digest) in enumerate(zip(self._sources, self._digests, strict=True), 1)
            ],
            "examination": {"only": self._options.only, "hash_all": self._options.hash_all,
                            "audience": self._options.audience, "fail_on": self._options.fail_on} | self._moved(),
            "consent": self._consent.as_dict() if self._consent else "none recorded",
            "rules": {"digest": rules_digest(self._rules)},
            "yara": {"digest": hashlib.sha256(self._yara).hexdigest()} if self._yara is not None else {},
            "baselines": [{"name": o.folder, "digest": o.digest, "entries": sum(map(len, o.lists.values()))}
                          for o in self._baselines],
            "feeds": [{"name": f.name, "digest": f.digest, "indicators": f.indicators, "loaded": f.loaded}
                      for f in self._indicators.feeds],
        }  # fmt: skip

    def _moved(self) -> dict[str, Any]:
        moved = told(self._options.bounds, self._options.limits)
        return {"limits": moved} if moved else {}

    def _event(self, summary: dict[str, Any]) -> dict[str, Any]:
        """What the custody log begins with."""
        walls: dict[str, Any] = {"parser_network": self._network, "parser_system_calls": self._calls}
        if self._weaker:
            walls["sandbox"] = self._weaker
        event = {"event": "check", "exit": summary["exit"]} | walls
        to = {"key_to": [*self._options.encrypt_to]} if self._key and self._options.encrypt_to else {}
        return event | to


def _told(sources: Sequence[Source]) -> list[tuple[str, str, str]]:
    """What the acquisitions themselves say of the device."""
    return [
        (f"S{n}", _SAME.get(k, k), v) for n, s in enumerate(sources, 1) for k, v in s.facts.items() if k != "marker"
    ]


def _synthetic(sources: Sequence[Source]) -> bool:
    return all("marker" in s.facts for s in sources)


def _written(writer: CaseWriter, ledger: Ledger) -> LedgerCounts:
    """The ledger into the case, counted on its way."""
    counts = LedgerCounts()

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in ledger.tables():
            counts.add(rows)
            yield from rows.to_batches()

    writer.write_table("ledger", pa.RecordBatchReader.from_batches(LEDGER, batches()))
    return counts
