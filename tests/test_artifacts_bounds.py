"""What a file controls and may not: the length of a line, the number of clients, the depth of a property list."""

from __future__ import annotations

import tracemalloc

from artifact_files import Stored, bplist, gaps, rows
from bridle import artifacts
from bridle.core import Gap

SHUTDOWN = artifacts.load("ios.shutdown_log")
CLIENT = b"\t\tremaining client pid: 66 (/usr/libexec/locationd)\n"


def test_a_line_of_the_longest_length_is_read_and_a_longer_one_is_a_gap() -> None:
    path = "/" + "a" * (16384 - len("remaining client pid: 66 ()\n") - 1)
    longest = f"remaining client pid: 66 ({path})\n".encode()
    assert len(longest) == 16384
    longer = longest.replace(b"/a", b"/aa")
    found = rows(SHUTDOWN, Stored(longest + longer * 2 + CLIENT))
    assert [r.locator for r in found] == ["line 2", "line 3", "line 1", "line 4"]
    assert found[0] == Gap(locator="line 2", reason="expected a line of at most 16384 bytes, got a longer one")
    assert found[2].path == path


def test_a_line_without_end_costs_no_memory() -> None:
    file = Stored(b"x" * (8 << 20))
    tracemalloc.start()
    found = rows(SHUTDOWN, file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [r.locator for r in found] == ["line 1"]
    assert peak < 1 << 20


def test_clients_without_end_are_handed_on_and_none_is_lost() -> None:
    found = rows(SHUTDOWN, Stored(CLIENT * 25_000 + b"SIGTERM: [1609459200] All buffers flushed\n"))
    assert [g.locator for g in gaps(found)] == ["before line 10001", "before line 20001"]
    clients = [r for r in found if type(r).__name__ == "Client"]
    assert [c.locator for c in clients] == [f"line {n}" for n in range(1, 25_001)]
    assert sum(c.shutdown is not None for c in clients) == 5_000
    assert (found[-1].rounds, found[-1].clients) == (0, 25_000)


def test_rows_of_a_long_log_come_before_its_end_is_read() -> None:
    file = Stored((CLIENT + b"SIGTERM: [1609459200] All buffers flushed\n") * 5_000)
    first = next(iter(SHUTDOWN.parse(file)))
    assert first.locator == "line 1"
    assert file.opened[0].furthest < 1_000


def test_a_property_list_nested_too_deep_is_a_gap_and_the_rest_is_read() -> None:
    nested = '{"a": ' * 20 + "1" + "}" * 20
    found = rows(artifacts.load("ios.backup_info"), Stored(bplist(f'{{"deep": {nested}, "flat": 2}}')))
    place = "deep" + "/a" * 15
    assert found[0] == Gap(locator=place, reason="Fact: expected at most 16 levels, got more")
    assert [(r.key, r.value) for r in found[1:]] == [("flat", "2")]


def test_keys_that_are_the_same_once_joined_have_places_of_their_own() -> None:
    content = bplist('{"a/b": 1, "a": {"b": 2}, "a~1b": 3}')
    assert [r.locator for r in rows(artifacts.load("ios.backup_info"), Stored(content))] == ["a~1b", "a/b", "a~01b"]
