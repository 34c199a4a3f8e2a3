"""Work done ahead on a thread: the same items in the same order, the same error behind them, and no thread left."""

import bz2
import gzip
import lzma
import random
import threading
import time

import pytest
from containers import tar_of

from bridle.evidence.ahead import Ahead, AheadOfBytes, Beside
from bridle.evidence.archive import Bounds
from bridle.evidence.stream import Stream
from bridle.evidence.tar import TarArchive


def threads():
    return [t for t in threading.enumerate() if t.name == "bridle-ahead"]


def failing():
    yield b"a" * (1 << 20)
    yield b"b"
    raise OSError(5, "the disk is gone")


def test_an_error_comes_behind_all_that_was_given_before_it():
    chunks = AheadOfBytes(failing())
    assert [next(chunks), next(chunks)] == [b"a" * (1 << 20), b"b"]
    with pytest.raises(OSError, match="the disk is gone"):
        next(chunks)
    assert list(chunks) == []
    assert threads() == []


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_who_stops_early_closes_the_iterator_and_its_thread(taken):
    closed = []

    def numbers():
        try:
            yield from range(1_000_000)
        finally:
            closed.append(True)

    ahead = Ahead(numbers(), 3)
    assert [next(ahead) for _ in range(taken)] == list(range(taken))
    ahead.close()
    ahead.close()
    assert next(ahead, None) is None
    assert threads() == []
    assert closed == ([True] if taken else [])


def test_no_more_is_made_than_there_is_room_for():
    made = []
    ahead = Ahead((made.append(n) or n for n in range(100)), 3)
    assert next(ahead) == 0
    for _ in range(200):
        if len(made) >= 5:
            break
        time.sleep(0.01)
    time.sleep(0.02)
    assert made == [0, 1, 2, 3, 4]
    assert list(ahead) == list(range(1, 100))


def test_a_call_beside_ends_with_the_block_and_returns_or_raises():
    begun, go = threading.Event(), threading.Event()

    def call():
        begun.set()
        assert go.wait(10)
        return 7

    with Beside(call) as beside:
        assert begun.wait(10)
        go.set()
    assert beside.result() == 7
    with pytest.raises(KeyError, match="within"), Beside(lambda: 1 // 0):
        raise KeyError("within")
    with Beside(lambda: 1 // 0) as beside:
        pass
    with pytest.raises(ZeroDivisionError):
        beside.result()
    assert threads() == []


def told(descriptor, *, ahead):
    """What a stream gives, all it says at its end, and where it was."""
    stream = Stream(descriptor, Bounds(total=3 << 20))
    if ahead:
        stream.ahead()
    found = b"".join(stream.pieces(1 << 30))
    return found, stream.broken, stream.offset, stream.digest()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_stream_says_the_same_ahead_whatever_was_done_to_it(tmp_path, pack):
    drawn, path = random.Random(4), tmp_path / "given"
    plain = b"".join(drawn.randbytes(3000) + b"x" * drawn.randrange(9000) for _ in range(250))
    whole = pack(plain)
    cases = [whole, b"", whole[:5], whole + whole, whole + b"rest", pack(bytes(4 << 20))]
    for _ in range(6):
        damaged = bytearray(whole[: drawn.randrange(len(whole))] if drawn.random() < 0.5 else whole)
        damaged[len(damaged) // 2 : len(damaged) // 2 + 40] = drawn.randbytes(40)
        cases.append(bytes(damaged))
    for data in cases:
        path.write_bytes(data)
        with path.open("rb", buffering=0) as file:
            expected = told(file.fileno(), ahead=False)
            file.seek(0)
            assert told(file.fileno(), ahead=True) == expected
    assert threads() == []


def test_an_archive_left_early_leaves_no_thread(tmp_path):
    path = tmp_path / "given"
    path.write_bytes(gzip.compress(tar_of({f"{n}.bin": random.Random(n).randbytes(1 << 20) for n in range(12)})))
    archive = TarArchive(path)
    entries = archive.entries(lambda _: True)
    assert next(entries).path == "0.bin"
    assert len(threads()) == 1
    entries.close()
    assert threads() == []
    archive.close()
