"""Without descriptors that cross, parsers run in this process: a fault still costs its file, and the case says so."""

import pytest
from test_pool import content, made, part, run, run_all  # noqa: F401 - `made` is a fixture

from bridle.sandbox import inside
from bridle.sandbox.pool import Pool

WEAKER = ["parsers ran in the process of bridle itself: without bounds of memory and time of their own"]


@pytest.fixture
def pool(made, monkeypatch):  # noqa: F811
    monkeypatch.setattr(inside, "needed", lambda: True)
    p = Pool(4)
    yield p
    p.close()


def test_rows_and_gaps_come_as_from_a_child(pool):
    rows, outcome = run(pool, "lines", b"a\n?\nb\n")
    assert rows == [
        ("trial.lines.line", {"locator": "line 1", "text": "a"}),
        ("trial.lines.line", {"locator": "line 3", "text": "b"}),
        ("gaps", {"locator": "line 2", "reason": "odd"}),
    ]
    assert (outcome.status, outcome.reason, outcome.rows, outcome.gaps) == ("parsed", None, 2, 1)
    assert (pool.network, pool.weaker) == ("open", WEAKER)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("faults", "killed", "the parser failed: TypeError in faults.py:14"),
        ("damaged", "damaged", "expected magic, got b'xx'"),
    ],
)
def test_a_failure_costs_its_file_and_the_next_is_read(pool, name, status, reason):
    rows, outcome = run(pool, name)
    assert rows == [(f"trial.{name}.line", {"locator": "line 1", "text": "before"})]
    assert (outcome.status, outcome.reason) == (status, reason)
    rows, outcome = run(pool, "lines", b"next\n")
    assert (rows, outcome.status) == ([("trial.lines.line", {"locator": "line 1", "text": "next"})], "parsed")


def test_siblings_are_there(pool):
    rows, _ = run(pool, "reads_sibling", b"x", [("-wal", b"frames")])
    assert rows == [("trial.reads_sibling.line", {"locator": "line 1", "text": "frames None"})]


@pytest.mark.parametrize("made_part", [content, lambda data: part("", data)], ids=["content", "extent"])
@pytest.mark.parametrize("gathered", [True, False])
def test_many_small_files_are_all_told_of(made, monkeypatch, made_part, gathered):  # noqa: F811
    monkeypatch.setattr(inside, "needed", lambda: True)
    found = run_all([b"a\n", b"damage\n", b"b\ngap\n", b"odd\n", b"c\n"], made_part=made_part, gathered=gathered)
    assert [(end[0], rows) for end, rows in found] == [
        ("parsed", [("told.line", "a 0")]),
        ("damaged", []),
        ("parsed", [("told.line", "b 0"), ("told.line", "gap 0"), ("gaps", "odd")]),
        ("killed", []),
        ("parsed", [("told.line", "c 0")]),
    ]


def test_what_the_sink_raises_is_not_the_parsers_fault(pool):
    from bridle.sandbox.pool import Task

    def full(table, batch):
        raise OSError(28, "No space left on device")

    pool.submit(Task(artifact="trial.lines", parts=(content(b"a\n"),)), full, lambda _: None)
    with pytest.raises(OSError, match="No space left on device"):
        pool.join()


def test_on_this_system_children_parse(made):  # noqa: F811
    p = Pool(1)
    try:
        run(p, "lines", b"a\n")
        assert p.weaker == []
    finally:
        p.close()
