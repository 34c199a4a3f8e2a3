"""Text put into every text of a synthetic phone: what people write, and nothing that rows are joined by."""

from __future__ import annotations

import json
import plistlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Planter:
    """Goes through databases, property lists, JSON files and logs. What is put where, the methods that follow say."""

    surrogates = "surrogateescape"
    """How halves of pairs are written into logs."""
    keeps_xml = True
    """Whether a property list in XML stays one; it holds no control characters."""

    def mark(self, text: str) -> str:
        """The text with what is planted."""
        raise NotImplementedError

    def in_database(self, table: str, column: str, text: str) -> str | bytes | None:
        """The same for a cell, bytes for what no text can hold; None leaves it as it is."""
        raise NotImplementedError

    def in_plist(self, text: str) -> str:
        """The same for a text with a blank in a property list."""
        return self.mark(text)

    def in_line(self, line: str) -> str:
        """The same for a line of a log or a dump that has text behind a colon."""
        return self.mark(line)

    def everywhere(self, folder: Path) -> None:
        """Every database, property list, JSON file and log of a synthetic phone."""
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            head = file.read_bytes()[:16]
            lines = self._lines if file.name in ("logcat.txt", "dumpsys.txt") else None
            plant = next((how for begin, how in self._how() if head.startswith(begin)), lines)
            if plant is not None:
                plant(file)

    def _how(self) -> tuple[tuple[bytes, Callable[[Path], None]], ...]:
        return (b"SQLite format 3", self._database), (b"bplist00", self._plist), (b"<?xml", self._plist), (
            b"{", self._json), (b"[", self._json)  # fmt: skip

    def _database(self, file: Path) -> None:
        db = sqlite3.connect(file)
        tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")]
        for table in tables:
            for _, name, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall():
                rows = db.execute(f'SELECT rowid, "{name}" FROM "{table}" WHERE typeof("{name}") = \'text\'').fetchall()
                for rowid, text in rows:
                    if (made := self.in_database(table, name, text)) is not None:
                        db.execute(f'UPDATE "{table}" SET "{name}" = CAST(? AS TEXT) WHERE rowid = ?', (made, rowid))
        db.commit()
        db.close()

    def _plist(self, file: Path) -> None:
        content = file.read_bytes()
        try:
            found = plistlib.loads(content)
        except (plistlib.InvalidFileException, ValueError, OverflowError):
            return
        if not (isinstance(found, dict) and "$archiver" in found):
            is_xml = self.keeps_xml and not content.startswith(b"bplist00")
            form = plistlib.FMT_XML if is_xml else plistlib.FMT_BINARY
            file.write_bytes(plistlib.dumps(_walked(found, self.in_plist), fmt=form))

    def _json(self, file: Path) -> None:
        try:
            found = json.loads(file.read_text("utf-8"))
        except ValueError:
            return
        file.write_text(json.dumps(_walked(found, self.mark)), "utf-8")

    def _lines(self, file: Path) -> None:
        lines = file.read_text("utf-8", "surrogateescape").split("\n")
        told = [self.in_line(line) if re.search(r": \S", line) else line for line in lines]
        file.write_text("\n".join(told), "utf-8", self.surrogates)


def _walked(value: Any, mark: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mark(value) if " " in value else value
    if isinstance(value, dict):
        return {k: _walked(v, mark) for k, v in value.items()}
    return [_walked(v, mark) for v in value] if isinstance(value, list) else value
