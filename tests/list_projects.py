"""List projects for tests: numbers that nobody has, under two identities that are made on the spot."""

import pyarrow as pa
import pyrage

from bridle.case.keys import Identity
from bridle.targets import schema
from bridle.targets.keys import Tokens
from bridle.targets.project import Project

PURPOSE = "Public-interest reporting on surveillance"


class Desk:
    """A project's folder, its first identity (of this process) and its second one."""

    def __init__(self, folder, monkeypatch, numbers=(), owner="Example Desk"):
        first, second = folder / "first.txt", folder / "second.txt"
        for path in (first, second):
            path.write_text(f"{pyrage.x25519.Identity.generate()}\n")
            path.chmod(0o600)
        monkeypatch.setenv("BRIDLE_IDENTITY", str(first))
        monkeypatch.delenv("BRIDLE_IDENTITY_PASSPHRASE", raising=False)
        self.second_file = second
        self.second = Identity(second.read_text())
        self.folder = folder / "project"
        Project.create(self.folder, owner, PURPOSE, second=[self.second.recipient])
        if numbers:
            self.take(numbers)

    def open(self):
        return Project.open(self.folder)

    def both(self):
        return Project.open(self.folder, second=self.second)

    def take(self, rows, source="ab" * 32):
        """Import rows: numbers, or dicts with `number` and columns of `schema.SELECTIONS`."""
        project = self.both()
        tokens = Tokens(project.keys.tokens())
        rows = [r if isinstance(r, dict) else {"number": r} for r in rows]
        known = [{"row": n, "source": source, "token": tokens.of(r["number"])} for n, r in enumerate(rows)]
        columns = set(schema.SELECTIONS.names)
        selected = [k | {c: v for c, v in r.items() if c in columns} for k, r in zip(known, rows, strict=True)]
        numbers = [k | {"number": r["number"], "raw": r["number"], "written": r["number"], "line": "{}"}
                   for k, r in zip(known, rows, strict=True)]  # fmt: skip
        with project.importing(source) as writer:
            writer.write(
                schema.selections(selected),
                pa.Table.from_pylist(numbers, schema=schema.NUMBERS),
                pa.table({"number": [r["number"] for r in rows]}),
            )
        return [k["token"] for k in known]
