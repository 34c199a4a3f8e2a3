"""A child costs its file and nothing else. The tasks run real artifacts of a small package made for this test."""

import hashlib
import os
import textwrap
from pathlib import Path

import pytest

from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.sandbox.pool import Companion, Limits, Part, Pool, Task

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
    "hungry": """
        yield Line(locator="line 1", text=str(len(bytearray(4 << 30))))
    """,
    "sleeps": """
        yield Line(locator="line 1", text="before")
        time.sleep(60)
    """,
    "writes": """
        scratch = os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
        try:
            os.write(scratch, b"x")
            yield Line(locator="line 1", text="written")
        except OSError as e:
            yield Line(locator="line 1", text=str(e.errno))
    """,
    "calls": """
        import socket
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=2)
            yield Line(locator="line 1", text="connected")
        except OSError as e:
            yield Line(locator="line 1", text=str(e.errno))
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


def test_a_parser_reaches_no_network(pool):
    rows, _ = run(pool, "calls")
    if pool.network != "cut":
        pytest.skip("this system does not let a process leave its network")
    assert rows == [("trial.calls.line", {"locator": "line 1", "text": "101"})]  # ENETUNREACH: no loopback either


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


def test_two_children_work_side_by_side(made):
    both, ended = Pool(2, Limits(wall=20)), []
    try:
        for _ in range(4):
            task = Task(artifact="trial.lines", parts=(part("", b"x\n" * 50_000),))
            both.submit(task, lambda table, batch: None, ended.append)
        both.join()
    finally:
        both.close()
    assert [o.status for o in ended] == ["parsed"] * 4
