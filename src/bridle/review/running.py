"""`review run`: a pack examined by somebody who does not know what is expected."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from bridle import __version__
from bridle.case import manifest
from bridle.case.consent import template
from bridle.case.reader import Case
from bridle.classes import dataclass
from bridle.detect.baselines import BaselineError, load_own
from bridle.detect.rule import load_rules, rules_digest, with_baselines
from bridle.engine.options import Silence, Talk, UsageError
from bridle.engine.verify import require_same, require_same_yara
from bridle.evidence.review_pack import Pack
from bridle.review.choosing import reviewed
from bridle.review.feeds import by_digest, load_told
from bridle.review.trying import With, examine


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One pack to examine."""

    pack: Path
    secret: str
    """Age identities, as text."""
    out: Path
    """The case to write; a folder of cases `1`, `2` … where the pack is of several."""
    indicators: tuple[str, ...] = ()
    """Feeds of which the pack has digests only; the stored ones are looked at besides."""
    yara: tuple[Path, ...] = ()
    baselines: tuple[Path, ...] = ()
    encrypt_to: tuple[str, ...] = ()
    plaintext: bool = False
    jobs: int = 2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a reviewer hands in before the expected findings are opened."""

    case: Path
    pack: str
    """SHA-256 that the pack is known by."""
    sha256: str
    """Of the case's manifest, which has the digest of its findings."""
    findings: int
    """Of the reviewed levels."""

    def as_dict(self) -> dict[str, Any]:
        return {"case": str(self.case), "pack": self.pack, "answer": self.sha256, "findings": self.findings}


def run(asked: Asked, talk: Talk | None = None) -> list[Answer]:
    """Write the case of each case of the pack.

    Raises what `check` raises: UsageError, CaseExistsError, ConsentError (exit 2), SourceError (exit 3).
    """
    talk = talk or Silence()
    folder = Path(tempfile.mkdtemp(prefix="bridle-review-"))
    try:
        with closing(Pack.open(asked.pack, asked.secret)) as pack:
            cases = [dict(c) for c in pack.about["cases"]]
            outs = [asked.out] if len(cases) == 1 else [asked.out / str(n) for n in range(1, len(cases) + 1)]
            if asked.out.exists():
                raise UsageError(f"{asked.out} exists already, and a case is never overwritten; name a new folder")
            found = [_ready(asked, pack, told, folder / str(n), talk) for n, told in enumerate(cases)]
            for n, (using, out) in enumerate(zip(found, outs, strict=True)):
                examine(pack, n, out, using, talk)
            return [_answer(pack, out) for out in outs]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answer(pack: Pack, out: Path) -> Answer:
    found = Answer(
        case=out, pack=pack.digest, sha256=manifest.digest(out), findings=len(reviewed(Case(out, None))[0])
    )  # fmt: skip
    manifest.append_custody(out, {"event": "review run", "pack": found.pack, "answer": found.sha256})
    return found


def _ready(asked: Asked, pack: Pack, told: Mapping[str, Any], folder: Path, talk: Talk) -> With:
    """What a case of the pack is examined with. Raises UsageError where it cannot be as it was."""
    try:
        own = tuple(load_own(path) for path in asked.baselines)
    except BaselineError as e:
        raise UsageError(str(e)) from e
    known = {str(b["digest"]): str(b["name"]) for b in told["baselines"]}
    require_same("baseline", "--baseline", known, {o.digest: o.folder for o in own})
    require_same_yara(asked.yara, told["yara"])
    if told["rules"] != rules_digest(with_baselines(load_rules(), own)):
        talk.warn(
            f"the pack was made by bridle {pack.about['bridle']} with other rules than this one ({__version__}) has:"
            " findings may differ for that alone"
        )
    folder.mkdir()
    feeds = by_digest(["stored", *asked.indicators]) | _packed_feeds(pack, folder)
    return With(
        found=load_told([dict(f) for f in told["feeds"]], feeds), yara=asked.yara, baselines=asked.baselines,
        jobs=asked.jobs, consent=_consent(told["consent"], folder), encrypt_to=asked.encrypt_to,
        plaintext=asked.plaintext,
    )  # fmt: skip


def _packed_feeds(pack: Pack, folder: Path) -> dict[str, Path]:
    """The feeds in the pack as files, by digest."""
    out = {}
    for n, feed in enumerate(pack.about["feeds"]):
        if feed["file"] is not None:
            path = folder / str(n) / Path(str(feed["file"])).name
            path.parent.mkdir()
            path.write_bytes(pack.read(str(feed["file"])))
            out[str(feed["digest"])] = path
    return out


def _consent(told: Mapping[str, Any] | None, folder: Path) -> Path | None:
    """The record that the reviewer's case has: to look, for as long as the case of origin is kept, and no more."""
    if told is None:
        return None
    text = template()
    retention = date.fromisoformat(str(told["retention_until"]))
    until = min(retention, date.fromisoformat(str(told["re_scan_until"])))
    for line, value in (
        ('given_by = ""', 'given_by = "on record with whoever sent the review pack"'),
        ('method = ""', 'method = "as in the case that is reviewed"'),
        ("date = 2000-01-01", f"date = {date.fromisoformat(str(told['date']))}"),
        ("retention_until = 2000-12-31", f"retention_until = {retention}"),
        ("re_scan_until = 2000-12-31", f"re_scan_until = {until}"),
    ):
        text = text.replace(line, value, 1)
    path = folder / "consent.toml"
    path.write_text(text, "utf-8")
    return path


def same_cases(given: Sequence[Path], count: int) -> list[Path]:
    """The cases of a review as they are named: each, or the folder that `run` wrote several in. Raises UsageError."""
    paths = list(given)
    if len(paths) == 1 and count > 1:
        paths = [paths[0] / str(n) for n in range(1, count + 1)]
    if len(paths) != count:
        raise UsageError(f"the pack is of {count} cases, {len(paths)} are given; name each, in their order")
    for path in paths:
        if not (path / manifest.NAME).is_file():
            raise UsageError(f"{path} is not a case: it has no manifest.json")
    return paths
