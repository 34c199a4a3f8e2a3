"""A pack examined as a reviewer will: into a case of its own, by the files of the pack alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.case.keys import CaseKey
from bridle.classes import dataclass
from bridle.engine.bounds import given
from bridle.engine.check import check
from bridle.engine.options import Options, Talk
from bridle.evidence.review_pack import Pack
from bridle.indicators import IndicatorSet


@dataclass(frozen=True, kw_only=True)
class With:
    """What a pack is examined with, beside what is in it."""

    found: IndicatorSet
    yara: tuple[Path, ...] = ()
    baselines: tuple[Path, ...] = ()
    jobs: int = 2
    consent: Path | None = None
    encrypt_to: tuple[str, ...] = ()
    plaintext: bool = False
    key: CaseKey | None = None


def examine(pack: Pack, number: int, out: Path, using: With, talk: Talk) -> dict[str, Any]:
    """The summary of the case that is written at `out`. Raises what `check` raises, or SourceError."""
    told: Mapping[str, Any] = pack.about["cases"][number]["examination"]
    moved = given(map(str, told.get("limits", ())))
    return check(
        Options(
            sources=(), opened=pack.sources(number), case=out, loaded=using.found, yara=using.yara,
            baselines=using.baselines, jobs=using.jobs, consent=using.consent, encrypt_to=using.encrypt_to,
            plaintext=using.plaintext, key=using.key, only=str(told["only"]), hash_all=bool(told["hash_all"]),
            audience=str(told["audience"]), fail_on=str(told["fail_on"]),
            limits=moved.limits, bounds=moved.bounds,
        ),
        talk,
    )  # fmt: skip
