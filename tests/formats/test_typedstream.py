from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import FormatError
from bridle.formats import typedstream
from corpus import CORPUS, needs_corpus

STREAMS = CORPUS / "ios/imessage-exporter/imessage-database/test_data/streamtyped"
HEADER = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@"
START = (
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85"
    b"\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)
ATTRIBUTES = b"\x86\x84\x02iI\x01\x05\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01"


def stream(content: bytes, rest: bytes = b"\x86\x86") -> bytes:
    return START + content + rest


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\x05hello", "hello"),
        (b"\x00", ""),
        (b"\x7f" + b"a" * 127, "a" * 127),
        (b"\x81\x80\x00" + b"b" * 128, "b" * 128),
        (b"\x81\x90\xd0" + b"c" * 53392, "c" * 53392),
        (b"\x82\x00\x00\x01\x00" + b"d" * 65536, "d" * 65536),
        (b"\x03\xe2\x82\xac", "€"),
    ],
)
def test_lengths(content: bytes, text: str) -> None:
    assert typedstream.text(stream(content)) == text


def test_text_survives_damage_behind_it() -> None:
    assert typedstream.text(stream(b"\x05hello", b"")) == "hello"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hello", START, stream(b"\x06hello", b""), stream(b"\x02\xc3\x28"), stream(b"\x85"), stream(b"\x80"),
        stream(b"\x81\xff", b""), stream(b"\x82\xff\xff\xff\xffhello"),
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01+\x05hello",
    ],
)  # fmt: skip
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(FormatError):
        typedstream.text(data)


def link(value: bytes) -> bytes:
    """An attribute __kIMLinkAttributeName; string classes are number 0x95 + 1, strings share type 0x96."""
    key = b"\x92\x84\x96\x96\x16__kIMLinkAttributeName\x86"
    return stream(b"\x05hello", ATTRIBUTES + key + value + b"\x86\x86")


def test_link_behind_other_text() -> None:
    url = b"\x92\x84\x84\x84\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96\x18https://lure.example.org\x86\x86"
    assert typedstream.links(link(url)) == ("https://lure.example.org",)


def test_link_stored_as_text() -> None:
    assert typedstream.links(link(b"\x92\x84\x96\x96\x18https://lure.example.org\x86")) == ("https://lure.example.org",)


def test_no_links() -> None:
    assert typedstream.links(stream(b"\x05hello")) == ()


def test_damaged_links_are_an_error_not_an_absence() -> None:
    whole = link(b"\x92\x84\x96\x96\x18https://lure.example.org\x86")
    for end in range(whole.index(b"__kIMLink") + 22, len(whole)):
        with pytest.raises(FormatError):
            typedstream.links(whole[:end])


def test_levels_are_bounded() -> None:
    with pytest.raises(FormatError, match="64 levels"):
        typedstream.links(
            b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x05NSURL\x00\x85" + b"\x92\x84\x93" * 5000
        )


def test_arrays_are_bounded() -> None:
    data = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x10[999999999[9{}]]" + b"NSURL"
    with pytest.raises(FormatError):
        typedstream.links(data)


def test_a_long_type_is_refused() -> None:
    long = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x81\x01\x01" + b"i" * 257 + b"NSURL"
    with pytest.raises(FormatError, match="type of 257 characters"):
        typedstream.links(long)


def test_a_long_link_shared_often_counts_each_time() -> None:
    text = b"\x84\x84\x84\x08NSString\x00\x85\x84\x01+\x82" + (10**5).to_bytes(4, "little") + b"a" * 10**5 + b"\x86"
    first = HEADER + text + b"\x92\x84\x84\x84\x05NSURL\x00\x85\x92\x92\x86"
    assert typedstream.links(first + b"\x92\x84\x95\x92\x92\x86" * 2) == ("a" * 10**5,)
    with pytest.raises(FormatError, match="100000 values"):
        typedstream.links(first + b"\x92\x84\x95\x92\x92\x86" * 100)


def test_damage_raises_only_format_errors() -> None:
    whole = link(b"\x92\x84\x84\x84\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96\x18https://lure.example.org\x86\x86")
    random, refused = Random(1), 0
    for _ in range(1000):
        damaged = bytearray(whole)
        for at in random.sample(range(20, len(whole)), 2):
            damaged[at] = random.randrange(256)
        try:
            typedstream.links(bytes(damaged))
            typedstream.text(bytes(damaged))
        except FormatError:
            refused += 1
    assert 300 < refused < 1000


@needs_corpus
@pytest.mark.parametrize(
    ("name", "text", "links"),
    [
        ("AttributedBodyTextOnly", "Noter test", ()),
        ("AttributedBodyTextOnly2", "Test 3", ()),
        ("Blank", "", ()),
        ("MultiPart", "\ufffctest 1\ufffctest 2 \ufffctest 3", ()),
        ("URL", "https://github.com/ReagentX/Logria", ("https://github.com/ReagentX/Logria",)),
        ("WeirdText", "𝖍𝖊𝖑𝖑𝖔 𝖜𝖔𝖗𝖑𝖉", ()),
    ],
)
def test_corpus(name: str, text: str, links: tuple[str, ...]) -> None:
    data = (STREAMS / name).read_bytes()
    assert (typedstream.text(data), typedstream.links(data)) == (text, links)


@needs_corpus
def test_corpus_text_shorter_than_it_says() -> None:
    with pytest.raises(FormatError, match="157 bytes"):
        typedstream.text((STREAMS / "ExtraData").read_bytes())


def _one(read, value):
    try:
        return None if value is None else read(value)
    except FormatError:
        return FormatError


contents = (
    st.text(max_size=200)
    .map(str.encode)
    .map(lambda raw: bytes([len(raw)]) + raw if len(raw) < 128 else b"\x81" + len(raw).to_bytes(2, "little") + raw)
)
behind = st.sampled_from([b"\x86\x86", b"", ATTRIBUTES, b"\x84\x84\x05NSURL\x00", b"__kIMLinkAttributeName"])
plain = st.builds(stream, contents, behind)
other = st.one_of(
    st.sampled_from([None, b"", START, START[3:] + b"\x01a", stream(b"\x02\xff\xff"), stream(b"\x82\x01\0\0\0a")]),
    st.builds(lambda whole, at: whole[:at], plain, st.integers(0, 200)),
    st.builds(
        lambda whole, at, by: whole[:at] + by + whole[at + 1 :], plain, st.integers(0, 110), st.binary(max_size=2)
    ),
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(plain, max_size=4), st.lists(other, max_size=2))
def test_columns_of_streams_are_read_as_each_of_them(plain_ones, others):
    column = pa.array([None, *plain_ones, *others], pa.binary())[1:]
    stored = column.to_pylist()
    texts = typedstream.texts(column)
    assert texts is not None or others or not plain_ones
    if texts is not None:
        texts.validate(full=True)
        assert texts.to_pylist() == [_one(typedstream.text, value) for value in stored]
    for value, has_none in zip(stored, typedstream.have_no_links(column).to_pylist(), strict=True):
        assert not has_none or _one(typedstream.links, value) == ()


def test_texts_of_a_column() -> None:
    long = "ä" * 70
    streams = [stream(b"\x05hello"), None, stream(b"\x81\x8c\x00" + long.encode(), b""), stream(b"\x00")]
    found = typedstream.texts(pa.array(streams, pa.binary()))
    assert found is not None
    assert found.to_pylist() == ["hello", None, long, ""]
    assert typedstream.texts(pa.array([stream(b"\x05hell", b"")], pa.binary())) is None


def test_a_link_behind_bytes_that_are_no_text_is_looked_at() -> None:
    streams = [stream(b"\x02\xff\xc3", b"\x00\xf0NSURL\xff"), stream(b"\x01\xff", b"\xff"), b"no stream"]
    assert typedstream.have_no_links(pa.array(streams, pa.binary())).to_pylist() == [False, True, False]


@pytest.mark.parametrize("count", [99_998, 99_999])
def test_values_at_and_below_the_bound(count: int) -> None:
    """An array counts as one value, and each of its elements as one."""
    numbers = b"NSURL" + bytes(count - 5)
    assert typedstream.links(b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x08[%di]" % count + numbers) == ()


def test_values_above_the_bound() -> None:
    numbers = b"NSURL" + bytes(99_995)
    with pytest.raises(FormatError, match="more than 100000 values or 64 levels"):
        typedstream.links(b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x09[100000i]" + numbers)


def nested(levels: int) -> bytes:
    encoding = b"{=" * levels + b"i" + b"}" * levels
    return b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x81" + len(encoding).to_bytes(2, "little") + encoding + b"\x05"


def test_levels_at_below_and_above_the_bound() -> None:
    for levels in (63, 64):
        assert typedstream.links(nested(levels) + b"\x84\x03iii\x00\x00\x00\x84\x05iiiii" + b"NSURL") == ()
    with pytest.raises(FormatError, match="64 levels"):
        typedstream.links(nested(65) + b"NSURL")


def test_classes_in_one_another_at_below_and_above_the_bound() -> None:
    def descends(classes: int) -> bytes:
        return HEADER + b"\x84\x84\x84\x05NSURL\x00" + b"\x84\x84\x01a\x00" * (classes - 1) + b"\x85\x86"

    for classes in (63, 64):
        assert typedstream.links(descends(classes)) == ()
    with pytest.raises(FormatError, match="more than 64 classes in one another"):
        typedstream.links(descends(65))


def test_a_type_of_256_characters_is_read() -> None:
    long = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x81\x00\x01" + b"i" * 256 + b"NSURL" + bytes(251)
    assert typedstream.links(long) == ()
