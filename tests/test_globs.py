"""Which artifacts read a path: every glob is honoured, whichever table it is kept in."""

from __future__ import annotations

import ast
import fnmatch
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle import artifacts
from bridle.artifacts.globs import Globs, _pattern

GLOBS = {
    "/a/exact.db": "exact",
    "/a/**/Cache.db": "file name",
    "/a/*/x.plist": "one folder",
    "/a/*.tracev3": "ending",
    "/a/**": "everything",
    "/b/?/profile-*": "no ending",
    "/b/powerlog_*.PLSQL.gz": "two endings",
    "/b/shutdown*.log": "prefix and ending",
    "/c/*.PLSQL*": "ending and more",
}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/a/exact.db", {"exact", "everything"}),
        ("/a/Cache.db", {"file name", "everything"}),
        ("/a/b/c/Cache.db", {"file name", "everything"}),
        ("/a/b/Cache.db-wal", {"everything"}),
        ("/a/b/x.plist", {"one folder", "everything"}),
        ("/a/b/c/x.plist", {"everything"}),
        ("/a/1.tracev3", {"ending", "everything"}),
        ("/a/b/1.tracev3", {"everything"}),
        ("/b/1/profile-0a1b", {"no ending"}),
        ("/b/1/profile-0a1b.stub", {"no ending"}),
        ("/b/12/profile-0a1b.stub", set()),
        ("/b/powerlog_1.PLSQL.gz", {"two endings"}),
        ("/b/powerlog_1.PLSQL", set()),
        ("/b/shutdown.log", {"prefix and ending"}),
        ("/b/shutdown.0.log", {"prefix and ending"}),
        ("/c/1.PLSQL", {"ending and more"}),
        ("/c/1.PLSQL.gz", {"ending and more"}),
        ("/d/nothing", set()),
        ("/a/new\nline/Cache.db", {"file name", "everything"}),
    ],
)
def test_the_globs_that_match(path: str, names: set[str]) -> None:
    assert Globs(GLOBS.items()).names(path) == names


def test_the_tables_say_what_trying_every_glob_says() -> None:
    chance, parts = (
        random.Random(7),
        ["a", "b", "x.db", "Cache.db", "y.log", "1.PLSQL.gz", "*", "**", "*.db", "y*", "?"],
    )
    globs = ["/" + "/".join(chance.choices(parts, k=chance.randrange(1, 4))) for _ in range(300)]
    paths = ["/" + "/".join(chance.choices(parts[:6], k=chance.randrange(1, 4))) for _ in range(300)]
    tables = Globs((g, g) for g in globs)
    found = {p: tables.names(p) for p in paths}
    assert found == {p: {g for g in globs if _pattern(g).match(p)} for p in paths}
    assert sum(map(len, found.values())) > 300
    assert fnmatch.fnmatchcase("/a", "/?")


def test_the_first_look_at_many_paths_loses_none_and_passes_few() -> None:
    chance = random.Random(11)
    parts = [
        "a",
        "b.c",
        "x.db",
        ".db",
        "Cache.db",
        "y.log",
        "1.PLSQL.gz",
        "é",
        "\n",
        "*",
        "**",
        "*.db",
        "y*",
        "?",
        "*.gz*",
    ]
    globs = ["/" + "/".join(chance.choices(parts, k=chance.randrange(1, 4))) for _ in range(300)]
    paths = ["", "/", *("/" + "/".join(chance.choices(parts[:9], k=chance.randrange(1, 4))) for _ in range(2000))]
    tables = [Globs([(g, g)]) for g in globs]
    for glob, table in zip(globs, tables, strict=True):
        for asked in (paths, paths[::40]):
            found = table.candidates(pa.array(asked)).to_pylist()
            assert not [p for p, maybe in zip(asked, found, strict=True) if table.names(p) and not maybe], glob
    few = ["/a/b", "/x/Cache.db", "/b/12/profile-1", "/d/1.tracev3", "/d/e.jpg", "/b/1/profile-1"]
    assert Globs(GLOBS.items()).candidates(pa.array(few * 100)).to_pylist() == [
        True, True, False, False, False, True,
    ] * 100  # fmt: skip
    assert Globs([]).candidates(pa.array(["/a"])).to_pylist() == [False]


_PIECES = st.sampled_from(["a", "B", ".", "-", "\n", "ü", "/", "x/y", "_", ".db", ""])


_OWN = {g for of in (artifacts.paths(), artifacts.companions()) for globs in of.values() for g in globs}


@settings(deadline=None)
@given(glob=st.sampled_from(sorted(_OWN)), fill=st.lists(_PIECES, min_size=8, max_size=8), tail=_PIECES)
def test_no_path_of_an_artifact_is_lost_at_the_first_look(glob: str, fill: list[str], tail: str) -> None:
    path = glob
    for piece in fill:
        for wild, put in (("**/", piece + "/"), ("**", piece), ("*", piece), ("?", piece[:1] or "q")):
            if wild in path:
                path = path.replace(wild, put, 1)
                break
    for asked in (path, path + tail, path.upper()):
        wanted = bool(artifacts.for_path(asked) or artifacts.beside_path(asked))
        (maybe,) = artifacts.candidates(pa.array([asked])).to_pylist()
        assert maybe or not wanted
    if "/" not in "".join(fill) and "*" not in path:
        assert artifacts.candidates(pa.array([path])).to_pylist() == [True]


def test_ordinary_paths_are_told_at_the_first_look() -> None:
    paths = ["/private/var/mobile/Media/DCIM/100APPLE/IMG_0001.HEIC", "/private/var/mobile/Library/SMS/smsXdb", "/a"]
    assert artifacts.candidates(pa.array(paths)).to_pylist() == [False, False, False]


def test_every_parser_file_is_found_with_what_it_declares():
    # Only the lines of the decorator are read for this; here whole files are, and every decorated function counts.
    declared = {}
    for file in sorted(Path(artifacts.__file__).parent.glob("*/*.py")):
        for node in ast.parse(file.read_bytes()).body:
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "artifact":
                    declared[f"{file.parent.name}.{node.name}"] = tuple(map(ast.literal_eval, call.args))
    assert len(declared) > 170
    assert artifacts.paths() == declared


@pytest.mark.parametrize("name", ["ios.nothing", "ios", "ios._x", "../core", "ios.sms.message", "android/logcat", ""])
def test_an_unknown_artifact_is_not_imported(name):
    with pytest.raises(KeyError):
        artifacts.load(name)


def test_an_artifact_is_loaded_without_reading_the_others(monkeypatch):
    monkeypatch.setattr(artifacts, "_declared", None)
    assert artifacts.load("ios.shutdown_log").name == "ios.shutdown_log"
