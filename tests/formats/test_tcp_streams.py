"""Streams put in order: late, repeated, overlapping, missing and wrapping segments."""

from bridle.formats.tcp_streams import Direction, Segment, Streams


class Taken:
    """A reader that keeps what it is given, until it has as much as it wants."""

    def __init__(self, most=1 << 30):
        self.data, self.skipped, self.most = b"", [], most
        self.wants = True

    def feed(self, data, segment):
        self.data += data
        self.wants = len(self.data) < self.most

    def skip(self, count):
        self.skipped.append((len(self.data), count))


class Stream:
    """A direction under test, and the pairs of segments that deny each other."""

    def __init__(self, first=None, most=1 << 30):
        self.told = []
        self.streams = Streams(lambda d, a, b, how: self.told.append((a.number, b.number, how)))
        self.d = Direction(None)
        self.taken = self.d.reader = Taken(most)
        self.d.next = first
        self.number = 0

    def send(self, sequence, data, missing=0):
        self.number += 1
        segment = Segment(self.number, 0, sequence, len(data) + missing, data[:256], 64, 1, 0, 16)
        if self.d.reader is not None:
            self.streams.segment(self.d, segment, data, missing)
        return self


def test_segments_in_order():
    assert Stream(100).send(100, b"abc").send(103, b"def").taken.data == b"abcdef"


def test_a_segment_that_comes_early_waits():
    stream = Stream(100).send(103, b"def").send(106, b"ghi")
    assert stream.taken.data == b""
    assert stream.send(100, b"abc").taken.data == b"abcdefghi"
    assert (stream.d.lost, stream.d.repeated, stream.d.held) == (0, 0, 0)


def test_a_segment_that_comes_again_is_read_once():
    stream = Stream(100).send(100, b"abcdefghij").send(100, b"abcdefghij").send(102, b"cde").send(110, b"k")
    assert stream.taken.data == b"abcdefghijk"
    assert (stream.d.repeated, stream.told) == (2, [])


def test_a_segment_that_begins_in_what_was_read_and_goes_on():
    assert Stream(100).send(100, b"abcdef").send(103, b"defghi").taken.data == b"abcdefghi"


def test_sequence_numbers_wrap():
    stream = Stream(0xFFFFFFFE).send(0xFFFFFFFE, b"abcd").send(6, b"ij").send(2, b"efgh")
    assert stream.taken.data == b"abcdefghij"


def test_a_stream_whose_beginning_was_not_captured():
    assert Stream(None).send(5000, b"abc").send(5003, b"def").taken.data == b"abcdef"


def test_bytes_that_never_come_are_skipped_at_the_end():
    stream = Stream(100).send(100, b"abc").send(110, b"xyz")
    stream.streams.finish(stream.d)
    assert stream.taken.data == b"abcxyz"
    assert stream.taken.skipped == [(3, 7)]
    assert stream.d.lost == 7


def test_so_many_segments_wait_and_no_more():
    stream = Stream(100)
    for n in range(60):
        stream.send(200 + 10 * n, b"0123456789")
    assert stream.taken.skipped == [(0, 100)]
    assert stream.taken.data == b"0123456789" * 60


def test_what_the_capture_cut_off_is_skipped():
    stream = Stream(100).send(100, b"abc", missing=5).send(108, b"def")
    assert stream.taken.data == b"abcdef"
    assert stream.taken.skipped == [(3, 5)]
    assert stream.d.lost == 5


def test_nothing_is_kept_once_nothing_is_wanted():
    stream = Stream(100, most=3).send(100, b"abc").send(200, b"later")
    assert stream.d.reader is None
    assert (stream.d.history, stream.d.waiting, stream.d.held) == (None, None, 0)


def test_another_segment_at_the_same_place_is_told_and_not_read():
    stream = Stream(100).send(100, b"HTTP/1.1 307 elsewhere").send(100, b"HTTP/1.1 200 OK")
    assert stream.taken.data == b"HTTP/1.1 307 elsewhere"
    assert stream.told == [(1, 2, (15, 9, 4))]


def test_an_overlap_that_begins_elsewhere_is_compared_where_both_have_bytes():
    stream = Stream(100).send(100, b"0123456789abcdef").send(104, b"4567xxxxxxxxyyyy")
    assert stream.told == [(1, 2, (12, 4, 8))]


def test_of_two_that_wait_at_the_same_place_the_first_is_read():
    stream = Stream(100).send(103, b"first one").send(103, b"other one").send(100, b"abc")
    assert stream.taken.data == b"abcfirst one"
    assert stream.told == [(1, 2, (9, 0, 5))]


def test_a_keep_alive_denies_nothing():
    stream = Stream(100).send(100, b"abcdefghij").send(109, b"\0").send(110, b"k")
    assert stream.told == []
    assert stream.taken.data == b"abcdefghijk"


def test_few_pairs_are_told_of_one_direction():
    stream = Stream(100).send(100, b"abcdefghij")
    for n in range(30):
        stream.send(100, b"another %02d" % n)
    assert len(stream.told) == 8


def test_what_is_remembered_is_bounded():
    stream = Stream(0)
    for n in range(1000):
        stream.send(n * 300, bytes(300))
    assert len(stream.d.history) == 32
    streams, made = stream.streams, []
    for _ in range(40_000):
        d = Direction(None)
        d.reader = Taken()
        streams.segment(d, Segment(1, 0, 5, 10, b"0123456789", 64, 1, 0, 16), b"0123456789", 0)
        made.append(d)
    assert sum(len(d.history or ()) for d in made) <= 32 << 10
