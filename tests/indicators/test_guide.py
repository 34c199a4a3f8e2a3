"""The guide's examples are what it says they are."""

import re
from pathlib import Path

import pytest

from bridle.indicators import load

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "indicators.md").read_text("utf-8")
EXAMPLES = re.findall(r"^### [^\n]*\{([\w ]+)\}$|^```\w+ (\S+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
READ = {
    "feed.stix2": {"exampled", "lure.example"},
    "event.json": {"lure.example", "198.51.100.7"},
    "table.csv": {"lure.example", "exampled"},
    "columns.csv": {"lure.example", "198.51.100.7"},
    "array.json": {"lure.example", "198.51.100.7"},
    "list.txt": {"exampled", "otherd"},
    "hosts": {"lure.example", "other.example", "third.example"},
    "db.rpz": {"lure.example", "198.51.100.7"},
    "local.rules": {"lure.example", "198.51.100.7", "198.51.100.8", "ab" * 20},
    "evil.lst": {"lure.example", "sub.lure.example"},
    "apt_example.txt": {"lure.example", "198.51.100.7"},
    "surfaces.toml": set(),
}


def examples():
    form = ""
    for heading, name, text in EXAMPLES:
        form = heading or form
        if name:
            yield pytest.param("surfaces" if name == "surfaces.toml" else form, name, text, id=name)


@pytest.mark.parametrize(("form", "name", "text"), list(examples()))
def test_an_example_of_the_guide(tmp_path, form, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    found = load([tmp_path])
    assert [(f.format, f.loaded, f.reason) for f in found.feeds] == [(form, True, None)]
    assert {i.value for i in found.indicators} == READ[name]
    assert [w for w in found.warnings if w.severity == "error" and not w.reason.startswith("it asks")] == []


def test_every_example_is_tried():
    assert [p.id for p in examples()] == list(READ)
