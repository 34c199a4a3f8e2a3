"""A case that is looked at: what is read of it once, and what of it may be shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from threading import RLock
from typing import Any

from bridle.case.reader import Case
from bridle.core import LEVELS
from bridle.report.content import Content, content_of
from bridle.report.masking import masked
from bridle.report.safe import MOST, shown, visible
from bridle.web.events import Index, index
from bridle.web.rows import Rows
from bridle.web.window import Windows

CHOICES = 4
"""Choices of tables whose events are kept at once, besides all of them."""


class Refused(Exception):  # noqa: N818 - it is an answer
    """What cannot be done, told to whoever looks; `status` is that of HTTP."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Viewed:
    """One case. Safe to use from several threads."""

    def __init__(self, case: Case, name: str, *, identify: bool = False) -> None:
        """`name` is what the case is called on the pages."""
        self.case, self.name, self._identify = case, name, identify
        self.rows = Rows(case)
        self._turn = RLock()
        self._indexes: OrderedDict[frozenset[str], Index] = OrderedDict()

    @cached_property
    def content(self) -> Content:
        """What reports are made of. Raises OSError or ValueError for a damaged case."""
        return content_of(self.case, identify=self._identify)

    @cached_property
    def windows(self) -> Windows:
        return Windows(self.case, self.rows)

    @cached_property
    def findings(self) -> Mapping[str, Mapping[str, Any]]:
        """By id, in their order, with what tells whose device it is masked."""
        return {f["id"]: f for f in masked(self.content.findings, self.content.masked)}

    @cached_property
    def cited(self) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
        """Which finding cites a row, by its table, path and locator; of several that of the highest level."""
        found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        for f in sorted(self.findings.values(), key=lambda f: -LEVELS.index(f["level"])):
            told = {"id": f["id"], "level": f["level"], "title": self.shown(f["title"])}
            for e in self.content.findings[self._number[f["id"]]]["evidence"]:
                found.setdefault((e["table"], e["path"], e["locator"]), told)
        return found

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {f["id"]: n for n, f in enumerate(self.content.findings)}

    def shown(self, value: Any, most: int = MOST) -> Any:
        """Text, or every text in lists and dictionaries, as it may stand on a page: masked, in sight, defanged."""
        return _each(masked(value, self.content.masked), lambda text: shown(text, most))

    def named(self, value: Any) -> Any:
        """The same of names that bridle gave, such as `ios.photos`, which only looks like an address: not defanged."""
        return _each(masked(value, self.content.masked), visible)

    @cached_property
    def _all(self) -> tuple[Index, dict[str, int]]:
        return index(self.case)

    def events(self, tables: frozenset[str] = frozenset()) -> tuple[Index, dict[str, int]]:
        """The events of these tables, or of all; and the tables that are left out as too large, with their rows.

        Raises TooManyError, OSError or ValueError.
        """
        with self._turn:
            whole, left = self._all
            if not tables:
                return whole, left
            found = self._indexes.get(tables)
            if found is None:
                found = index(self.case, tables)[0] if tables & left.keys() else whole.only(tables)
                self._indexes[tables] = found
                if len(self._indexes) > CHOICES:
                    self._indexes.popitem(last=False)
            self._indexes.move_to_end(tables)
            return found, {}

    def read_ahead(self) -> None:
        """Find out what the first pages ask for; what is damaged is told when they do."""
        with suppress(OSError, ValueError):
            _ = self.events(), self.findings

    def close(self) -> None:
        self.rows.close()
        if "windows" in self.__dict__:
            self.windows.close()


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {visible(k): _each(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_each(v, change) for v in value]
    return value
