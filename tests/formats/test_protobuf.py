"""Messages against the examples of the encoding guide, and against bytes that are none."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import FormatError
from bridle.formats import protobuf


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("089601", [(1, 0, 150)]),
        ("120774657374696e67", [(2, 2, b"testing")]),
        ("1a03089601", [(3, 2, b"\x08\x96\x01")]),
        ("08ffffffffffffffffff01", [(1, 0, 2**64 - 1)]),
        (
            "09000000000000f03f 1500008040",
            [(1, 1, bytes.fromhex("000000000000f03f")), (2, 5, bytes.fromhex("00008040"))],
        ),
        ("0b 1001 13 0801 14 0c 1801", [(1, 3, bytes.fromhex("1001 13 0801 14")), (3, 0, 1)]),
        ("0a00", [(1, 2, b"")]),
        ("f8ffffff0f00", [(2**29 - 1, 0, 0)]),
        ("", []),
    ],
    ids=[
        "varint",
        "text",
        "message",
        "longest varint",
        "fixed",
        "group in group",
        "empty",
        "highest number",
        "nothing",
    ],
)
def test_fields(data: str, found: list[tuple[int, int, object]]) -> None:
    assert list(protobuf.fields(bytes.fromhex(data))) == found


@pytest.mark.parametrize(
    "data",
    ["08", "0880", "0a02ff", "09ff", "0dff", "0b", "0b14", "0c", "0e00", "0f00", "0001", "08ffffffffffffffffff02",
     "08ffffffffffffffffffff01", "0880808080808080808080 00", "8080808010 00", "0affffffffffffffffff01"],
)  # fmt: skip
def test_what_is_no_message(data: str) -> None:
    with pytest.raises(FormatError, match=r"^protobuf: "):
        list(protobuf.fields(bytes.fromhex(data)))


def test_fields_before_the_damage_are_given() -> None:
    found = protobuf.fields(bytes.fromhex("089601 0a05ff"))
    assert next(found) == (1, 0, 150)
    with pytest.raises(FormatError):
        next(found)


@pytest.mark.parametrize(("depth", "fits"), [(63, True), (64, True), (65, False)])
def test_groups_inside_one_another(depth: int, fits: bool) -> None:
    data = b"\x0b" * depth + b"\x0c" * depth
    if fits:
        assert list(protobuf.fields(data)) == [(1, 3, data[1:-1])]
    else:
        with pytest.raises(FormatError, match="more than 64 groups"):
            list(protobuf.fields(data))


def test_a_path_through_messages() -> None:
    data = bytes.fromhex("0801 12041a020801 12041a021005 12021800")
    assert list(protobuf.at(data[:14], 2, 3)) == [b"\x08\x01", b"\x10\x05"]
    assert list(protobuf.at(data[:14], 2, 3, 2)) == [5]
    assert list(protobuf.at(data, 7)) == []
    with pytest.raises(FormatError, match="expected a message in field 3"):
        list(protobuf.at(data, 2, 3, 1))
    with pytest.raises(FormatError, match="path of 1 to 64"):
        list(protobuf.at(data))


def test_numbers() -> None:
    assert [protobuf.signed(v) for v in (0, 1, 2**63 - 1, 2**63, 2**64 - 1)] == [0, 1, 2**63 - 1, -(2**63), -1]
    assert [protobuf.zigzag(v) for v in (0, 1, 2, 3, 4294967294)] == [0, -1, 1, -2, 2147483647]
    assert protobuf.real(bytes.fromhex("000000000000f03f")) == 1.0
    assert protobuf.real(bytes.fromhex("00008040")) == 4.0
    with pytest.raises(FormatError, match="real number"):
        protobuf.real(b"\x00")


def test_chance_gives_fields_or_a_format_error() -> None:
    chance = Random(0)
    for _ in range(2000):
        try:
            for number, wire, value in protobuf.fields(chance.randbytes(chance.randrange(60))):
                assert number > 0
                assert isinstance(value, int) == (wire == protobuf.VARINT)
        except FormatError:
            continue


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 255) | st.sampled_from([0, 8, 10, 11, 12, 13, 16, 18, 127, 128]), max_size=30).map(bytes)
)
def test_short_fields_are_read_as_all_others(data: bytes) -> None:
    def one_by_one() -> Iterator[tuple[int, int, int | bytes]]:
        at = 0
        while at < len(data):
            number, wire, value, at = protobuf._field(data, at, 0)
            if wire == protobuf.END_GROUP:
                raise FormatError(f"protobuf: a group ends that did not begin, before byte {at}")
            yield number, wire, value

    assert _told(protobuf.fields(data)) == _told(one_by_one())


def _told(fields: Iterator[tuple[int, int, int | bytes]]) -> list[object]:
    """The fields, and what was raised behind them."""
    found: list[object] = []
    try:
        found.extend(fields)
    except FormatError as e:
        found.append(str(e))
    return found
