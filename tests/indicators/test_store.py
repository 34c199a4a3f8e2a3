"""The stored feeds: one step from old to new, whatever happens in between."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridle.indicators import load, store
from bridle.indicators.feed_index import FeedIndexError
from bridle.indicators.feed_state import Source, State, StoredFeed, encoded, old_sources, read_state
from bridle.indicators.store import StoreError

WHEN = "2026-01-02T03:04:05Z"
URL = "https://example.org/lists/domains.txt"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def source(*feeds, **more):
    made = Source(source="https://example.org/index.json", kind="index", checked=WHEN, sha256="0" * 64, feeds=feeds)
    return replace(made, **more)


def feed(data, name="lists/domains.txt", **more):
    return StoredFeed(name=name, url=URL, sha256=sha256(data), size=len(data), indicators=1, since=WHEN, **more)


def put(folder, data, name="lists/domains.txt", former=()):
    """What an update does."""
    with store.writing(folder), store.staging(folder) as staged:
        staged.put(data, name)
        store.commit(folder, State((source(feed(data, name, former=former)),)), staged)


def values(folder):
    return sorted(i.value for i in load([folder]).indicators)


def test_the_stored_feeds_are_what_is_loaded(tmp_path):
    put(tmp_path, b"old.example.org\n")
    put(tmp_path, b"new.example.org\n", former=(sha256(b"old.example.org\n"),))
    found = load([tmp_path])
    assert [(f.name, f.digest, f.indicators, f.loaded) for f in found.feeds] == [
        ("lists/domains.txt", sha256(b"new.example.org\n"), 1, True)
    ]
    assert values(tmp_path) == ["new.example.org"]
    assert store.object_bytes(tmp_path, sha256(b"old.example.org\n"), 100) == b"old.example.org\n"


def test_files_that_people_put_there_are_loaded_too(tmp_path):
    put(tmp_path, b"new.example.org\n")
    (tmp_path / "mine.txt").write_text("mine.example.org\n")
    (tmp_path / "objects" / "no.txt").write_text("no.example.org\n")
    assert values(tmp_path) == ["mine.example.org", "new.example.org"]


def test_a_folder_that_is_no_store_is_as_before(tmp_path):
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "a.txt").write_text("a.example.org\n")
    assert values(tmp_path) == ["a.example.org"]


@pytest.mark.parametrize("damage", [b"changed.example.org\n", b"", None])
def test_an_object_that_was_changed_is_not_loaded(tmp_path, damage):
    put(tmp_path, b"new.example.org\n")
    file = store.object_of(tmp_path, sha256(b"new.example.org\n"))
    file.unlink() if damage is None else file.write_bytes(damage)
    found = load([tmp_path])
    reason = "its bytes are not those that were stored; run `bridle indicators update`"
    assert [(f.loaded, f.reason) for f in found.feeds] == [
        (False, "No such file or directory" if damage is None else reason)
    ]
    put(tmp_path, b"new.example.org\n")
    assert values(tmp_path) == ["new.example.org"]


def test_objects_that_nothing_names_are_removed(tmp_path):
    for data in (b"1.example.org", b"2.example.org", b"3.example.org"):
        put(tmp_path, data, former=(sha256(b"2.example.org"),) if data[:1] == b"3" else ())
    assert sorted(p.name for p in (tmp_path / "objects").iterdir()) == sorted(
        [sha256(b"2.example.org"), sha256(b"3.example.org")]
    )


def test_a_state_is_read_as_it_was_written():
    state = State(
        (
            source(feed(b"a", title="A", former=("1" * 64,)), version=3, expires=WHEN, signed_by="SHA256:x"),
            Source(source=URL, kind="feed", checked=WHEN, sha256="2" * 64, signature="3" * 64),
        ),
        ({"when": WHEN, "feeds": []},),
        "SHA256:y",
    )  # fmt: skip
    assert read_state(encoded(state)) == state


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), "x"),
        (("schema",), 2),
        (("sources",), None),
        (("sources", 0, "kind"), "x"),
        (("sources", 0, "source"), "\u202e"),
        (("sources", 0, "sha256"), "../../x"),
        (("sources", 0, "signature"), "x"),
        (("sources", 0, "checked"), "yesterday"),
        (("sources", 0, "version"), -1),
        (("sources", 0, "feeds", 0, "name"), "../x"),
        (("sources", 0, "feeds", 0, "sha256"), "A" * 64),
        (("sources", 0, "feeds", 0, "size"), 1.5),
        (("sources", 0, "feeds", 0, "former"), ["x"]),
        (("sources", 0, "feeds", 0, "former"), 7),
        (("history",), [7]),
    ],
)
def test_states_that_are_damaged(tmp_path, place, value):
    stored = json.loads(encoded(State((source(feed(b"a")),))))
    inner = stored
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(FeedIndexError):
        read_state(json.dumps(stored).encode())
    (tmp_path / store.FILE).write_text(json.dumps(stored))
    with pytest.raises(StoreError, match=r"is damaged .* move it away and run"):
        store.state_of(tmp_path)
    assert [(f.name, f.loaded) for f in load([tmp_path]).feeds] == [("feeds.store", False)]


def test_names_and_sources_are_distinct():
    for twice in (
        (source(feed(b"a"), feed(b"b", "LISTS/domains.txt")),),
        (source(feed(b"a")), source()),
    ):
        with pytest.raises(FeedIndexError):
            read_state(encoded(State(twice)))


def test_old_sources_are_named(tmp_path):
    state = State(
        (
            source(source="https://example.org/a?key=secret", checked="2026-01-01T00:00:00Z"),
            source(source="https://example.org/b", checked="2026-01-02T00:00:00Z"),
            source(source="https://example.org/c", checked="2026-01-30T00:00:00Z", expires="2026-01-31T00:00:00Z"),
        )
    )
    assert old_sources(state, datetime(2026, 2, 1, tzinfo=UTC)) == [
        "the feeds of https://example.org/a were last had whole 31 days ago",
        "the index of feeds https://example.org/c was valid until 2026-01-31T00:00:00Z",
    ]
    put(tmp_path, b"a.example.org")
    assert store.stale(tmp_path)[0].startswith("the feeds of https://example.org/index.json were last had whole ")
    assert store.stale(tmp_path / "none") == []


def test_two_at_once(tmp_path):
    refused = pytest.raises(StoreError, match="another run is changing the feeds")
    with store.writing(tmp_path), refused, store.writing(tmp_path, 0.1):
        pass
    with store.writing(tmp_path, 0):
        pass


STEPS = ["fsync 1", "fsync 2", "fsync 3", "fsync 4", "rename 1", "replace 1"]
"""Of an update with one feed: its file, its folder, the folder of objects, the state; the object, the state."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_step(tmp_path, monkeypatch, step, number):
    put(tmp_path, b"old.example.org\n")
    name, count = step.split()
    made, calls = getattr(os, name), []

    def fails(*arguments, **options):
        calls.append(arguments)
        if len(calls) == int(count):
            raise OSError(number, os.strerror(number))
        return made(*arguments, **options)

    monkeypatch.setattr(os, name, fails)
    with pytest.raises(StoreError) as said:
        put(tmp_path, b"new.example.org\n")
    monkeypatch.undo()
    assert os.strerror(number) in str(said.value)
    assert values(tmp_path) == ["old.example.org"]
    put(tmp_path, b"new.example.org\n")
    assert values(tmp_path) == ["new.example.org"]


def test_a_full_disk_while_staging(tmp_path, monkeypatch):
    put(tmp_path, b"old.example.org\n")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(StoreError, match="No space left on device; the feeds were not changed; make room first"):
        put(tmp_path, b"new.example.org\n")
    monkeypatch.undo()
    assert values(tmp_path) == ["old.example.org"]
    assert len(list((tmp_path / "objects").iterdir())) == 1


def test_a_store_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    refused = pytest.raises(StoreError, match="cannot be written: Not a directory; BRIDLE_DATA names another place")
    with refused, store.writing(tmp_path / "file" / "feeds"):
        pass


def killed_after(steps, folder):
    """Whether a run that is killed before its n-th call to the system came to its end."""
    child = os.fork()
    if child == 0:
        left = [steps]

        def counted(made):
            def call(*arguments, **options):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return made(*arguments, **options)

            return call

        for name in ("fsync", "rename", "replace", "mkdir", "open", "unlink"):
            setattr(os, name, counted(getattr(os, name)))
        put(folder, b"new.example.org\n")
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_killed_at_any_step_leaves_old_or_new(tmp_path):
    found, ended = [], []
    while not ended or not ended[-1]:
        folder = tmp_path / f"store-{len(found)}"
        put(folder, b"old.example.org\n")
        ended.append(killed_after(len(found), folder))
        found += values(folder)
        put(folder, b"new.example.org\n")
        assert values(folder) == ["new.example.org"]
        assert [p.name for p in (folder / "objects").iterdir()] == [sha256(b"new.example.org\n")]
    assert len(ended) > 12
    assert found == ["old.example.org"] * found.count("old.example.org") + ["new.example.org"] * found.count(
        "new.example.org"
    )
    assert found.count("old.example.org") > 8


HOLDS = """
import sys, time
from pathlib import Path
from bridle.indicators import store
with store.writing(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_lock_of_a_dead_run_holds_nobody(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path], stdout=subprocess.PIPE, env=environment)
    with child:
        assert child.stdout.readline() == b"in\n"
        child.kill()
    began = time.monotonic()
    with store.writing(tmp_path):
        pass
    assert time.monotonic() - began < 5
