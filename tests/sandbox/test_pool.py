"""A child costs its file and nothing else. The tasks run real artifacts of a small package made for this test."""

import hashlib
import os
import textwrap
import threading
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.sandbox.child import _KEPT_ENVIRONMENT
from bridle.sandbox.pool import DRIVER, INLINE, Companion, Limits, Part, Pool, Task, missing_walls

PARSERS = {
    "lines": """
        for n, line in enumerate(file.open(), 1):
            if line.startswith(b"?"):
                yield Gap(locator=f"line {n}", reason="odd")
            else:
                yield Line(locator=f"line {n}", text=line.decode().rstrip())
    """,
    "dies": """
        yield Line(locator="line 1", text="before")
        os.kill(os.getpid(), 9)
    """,
    "faults": """
        yield Line(locator="line 1", text="before")
        raise TypeError("a secret message")
    """,
    "damaged": """
        yield Line(locator="line 1", text="before")
        raise FormatError("expected magic, got b'xx'")
    """,
    "crashes": """
        yield Line(locator="line 1", text="before")
        import ctypes
        ctypes.string_at(0)
    """,
    "aborts": """
        yield Line(locator="line 1", text="before")
        os.abort()
    """,
    "leaves": """
        yield Line(locator="line 1", text="before")
        os._exit(3)
    """,
    "exits": """
        yield Line(locator="line 1", text="before")
        raise SystemExit(4)
    """,
    "hungry": """
        yield Line(locator="line 1", text=str(len(bytearray(4 << 30))))
    """,
    "sleeps": """
        yield Line(locator="line 1", text="before")
        time.sleep(60)
    """,
    "writes": """
        scratch = os.memfd_create("scratch")
        try:
            os.write(scratch, b"x")
            yield Line(locator="line 1", text="written")
        except OSError as e:
            yield Line(locator="line 1", text=str(e.errno))
    """,
    "opens": """
        for n, (name, call) in enumerate((
            ("open", lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR)),
            ("execute", lambda: os.execv("/bin/true", ["true"])),
            ("fork", os.fork),
        ), 1):
            try:
                call()
                yield Line(locator=f"line {n}", text=name)
            except OSError as e:
                yield Line(locator=f"line {n}", text=f"{name} {e.errno}")
    """,
    "calls": """
        import socket
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=2)
            yield Line(locator="line 1", text="connected")
        except OSError as e:
            yield Line(locator="line 1", text=str(e.errno))
    """,
    "told": """
        text = file.open().read().decode()
        for n, line in enumerate(text.splitlines(), 1):
            if line == "die":
                os.kill(os.getpid(), 9)
            if line == "sleep":
                time.sleep(60)
            if line == "spin":
                while True:
                    pass
            if line == "eat":
                text = str(len(bytearray(4 << 30)))
            if line == "damage":
                raise FormatError("told so")
            if line == "odd":
                yield Line(locator=f"line {n}", text=5)
            if line.startswith("block"):
                from bridle.formats.arrow import ArrowBlock, table_of
                rows = [Line(locator=f"line {n}", text=f"{line} {k}") for k in range(int(line[5:]))]
                yield ArrowBlock(Line, table_of(Line, rows))
                continue
            for k in range(5000 if line == "many" else 1):
                yield Line(locator=f"line {n}", text=f"{line} {k}")
            if line == "gap":
                yield Gap(locator=f"line {n}", reason="odd")
    """,
    "reads_companions": """
        for n, (path, other) in enumerate(file.companions().items(), 1):
            text = f"{path} {other.size} {other.sha256[:4]} {other.open().read().decode()}"
            yield Line(locator=f"line {n}", text=text)
    """,
    "reads_sibling": """
        wal = file.sibling("-wal")
        yield Line(locator="line 1", text=wal.open().read().decode() + " " + str(file.sibling("-journal")))
    """,
}
HEAD = """
import os, time
from bridle.core import FormatError, Gap, Record, artifact, note, record

@record
class Line(Record):
    "A line."
    text: str = note(doc="its text")
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Real artifacts, under a package path that the children inherit."""
    import bridle.artifacts

    folder = tmp_path / "artifacts" / "trial"
    folder.mkdir(parents=True)
    for name, body in PARSERS.items():
        body = textwrap.indent(textwrap.dedent(body), "    ")
        code = f"@artifact('/{name}')\ndef {name}(file) -> 'Iterator[Line | Gap]':\n{body}"
        (folder / f"{name}.py").write_text(HEAD + "from collections.abc import Iterator\n" + code)
    (tmp_path / "sitecustomize.py").write_text(
        "import pathlib\nimport bridle.artifacts as a\n"
        f"a._HERE = pathlib.Path({str(tmp_path / 'artifacts')!r})\na.__path__.append(str(a._HERE))\n"
        "import os\nif 'UNFILTERED' in os.environ:\n"
        "    from bridle.sandbox import seccomp\n    seccomp.filtered = lambda: False\n"
    )
    monkeypatch.setattr(bridle.artifacts, "_HERE", tmp_path / "artifacts")
    monkeypatch.setattr(bridle.artifacts, "__path__", [*bridle.artifacts.__path__, str(tmp_path / "artifacts")])
    ours = Path(bridle.artifacts.__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ours}")
    bridle.artifacts._declared.cache_clear()
    yield
    bridle.artifacts._declared.cache_clear()


def part(suffix, data):
    descriptor = os.memfd_create("part")
    os.write(descriptor, data)
    extent = Extent(descriptor=descriptor, offset=0, length=len(data), size=len(data))
    return Part(suffix=suffix, path="/x" + suffix, sha256=hashlib.sha256(data).hexdigest(), extent=extent)


def run(pool, name, data=b"", siblings=()):
    rows, ended = [], []
    task = Task(artifact=f"trial.{name}", parts=(part("", data), *(part(s, d) for s, d in siblings)))
    pool.submit(task, lambda table, batch: rows.extend((table, r) for r in batch.to_pylist()), ended.append)
    pool.join()
    (outcome,) = ended
    return rows, outcome


@pytest.fixture
def pool(made):
    p = Pool(1, Limits(memory=2 << 30, wall=3))
    yield p
    p.close()


def test_rows_and_gaps_come_back_in_order(pool):
    rows, outcome = run(pool, "lines", b"a\n?\nb\n")
    assert rows == [
        ("trial.lines.line", {"locator": "line 1", "text": "a"}),
        ("trial.lines.line", {"locator": "line 3", "text": "b"}),
        ("gaps", {"locator": "line 2", "reason": "odd"}),
    ]
    assert (outcome.status, outcome.reason) == ("parsed", None)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("dies", "killed", "the parser process was stopped by signal 9"),
        ("crashes", "killed", "the parser process was stopped by signal 11"),
        ("aborts", "killed", "the parser process was stopped by signal 6"),
        ("leaves", "killed", "the parser process ended (3)"),
        ("exits", "killed", "the parser process ended (4)"),
        ("faults", "killed", "the parser failed: TypeError in faults.py:14"),
        ("damaged", "damaged", "expected magic, got b'xx'"),
        ("sleeps", "killed", "stopped after 3 s"),
        ("hungry", "killed", "the parser needed more memory than it may use"),
    ],
)
def test_a_failure_costs_its_file_and_the_next_is_read(pool, name, status, reason):
    _, outcome = run(pool, name)
    assert (outcome.status, outcome.reason) == (status, reason)
    rows, outcome = run(pool, "lines", b"next\n")
    assert (rows, outcome.status) == ([("trial.lines.line", {"locator": "line 1", "text": "next"})], "parsed")


def test_rows_before_damage_are_kept(pool):
    rows, _ = run(pool, "damaged")
    assert rows == [("trial.damaged.line", {"locator": "line 1", "text": "before"})]


def test_a_fault_does_not_name_values(pool):
    _, outcome = run(pool, "faults")
    assert "secret" not in outcome.reason


def test_a_parser_writes_no_byte_to_a_file(pool):
    rows, _ = run(pool, "writes")
    assert rows == [("trial.writes.line", {"locator": "line 1", "text": "27"})]  # EFBIG


def test_a_parser_opens_no_file_for_writing_and_starts_nothing(pool):
    rows, _ = run(pool, "opens")
    if pool.system_calls != "filtered":
        pytest.skip("this system does not let a process filter its system calls")
    assert [r["text"] for _, r in rows] == ["open 1", "execute 1", "fork 1"]  # EPERM


def test_a_parser_reaches_no_network(pool):
    rows, _ = run(pool, "calls")
    if pool.network != "cut" and pool.system_calls != "filtered":
        pytest.skip("this system lets a process neither leave its network nor filter its system calls")
    refused = "1" if pool.system_calls == "filtered" else "101"  # EPERM, or ENETUNREACH: no loopback either
    assert rows == [("trial.calls.line", {"locator": "line 1", "text": refused})]


def test_no_network_where_calls_are_not_filtered(made, monkeypatch):
    monkeypatch.setattr("bridle.sandbox.child._KEPT_ENVIRONMENT", (*_KEPT_ENVIRONMENT, "UNFILTERED"))
    monkeypatch.setenv("UNFILTERED", "1")
    p = Pool(1, Limits(memory=2 << 30, wall=3))
    try:
        rows, _ = run(p, "calls")
        assert p.system_calls == "open"
        if p.network != "cut":
            pytest.skip("this system does not let a process leave its network")
        assert rows == [("trial.calls.line", {"locator": "line 1", "text": "101"})]
    finally:
        p.close()


DOCTOR = "though not put a byte into them: `bridle doctor` says what to do"


@pytest.mark.parametrize(
    ("network", "calls", "said"),
    [
        ("unknown", "unknown", None),
        ("cut", "filtered", None),
        ("open", "filtered", None),
        ("cut", "open", "start programs and open files for writing, "),
        ("open", "open", "reach the network and start programs and open files for writing, "),
    ],
)
def test_what_is_weaker_is_said(network, calls, said):
    assert missing_walls(network, calls) == (said and f"on this system parsers could {said}{DOCTOR}")


def test_siblings_cross_with_their_file(pool):
    rows, _ = run(pool, "reads_sibling", b"main", [("-wal", b"log")])
    assert rows == [("trial.reads_sibling.line", {"locator": "line 1", "text": "log None"})]


@pytest.mark.parametrize("each", [64 << 20, 4])
def test_companions_cross_from_memory_and_from_disk(pool, each):
    shelf = Shelf(each=each)
    named = {"/strings/b": b"bravo", "/strings/a": b"a", "/clock": b"tick tock"}
    kept = tuple(
        Companion(path=path, sha256=hashlib.sha256(data).hexdigest(), slot=shelf.keep([data], len(data)))
        for path, data in named.items()
    )
    assert len({c.slot.descriptor for c in kept}) == (1 if each > 4 else 2)
    rows = []
    for _ in range(2):
        task = Task(artifact="trial.reads_companions", parts=(part("", b"main"),), companions=kept)
        pool.submit(task, lambda table, batch: rows.extend(r["text"] for r in batch.to_pylist()), lambda outcome: None)
        pool.join()
    digests = {path: hashlib.sha256(data).hexdigest()[:4] for path, data in named.items()}
    wanted = [f"{path} {len(data)} {digests[path]} {data.decode()}" for path, data in named.items()]
    assert rows == wanted * 2
    shelf.close()


def test_what_a_sink_raises_reaches_the_caller(pool):
    def sink(table, batch):
        raise OSError("disk full")

    task = Task(artifact="trial.lines", parts=(part("", b"a\n"),))
    pool.submit(task, sink, lambda outcome: None)
    with pytest.raises(OSError, match="disk full"):
        pool.join()


def drivers():
    """Threads that drive children; others are not of the pool."""
    return sum(t.name == DRIVER for t in threading.enumerate())


@pytest.mark.parametrize(("worth", "children"), [(100_000, 2), (400_001, 1)])
def test_two_children_work_side_by_side_where_it_is_worth_the_start(made, monkeypatch, worth, children):
    monkeypatch.setattr("bridle.sandbox.pool.WORTH", worth)
    both, ended = Pool(2, Limits(wall=20)), []
    try:
        for _ in range(4):
            task = Task(artifact="trial.lines", parts=(part("", b"x\n" * 50_000),))
            both.submit(task, lambda table, batch: None, ended.append)
        both.join()
        assert drivers() == children
    finally:
        both.close()
    assert [o.status for o in ended] == ["parsed"] * 4


def test_many_files_without_content_are_work_too(made, monkeypatch):
    monkeypatch.setattr("bridle.sandbox.pool.WORTH", 3 * 4096)
    both = Pool(2, Limits(wall=20), files=1)
    try:
        for _ in range(4):
            both.submit(Task(artifact="trial.lines", parts=(part("", b""),)), lambda table, batch: None, print)
        started = drivers()
        both.join()
    finally:
        both.close()
    assert started == 2


def content(data, suffix=""):
    return Part(suffix=suffix, path="/x" + suffix, sha256=hashlib.sha256(data).hexdigest(), content=data)


def run_all(datas, files=512, jobs=1, limits=None, made_part=content, gathered=True):
    """What comes of each file: rows as text, gaps, and how it ended; in the order of the files."""
    pool, found = Pool(jobs, limits or Limits(memory=2 << 30, wall=3), files=files), [[] for _ in datas]
    ends = [None] * len(datas)

    def take(n, table, rows):
        found[n] += [(table.removeprefix("trial."), r.get("text", r.get("reason"))) for r in rows]

    def together(table, batch, runs):
        rows = batch.to_pylist()
        for task, count in runs:
            take(task.ticket, table, rows[:count])
            del rows[:count]
        assert rows == []

    def ended(n, outcome):
        assert ends[n] is None
        ends[n] = (outcome.status, outcome.reason, outcome.rows, outcome.gaps)

    pool.gathered = together if gathered else None
    try:
        for n, data in enumerate(datas):
            task = Task(artifact="trial.told", parts=(made_part(data),), ticket=n)
            pool.submit(task, partial(lambda n, t, b: take(n, t, b.to_pylist()), n), partial(ended, n))
        pool.join()
    finally:
        pool.close()
    return list(zip(ends, found, strict=True))


PARSED, KILLED = ("parsed", None), ("killed", "the parser process was stopped by signal 9")


def test_a_child_that_dies_costs_the_file_it_was_in_and_no_other_of_its_message(made):
    found = run_all([b"a", b"gap", b"x\ndie", b"b", b"die", b"c\nd"])
    assert found == [
        ((*PARSED, 1, 0), [("told.line", "a 0")]),
        ((*PARSED, 1, 1), [("told.line", "gap 0"), ("gaps", "odd")]),
        ((*KILLED, 0, 0), []),
        ((*PARSED, 1, 0), [("told.line", "b 0")]),
        ((*KILLED, 0, 0), []),
        ((*PARSED, 2, 0), [("told.line", "c 0"), ("told.line", "d 0")]),
    ]


def test_rows_sent_before_a_child_died_are_there_once(made):
    found = run_all([b"a", b"many\ndie", b"many\nb", b"c"])
    many = [("told.line", f"many {k}") for k in range(5000)]
    assert found == [
        ((*PARSED, 1, 0), [("told.line", "a 0")]),
        ((*KILLED, 4096, 0), many[:4096]),
        ((*PARSED, 5001, 0), [*many, ("told.line", "b 0")]),
        ((*PARSED, 1, 0), [("told.line", "c 0")]),
    ]


def test_small_blocks_wait_for_company_and_large_ones_do_not(made):
    """Between records and blocks the order of a file stays; a block that fills what is gathered sends it."""
    found = run_all([b"block2\na\nblock3", b"b", b"block2\nblock4000\nblock95\ndie", b"block5000\ndie", b"c"])

    def rows(*told):
        return [("told.line", f"{text} {k}") for text, count in told for k in range(count)]

    assert found == [
        ((*PARSED, 6, 0), rows(("block2", 2), ("a", 1), ("block3", 3))),
        ((*PARSED, 1, 0), rows(("b", 1))),
        ((*KILLED, 4097, 0), rows(("block2", 2), ("block4000", 4000), ("block95", 95))),
        ((*KILLED, 5000, 0), rows(("block5000", 5000))),
        ((*PARSED, 1, 0), rows(("c", 1))),
    ]


@pytest.mark.parametrize("files", [1, 512])
def test_small_blocks_of_many_files_come_in_few_batches(made, files):
    pool, batches = Pool(1, Limits(memory=2 << 30, wall=3), files=files), []
    pool.gathered = lambda table, batch, runs: batches.append((table, [(task.ticket, count) for task, count in runs]))
    try:
        for n in range(3):
            task = Task(artifact="trial.told", parts=(content(b"block2\nblock1"),), ticket=n)
            pool.submit(task, lambda table, batch: batches.append((table, batch.num_rows)), lambda _: None)
        pool.join()
    finally:
        pool.close()
    together = [("trial.told.line", [(0, 3), (1, 3), (2, 3)])]
    assert batches == ([("trial.told.line", 3)] * 3 if files == 1 else together)


@pytest.mark.parametrize(
    ("told", "limits", "end"),
    [
        (b"sleep", Limits(wall=1), ("killed", "stopped after 1 s")),
        (b"spin", Limits(wall=30, cpu=1), ("killed", "the parser process was stopped by signal 24")),
        (b"eat", Limits(memory=2 << 30, wall=30), ("killed", "the parser needed more memory than it may use")),
        (b"damage", Limits(wall=30), ("damaged", "told so")),
    ],
)
def test_limits_are_those_of_a_file_not_of_a_message(made, told, limits, end):
    found = run_all([b"a", b"x\n" + told, b"b", told, b"c"], limits=limits)
    kept = [("told.line", "x 0")] if told in (b"eat", b"damage") else []
    assert [f[0] for f in found] == [
        (*PARSED, 1, 0),
        (*end, len(kept), 0),
        (*PARSED, 1, 0),
        (*end, 0, 0),
        (*PARSED, 1, 0),
    ]
    assert [f[1] for f in found] == [[("told.line", "a 0")], kept, [("told.line", "b 0")], [], [("told.line", "c 0")]]


def test_a_row_that_no_column_takes_costs_its_file_as_it_does_alone(made):
    datas = [b"a", b"b\nodd", b"c"]
    together, alone = run_all(datas), run_all(datas, files=1)
    assert together == alone
    assert [f[0][0] for f in together] == ["parsed", "killed", "parsed"]
    assert together[2][1] == [("told.line", "c 0")]


WORDS = st.lists(
    st.sampled_from(["a", "b", "gap", "odd", "damage", "many", "die", "", "block2", "block3000", "block5000"]),
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=9), st.integers(2, 9), st.booleans())
def test_files_together_give_what_each_gives_alone(made, told, files, gathered):
    datas = ["\n".join(words).encode() for words in told]
    assert run_all(datas, files=files, gathered=gathered) == run_all(datas, files=1, jobs=2)


@pytest.mark.parametrize("size", [INLINE - 1, INLINE, INLINE + 1])
def test_what_is_small_crosses_with_others_and_what_is_not_alone(made, size):
    datas = [b"x" * size, b"a"]
    found = run_all(datas, made_part=lambda d: part("", d) if len(d) > INLINE else content(d))
    assert found == [((*PARSED, 1, 0), [("told.line", "x" * size + " 0")]), ((*PARSED, 1, 0), [("told.line", "a 0")])]


def test_content_beyond_the_bound_is_refused():
    with pytest.raises(ValueError, match=r"expected at most 65536 bytes of content, got 65537"):
        content(b"x" * (INLINE + 1))


def test_more_descriptors_than_a_message_takes_go_in_several(made):
    found = run_all([f"{n}".encode() for n in range(450)], made_part=lambda d: part("", d))
    assert found == [((*PARSED, 1, 0), [("told.line", f"{n} 0")]) for n in range(450)]


def test_no_thread_and_no_child_without_work_and_none_more_than_work(made):
    pool = Pool(4)
    try:
        assert (drivers(), pool.network) == (0, "unknown")
        run(pool, "told", b"a")
        assert drivers() == 1
    finally:
        pool.close()
    assert drivers() == 0


def test_a_child_that_begins_early_takes_the_first_work(made):
    pool = Pool(1)
    try:
        pool.begin()
        pool.begin()
        assert drivers() == 1
        (worker,) = pool._workers
        run(pool, "told", b"a")
        assert pool._workers == [worker]
    finally:
        pool.close()
        pool.close()
    assert (drivers(), pool.network in ("cut", "open")) == (0, True)


def test_a_child_that_cannot_be_started_early_costs_its_file(made, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    pool = Pool(1)
    try:
        pool.begin()
        _, outcome = run(pool, "told", b"a")
    finally:
        pool.close()
    assert (outcome.status, outcome.reason[:43]) == ("killed", "the parser process could not be started: [E")


@pytest.mark.parametrize(
    "frames",
    [
        [(b"B", 0, 1, b"")],
        [(b"D", 0, 0, b'["infected", null, false]')],
        [(b"D", 0, 7, b'["parsed", null, false]')],
        [(b"G", 0, 0, b"\xff\xff\xff\xff{}")],
        [(b"G", 0, 0, b"")],
        [(b"G", 0, 0, b'\0\0\0\x19{"files":[],"tables":[0]}')],
        [(b"X", 0, 0, b"")],
    ],
)
def test_a_child_that_sends_anything_else_is_ended_and_its_files_are_killed(made, frames, monkeypatch):
    """A child of ours is run with frames of another in its place."""
    from bridle.sandbox import child

    read = child.Worker._frame
    waiting = []

    def frame(self):
        mark, *rest = read(self)
        if mark == b"H":
            waiting[:] = frames
        elif waiting:
            return waiting.pop(0)
        return mark, *rest

    monkeypatch.setattr(child.Worker, "_frame", frame)
    found = run_all([b"a", b"b"], limits=Limits(wall=5))
    assert [(status, reason.startswith("the parser process misbehaved")) for (status, reason, *_), _ in found] == [
        ("killed", True), ("killed", True),
    ]  # fmt: skip
