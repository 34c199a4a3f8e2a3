"""A small list project for tests: two people, two keys, and a few rows."""

import pyarrow as pa
import pyrage

from bridle.case.keys import Identity
from bridle.targets import schema
from bridle.targets.keys import Tokens
from bridle.targets.project import Project

ROWS = [("+15555550101", "+1 (555) 555-0101", "editor"), ("+15555550102", "0015555550102", "source"),
        ("+15555550101", "tel:+15555550101", "again")]  # fmt: skip
SOURCE = "ab" * 32


def person() -> Identity:
    return Identity(str(pyrage.x25519.Identity.generate()))


def at_home(monkeypatch, tmp_path) -> Identity:
    """The analyst's own identity, in a folder of the test."""
    one = person()
    file = tmp_path / "home" / "identity.txt"
    file.parent.mkdir()
    file.write_text(one.secret + "\n")
    file.chmod(0o600)
    monkeypatch.setenv("BRIDLE_IDENTITY", str(file))
    return one


def filled(project: Project) -> None:
    tokens = Tokens(project.keys.tokens())
    made = [
        {"row": n, "source": SOURCE, "token": tokens.of(number), "country": "US", "operator": "client-of-the-leak"}
        for n, (number, _, _) in enumerate(ROWS)
    ]
    numbers = [
        {"row": n, "source": SOURCE, "token": tokens.of(number), "number": number, "written": number, "raw": raw}
        for n, (number, raw, _) in enumerate(ROWS)
    ]
    cells = pa.table({"number": [raw for _, raw, _ in ROWS], "note": [note for _, _, note in ROWS]})
    with project.importing(SOURCE) as writer:
        writer.write(schema.selections(made), pa.Table.from_pylist(numbers, schema=schema.NUMBERS), cells)
