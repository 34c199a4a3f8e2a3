"""Which artifacts read a file, of those that were asked for."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle import artifacts
from bridle.core import SIBLINGS
from bridle.engine.options import Options
from bridle.indicators import yara


class Use(NamedTuple):
    """The artifacts that read a file, that read the one it is a sibling of, and that want it beside theirs."""

    own: tuple[str, ...] = ()
    of_base: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Uses:
    """What is asked of a source's files."""

    def __init__(self, options: Options, *, rules: bool) -> None:
        """`rules` tells whether there are YARA rules to look with."""
        self._options, self._rules = options, rules
        self._last: tuple[PurePosixPath | None, Use] = (None, Use())

    def wanted(self, path: PurePosixPath) -> bool:
        return self._options.hash_all or any(self.of(path))

    def candidates(self, paths: pa.Array) -> pa.Array:
        """Which of many may be wanted."""
        found = artifacts.candidates(paths)
        for suffix in SIBLINGS:
            found = pc.or_(found, pc.ends_with(paths, suffix))
        return pc.or_(found, yara.candidates(paths)) if self._rules else found

    def of(self, path: PurePosixPath) -> Use:
        """A source asks for a path and then gives the member: what was found the first time is kept for the second."""
        if path is not self._last[0]:
            base = base_of(path)
            beside = self._asked(artifacts.beside_path(path))
            self._last = path, Use(self._names(path), self._names(base) if base is not None else (), beside)
        return self._last[1]

    def _names(self, path: PurePosixPath) -> tuple[str, ...]:
        found = artifacts.for_path(path)
        return self._asked((*found, yara.NAME) if self._rules and yara.wants(path) else found)

    def _asked(self, names: tuple[str, ...]) -> tuple[str, ...]:
        only = self._options.only
        return names if only == "*" else tuple(n for n in names if fnmatch.fnmatchcase(n, only))


def base_of(path: PurePosixPath) -> PurePosixPath | None:
    """The file that a sibling such as `sms.db-wal` belongs to."""
    text = str(path)
    if not text.endswith(SIBLINGS):
        return None
    return next((PurePosixPath(text[: -len(s)]) for s in SIBLINGS if text.endswith(s)), None)
