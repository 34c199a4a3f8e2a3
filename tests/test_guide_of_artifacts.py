"""The parser that the guide for artifacts shows reads the fixture that it shows into the rows that it shows."""

import json
import re
import sys
import types
from pathlib import Path

from artifact_files import Stored
from bridle.core import Artifact, fields_of

GUIDE = (Path(__file__).parent.parent / "docs" / "guides" / "write-an-artifact.md").read_text("utf-8")


def block(kind, number=0):
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)[number]


def test_the_guides_parser_gives_the_guides_rows(monkeypatch, tmp_path):
    module = types.ModuleType("bridle.artifacts.ios.build_text")
    file = tmp_path / "build_text.py"
    file.write_text(block("python"))
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
    parser = module.build_text
    assert isinstance(parser, Artifact)
    rows = [
        {type(r).__name__: {f.name: v for f in fields_of(type(r)) if (v := getattr(r, f.name)) is not None}}
        for r in parser.parse(Stored(block("").encode()))
    ]
    assert rows == [json.loads(line) for line in block("json").splitlines()]
    assert len(rows) == 2
