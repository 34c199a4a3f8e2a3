"""Files to import, as texts, and a base to import them into."""

from __future__ import annotations

import json

from bridle.infra import base as bases
from bridle.infra.importing import Said, import_files

MONDAY, TUESDAY = "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"


class Desk:
    """A folder with files and a base."""

    def __init__(self, folder):
        self.folder, self.base = folder / "files", folder / "base"

    def put(self, name, content):
        """Write a file: text, bytes, or what becomes JSON."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return file

    def take(self, name, content, recorded=MONDAY, **said):
        """Import one file."""
        (done,) = import_files([self.put(name, content)], self.base, Said(**said), recorded)
        return done

    def read(self, what, *args, **asked):
        """What the base says."""
        with bases.read(self.base) as base:
            return list(getattr(base, what)(*args, **asked))

    def pairs(self, type_):
        return [(r.one.value, r.other.value) for r in self.read("relations", type_)]

    def facts(self, value):
        return {f.name: f.text for f in self.read("facts", value=value)}


def lines(*objects):
    """JSON lines."""
    return "".join(json.dumps(o) + "\n" for o in objects)
