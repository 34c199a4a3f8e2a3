"""Whether a case says what the evidence says: every record and finding is derived again and held against it.

The evidence is examined as the case says it was, with the same feeds, into a case of its own that is encrypted, lies in
a temporary folder and is removed. Then the digests of what both hold are compared, table by table; of a table that
differs, the rows are told.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle import __version__
from bridle.case import manifest
from bridle.case.digest import ContentDigest
from bridle.case.keys import Ask, new_case_key
from bridle.case.reader import Case, open_case
from bridle.case.tables import batches, schema_of
from bridle.classes import dataclass
from bridle.detect.baselines import BaselineError, load_own
from bridle.detect.rederive import rederived
from bridle.detect.rule import load_rules, rules_digest, with_baselines
from bridle.engine.bounds import given
from bridle.engine.check import check, feeds_asked
from bridle.engine.diff import findings_diff
from bridle.engine.options import Options, Silence, Talk, UsageError
from bridle.engine.row_diff import row_differences
from bridle.evidence.secret import Password
from bridle.indicators import IndicatorSet, match_keys, yara
from bridle.report.content import content_of
from bridle.report.html import render

MOST_ROWS = 5
"""Rows of one table that are told."""
_RECORDS, _SUFFIX = "records/", ".parquet"
_COPIED = "modified"
"""The ledger's column that a copy of the evidence may have otherwise."""


@dataclass(frozen=True, kw_only=True)
class Against:
    """A case, and the evidence it is held against."""

    case: Path
    sources: tuple[Path, ...]
    """In the order in which the case has them."""
    indicators: tuple[str, ...] = ()
    """As of `check`: the feeds that the case was examined with."""
    yara: tuple[Path, ...] = ()
    baselines: tuple[Path, ...] = ()
    password: Password = lambda: None
    jobs: int = 2
    ask: Ask | None = None
    """Gives the passphrase of the identity that opens the case."""


def evidence_differences(asked: Against, talk: Talk | None = None) -> Iterator[str]:
    """How the case differs from what the evidence gives, one sentence each; none if all is derived again.

    Before the first: raises UsageError (exit 2) where the evidence cannot be examined as it was, SourceError,
    CaseLockedError, OSError or ValueError (exit 3).
    """
    talk = talk or Silence()
    case = open_case(asked.case, asked.ask)
    found = _same_asked(asked, case.meta, talk)
    folder = Path(tempfile.mkdtemp(prefix="bridle-verify-"))
    try:
        again = Case(folder / "case", case.key or new_case_key())
        examined = case.meta.get("examination", {})
        hash_all, moved = examined.get("hash_all", False), given(map(str, examined.get("limits", ())))
        check(
            Options(
                sources=asked.sources, case=again.path, loaded=found, yara=asked.yara, baselines=asked.baselines,
                password=asked.password, key=again.key, labels=tuple(s["label"] for s in _sources(case.meta)),
                jobs=asked.jobs, only=examined.get("only", "*"), hash_all=hash_all,
                audience=examined.get("audience", "TLP:CLEAR"), fail_on=examined.get("fail_on", "high"),
                limits=moved.limits, bounds=moved.bounds,
            ),
            talk,
        )  # fmt: skip
        yield from _Held(case, again).differences()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sources(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(s) for s in meta.get("sources", ())]


def _same_asked(asked: Against, meta: Mapping[str, Any], talk: Talk) -> IndicatorSet:
    """The feeds, if what is given is what the case was examined with. Raises UsageError."""
    labels = [str(s["label"]) for s in _sources(meta)]
    if len(labels) != len(asked.sources):
        raise UsageError(
            f"the case was made of {len(labels)} sources, {len(asked.sources)} are given; give --evidence for each, in"
            f" this order: {', '.join(labels)}"
        )
    for path in asked.sources:
        if not path.exists():
            raise UsageError(f"the evidence {path} does not exist")
    stored = {str(f["digest"]): str(f["name"]) for f in meta.get("feeds", ()) if f.get("loaded")}
    found = feeds_asked(asked.indicators, talk) if stored or asked.indicators else IndicatorSet(indicators=(), feeds=())
    given = {f.digest: f.name for f in found.feeds if f.loaded}
    require_same("feed", "-i", stored, given)
    try:
        own = tuple(load_own(folder) for folder in asked.baselines)
    except BaselineError as e:
        raise UsageError(str(e)) from e
    known = {str(b["digest"]): str(b["name"]) for b in meta.get("baselines", ())}
    require_same("baseline", "--baseline", known, {o.digest: o.folder for o in own})
    require_same_yara(asked.yara, meta.get("yara", {}).get("digest"))
    if meta.get("rules", {}).get("digest") != rules_digest(with_baselines(load_rules(), own)):
        talk.warn(
            f"the case was examined by bridle {meta.get('case', {}).get('bridle', '?')} with other rules than this one"
            f" ({__version__}) has: of findings, only the rows they cite are compared"
        )
    return found


def require_same(what: str, option: str, stored: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raises UsageError where digests are missing or too many; both map digests to names."""
    missing = [f"{stored[d]} (SHA-256 {d[:16]}…)" for d in stored.keys() - given.keys()]
    if missing:
        raise UsageError(f"the case was examined with the {what} {', '.join(sorted(missing))}; name it with {option}")
    more = [given[d] for d in given.keys() - stored.keys()]
    if more:
        raise UsageError(
            f"the case was not examined with the {what} {', '.join(sorted(more))}; name with {option} only those it"
            f" was: {', '.join(sorted(stored.values())) or 'none'}"
        )


def require_same_yara(paths: Sequence[Path], stored: str | None) -> None:
    """Raises UsageError where the rules in the files are not those of the stored digest."""
    try:
        compiled = yara.compiled(paths) if paths else None
    except yara.YaraError as e:
        raise UsageError(str(e)) from e
    digest = hashlib.sha256(compiled).hexdigest() if compiled is not None else None
    if stored != digest:
        raise UsageError("the case was examined with other YARA rules, or none; name with --yara those it was")


class _Held:
    """A case held against what its evidence gives."""

    def __init__(self, case: Case, again: Case) -> None:
        self._case, self._again = case, again
        self._same_rules = case.meta.get("rules") == again.meta.get("rules")

    def differences(self) -> Iterator[str]:
        yield from self._of_sources()
        yield from self._tables()
        if not self._same_rules:
            yield from self._evidence()
            return
        yield from self._findings()
        yield from self._coverage()
        yield from self._told()

    def _of_sources(self) -> Iterator[str]:
        for one, two in zip(_sources(self._case.meta), _sources(self._again.meta), strict=True):
            for key, words in (("kind", "kind"), ("digest", "SHA-256"), ("encrypted", "encryption")):
                if one.get(key) != two[key]:
                    was = f"{one.get(key)} in the case, {two[key]} in the evidence"
                    yield f"source {one['id']} ({one['label']}): another {words}: {was}"

    def _tables(self) -> Iterator[str]:
        one, two = manifest.contents(self._case.path), manifest.contents(self._again.path)
        for name in sorted((n for n in one.keys() | two.keys() if n.endswith(_SUFFIX)), key=_ledger_first):
            table = name.removeprefix(_RECORDS).removesuffix(_SUFFIX)
            if name not in two:
                yield f"{table}: the evidence gives no such table"
            elif name not in one:
                yield f"{table}: the evidence gives this table, the case lacks it"
            else:
                digest = _content(self._case, name)
                if digest != one[name]:
                    yield f"{table}: its rows have another digest than the manifest gives"
                if digest != two[name]:
                    yield from self._table(table)

    def _table(self, table: str) -> Iterator[str]:
        if table == match_keys.NAME:
            yield f"{table}: differs from what the evidence gives; hunts read it in place of the observables"
            return
        ours, theirs = self._case.tables()[table], self._again.tables()[table]
        if [(f.name, f.type) for f in ours] != [(f.name, f.type) for f in theirs]:
            yield f"{table}: its columns are those of another version of bridle"
            return
        names = [n for n in ours.names if not (table == "ledger" and n == _COPIED)]
        rows = row_differences(table, self._case.batches(table, names), self._again.batches(table, names), names)
        told = list(islice(rows, MOST_ROWS + 1))
        yield from told[:MOST_ROWS]
        if len(told) > MOST_ROWS:
            yield f"{table}: more rows differ"
        elif not told and table == "ledger":
            yield (
                "ledger: only times of change differ, and what follows from them: the evidence is a copy that did not"
                " keep them (`cp -a` does)"
            )

    def _evidence(self) -> Iterator[str]:
        """Of findings by other rules: every row that one cites is what the evidence gives."""
        for f in self._case.findings():
            yield from (f"finding {f['id'][:12]}: {d}" for d in rederived(self._again, f, ()))

    def _findings(self) -> Iterator[str]:
        found = findings_diff(self._again.findings(), self._case.findings())
        for f in found.new:
            yield f"{_words(f)}: the evidence does not give this finding"
        for f in found.gone:
            yield f"{_words(f)}: the evidence gives this finding, the case lacks it"
        for c in found.changed:
            yield f"{_words(c.now)}: differs in {', '.join(c.fields)}"

    def _coverage(self) -> Iterator[str]:
        one, two = self._case.coverage(), self._again.coverage()
        for part in ("artifacts", "rules"):
            for name in sorted({*one[part], *two[part]}):
                yield from _fields(f"coverage of {name}", one[part].get(name), two[part].get(name))
        for part in sorted({*one, *two} - {"artifacts", "rules"}):
            yield from _fields(f"coverage: {part}", one.get(part), two.get(part))

    def _told(self) -> Iterator[str]:
        """What is told of records and findings: the summary, and the report as this version writes it."""
        one, two = self._case.summary(), self._again.summary()
        for key in sorted({*one, *two} - {"consent"}):
            yield from _fields(f"summary: {key}", one.get(key), two.get(key))
        if self._case.meta.get("case", {}).get("bridle") == __version__:
            page = replace(content_of(self._again), meta=self._case.meta, summary=one)
            if render(page).encode() != (self._case.path / "report.html").read_bytes():
                yield "report.html: does not say what the evidence gives"


def _content(case: Case, name: str) -> str:
    """The content digest of the rows that a table has, whatever the manifest says. Raises OSError or ValueError."""
    digest = ContentDigest(schema_of(case.path / name, case.key))
    for batch in batches(case.path / name, case.key, None):
        digest.update(pa.Table.from_batches([batch]))
    return digest.hexdigest()


def _ledger_first(name: str) -> tuple[bool, str]:
    return name != f"ledger{_SUFFIX}", name


def _words(f: Mapping[str, Any]) -> str:
    return f"finding {f['id'][:12]} ({f['rule']})"


def _fields(where: str, one: Any, two: Any) -> Iterable[str]:
    """A sentence where two values differ; of objects, which of their entries do."""
    if one == two:
        return ()
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        keys: Sequence[str] = sorted(k for k in {*one, *two} if one.get(k) != two.get(k))
        return [f"{where}: {k} is {one.get(k)!r:.60} in the case, {two.get(k)!r:.60} in the evidence" for k in keys]
    return [f"{where}: {one!r:.60} in the case, {two!r:.60} in the evidence"]
