"""`review pack`: what a reviewer needs to find again what was found, and no more of the phone than that.

The files are copied into a trial pack that nobody but this process can open, and examined there as the reviewer will.
Only when that gives every reviewed finding again, and none besides, the pack is written: to its recipients, with a
commitment to the findings in it; and the findings themselves apart.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyrage

from bridle import __version__
from bridle.case import manifest
from bridle.case.consent import may_share_with
from bridle.case.keys import Ask, RecipientError, new_case_key
from bridle.case.reader import Case, open_case
from bridle.classes import dataclass
from bridle.engine.bounds import given as bounds_given
from bridle.engine.options import Silence, Talk, UsageError
from bridle.evidence.review_pack import ABOUT, FORM, SCHEMA, Pack
from bridle.evidence.secret import Password
from bridle.review import rows
from bridle.review.choosing import ASKED, LEAST, Chosen, chosen, reviewed
from bridle.review.commitment import Committed, canonical, commit, core_differences, expected
from bridle.review.copying import Copier, Packed
from bridle.review.feeds import by_digest, load_told
from bridle.review.sealed_zip import SealedZip
from bridle.review.trying import With, examine

EXPECTED_SUFFIX = ".expected.age"
_STEP, _LONGEST = 1 << 20, 100
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]")
"""What a member of the pack is not called by: archives spell it differently. The feed's own name stands beside it."""
_NAMED = re.compile(r"<(age1[a-z0-9]+)>\s*\Z")
"""How a recipient is written with the organisation that the person consented to: `Example Lab <age1…>`."""


class NotReproducedError(Exception):
    """The files that findings cite do not give the findings again. One sentence and a next step."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One pack to make."""

    cases: tuple[Path, ...]
    evidence: Mapping[Path, tuple[Path, ...]]
    """The sources of each case, in the order in which it has them."""
    recipients: tuple[str, ...]
    """`age1…` of everybody who may open the pack, or `Example Lab <age1…>` with the name that the consent has."""
    out: Path
    indicators: tuple[str, ...] = ()
    """Feeds that are packed as files. Of the others the pack has the digests."""
    yara: tuple[Path, ...] = ()
    baselines: tuple[Path, ...] = ()
    password: Password = lambda: None
    with_rows: bool = False
    """Whether the rows of cited tables are added, for other tools to be held against."""
    jobs: int = 2
    ask: Ask | None = None
    today: date | None = None
    """The day that consent is held against; None: this day."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A pack that was tried, and is not written yet."""

    listing: tuple[Packed, ...]
    feeds: tuple[tuple[str, bool], ...]
    """Names, and whether the feed is in the pack as a file."""
    committed: Committed
    withheld: int
    """Findings of restricted indicators, which are not reviewed."""
    digest: str
    """What the pack is known by."""
    asked: Asked
    trial: Path
    secret: str


def prepare(asked: Asked, folder: Path, talk: Talk | None = None) -> Ready:
    """Choose, copy and try, in a folder that the caller removes; nothing in it is in clear.

    Raises UsageError, SharingRefusedError, RecipientError or NotReproducedError (exit 2), SourceError, CaseLockedError,
    OtherEvidenceError, OSError or ValueError (exit 3).
    """
    talk = talk or Silence()
    _check_asked(asked)
    recipients_of(asked.recipients)
    cases = [_Reviewed(asked, path) for path in asked.cases]
    given, stored = by_digest(asked.indicators), by_digest(["stored"])
    for case in cases:
        case.found = load_told(case.feeds, {**stored, **given})
    why = ""
    for n in range(ASKED + 1):
        tried = _tried(asked, cases, folder / f"trial-{n}.age", given, talk)
        if isinstance(tried, Ready):
            return tried
        why = tried[0]
    raise NotReproducedError(
        f"the files that the findings cite, and those that their rules read, do not give them again: {why}."
        " `bridle verify CASE --findings` says whether the case bears them out"
    )


def _check_asked(asked: Asked) -> None:
    for path in (asked.out, asked.out.with_name(asked.out.name + EXPECTED_SUFFIX)):
        if path.exists():
            raise UsageError(f"{path} exists already, and a pack is never overwritten; name a new file with -o")
    for path in asked.cases:
        if not (path / manifest.NAME).is_file():
            raise UsageError(f"{path} is not a case: it has no manifest.json")
    if len(set(asked.cases)) != len(asked.cases):
        raise UsageError("a case is named twice; name each once")


def recipients_of(texts: Iterable[str]) -> list[Any]:
    """pyrage's of each. Raises RecipientError for what is no `age1…`."""
    found = []
    for text in texts:
        try:
            found.append(pyrage.x25519.Recipient.from_str(named[1] if (named := _NAMED.search(text)) else text.strip()))
        except pyrage.RecipientError as e:
            raise RecipientError(f"expected the reviewer's age recipient (age1…), got {text!r:.60}") from e
    return found


class _Reviewed:
    """One case on its way into a pack."""

    def __init__(self, asked: Asked, path: Path) -> None:
        if differences := manifest.verify_manifest(path):
            raise ValueError(f"{path} is not as its manifest says: {'; '.join(differences[:3])}")
        self.path, self.case = path, open_case(path, asked.ask)
        self.meta = self.case.meta
        today = asked.today or datetime.now(UTC).date()
        for recipient in asked.recipients:
            may_share_with(self.meta, recipient, today)
        self.findings, self.withheld = reviewed(self.case)
        if not self.findings:
            raise UsageError(f"{path} has no finding of level {LEAST} or above that could be reviewed; leave it out")
        self.sources = [dict(s) for s in self.meta.get("sources", ())]
        self.evidence = asked.evidence.get(path, ())
        if len(self.evidence) != len(self.sources):
            names = ", ".join(f"{s['id']} ({s['label']})" for s in self.sources)
            raise UsageError(
                f"{path} was made of {len(self.sources)} sources, {len(self.evidence)} are given; name each with"
                f" --evidence {path}=SOURCE, in this order: {names}"
            )
        self.feeds = [dict(f) for f in self.meta.get("feeds", ())]
        self.found: Any = None

        self.wider: dict[str, int] = {}

    def chosen(self) -> Chosen:
        return chosen(self.case, self.findings, self.wider)

    def differences(self, gave: Sequence[Mapping[str, Any]]) -> list[str]:
        """In what these findings differ from those of the case; more is packed for their rules the next time."""
        known, found = {f["id"]: f for f in self.findings}, {f["id"]: f for f in gave}
        told = {(f["rule"], "is not found") for i, f in known.items() if i not in found}
        told |= {(f["rule"], "is found, and the case does not tell it") for i, f in found.items() if i not in known}
        for i in known.keys() & found.keys():
            if fields := core_differences(known[i], found[i]):
                told.add((known[i]["rule"], f"differs in {', '.join(fields)}"))
        for rule in {rule for rule, _ in told}:
            self.wider[rule] = self.wider.get(rule, 0) + 1
        return [f"{self.path}: {rule} {what}" for rule, what in sorted(told)]


def _tried(
    asked: Asked, cases: Sequence[_Reviewed], trial: Path, given: Mapping[str, Path], talk: Talk
) -> Ready | list[str]:
    """A pack that gives the findings again; or in what they differ."""
    mine = pyrage.x25519.Identity.generate()
    listing: list[Packed] = []
    talk.stage("Copying the files that are cited")
    with SealedZip(trial, [mine.to_public()]) as into:
        told = [_copied(asked, case, n, into, listing) for n, case in enumerate(cases, 1)]
        packed = _pack_feeds(into, cases, given)
        about = {"form": FORM, "schema": SCHEMA, "bridle": __version__, "least": LEAST, "feeds": packed, "cases": told}
        into.add(ABOUT, [canonical(about)])
        into.add("README.txt", [_README.encode()])
    again: list[list[dict[str, Any]]] = []
    differ: list[str] = []
    with closing(Pack.open(trial, str(mine))) as pack:
        digest = pack.digest
        for n, case in enumerate(cases):
            talk.stage("Trying whether they give the findings again")
            gave = _examined(asked, pack, n, case, trial.with_suffix(f".{n}"), talk)
            differ += case.differences(gave)
            if not differ:
                again.append(expected(case.findings, {f["id"]: f for f in gave}))
    return differ or Ready(
        listing=tuple(listing), feeds=tuple((f["name"], f["file"] is not None) for f in packed),
        committed=commit(again), withheld=sum(len(c.withheld) for c in cases), digest=digest, asked=asked,
        trial=trial, secret=str(mine),
    )  # fmt: skip


def _examined(asked: Asked, pack: Pack, n: int, case: _Reviewed, out: Path, talk: Talk) -> list[dict[str, Any]]:
    """The reviewed findings that the pack's files give."""
    key = new_case_key()
    using = With(found=case.found, yara=asked.yara, baselines=asked.baselines, jobs=asked.jobs, key=key)
    try:
        examine(pack, n, out, using, talk)
        return [dict(f) for f in reviewed(Case(out, key))[0]]
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _copied(asked: Asked, case: _Reviewed, n: int, into: SealedZip, listing: list[Packed]) -> dict[str, Any]:
    """What `pack.json` says of a case; its files are copied."""
    picked = case.chosen()
    examination = {
        "only": "*", "hash_all": False, "audience": "TLP:CLEAR", "fail_on": "high", **case.meta.get("examination", {})
    }  # fmt: skip
    bounds = bounds_given(map(str, examination.get("limits", ()))).bounds
    sources = []
    for told, path in zip(case.sources, case.evidence, strict=True):
        copier = Copier(into, f"cases/{n}/{told['id']}", str(case.path), told, picked, bounds)
        sources.append(copier.copy(path, asked.password))
        listing += copier.listing
    if asked.with_rows:
        for name, pieces in rows.cited(case.case, case.findings):
            into.add(f"cases/{n}/rows/{name}", pieces)
    meta = case.meta
    return {
        "manifest": manifest.digest(case.path), "sources": sources,
        "examination": examination,
        "rules": meta["rules"]["digest"], "yara": meta.get("yara", {}).get("digest"),
        "baselines": [dict(b) for b in meta.get("baselines", ())], "feeds": case.feeds,
        "consent": _limits(meta.get("consent")),
    }  # fmt: skip


def _limits(consent: Any) -> dict[str, Any] | None:
    """What the consent lets a reviewer do: to look, as long as the case is kept; nothing of whose it is."""
    if not isinstance(consent, Mapping):
        return None
    return {k: consent[k] for k in ("date", "language", "retention_until", "re_scan_until") if k in consent}


def _pack_feeds(into: SealedZip, cases: Sequence[_Reviewed], given: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Feeds that were named are packed as files; of the others, digests."""
    told = {str(f["digest"]): str(f["name"]) for case in cases for f in case.feeds if f["loaded"]}
    out = []
    for n, (digest, name) in enumerate(told.items(), 1):
        file = f"feeds/{n}/{_UNUSUAL.sub('_', Path(name).name)[-_LONGEST:]}" if digest in given else None
        if file is not None:
            into.add(file, _read(given[digest]))
        out.append({"name": name, "digest": digest, "file": file})
    return out


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_STEP):
            yield data


_README = f"""A review pack of bridle {__version__}.

pack.json          what was acquired, which files of it are here and why nothing else is; SHA-256 of every file
cases/N/SN/files/  files of the phone, under their paths on it
cases/N/rows/      rows of the tables that findings cite, as bridle read them (with --rows)
feeds/             indicator feeds that the case was examined with
commitment.json    SHA-256 of a nonce and of the expected findings, which are sealed apart

With bridle:       bridle review run PACK -o CASE, then bridle review open PACK PACK.expected.age CASE
With other tools:  age -d -i IDENTITY PACK > pack.zip, then unzip, sqlite3, plaso ...
"""
