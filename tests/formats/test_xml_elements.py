"""XML by its elements: depth and length of a tag at their bounds, and one on either side."""

import io

import pytest

from bridle.core import FormatError
from bridle.formats import xml_elements


def read(data: bytes) -> list[xml_elements.Element]:
    return list(xml_elements.elements(io.BytesIO(data)))


@pytest.mark.parametrize("levels", [63, 64])
def test_levels_at_and_below_the_bound(levels: int) -> None:
    found = read(b"<a>" * levels + b"</a>" * levels)
    assert [len(e.path) for e in found] == [*range(1, levels + 1), *range(levels, 0, -1)]


def test_levels_above_the_bound() -> None:
    with pytest.raises(FormatError, match="expected at most 64 levels of elements, got more"):
        read(b"<a>" * 65 + b"</a>" * 65)


@pytest.mark.parametrize(("over", "refused"), [(-1, False), (0, False), (1, True)])
def test_a_tag_at_below_and_above_the_bound(monkeypatch: pytest.MonkeyPatch, over: int, refused: bool) -> None:
    """What waits for the end of its tag is judged after each piece of 64 KiB."""
    monkeypatch.setattr(xml_elements, "MOST_PENDING", 131_068)
    text = b"<r>" + b" " * (1 - over) + b"<a b='" + b"c" * 131_072
    data = text[:131_072] + b"'/></r>"
    if refused:
        with pytest.raises(FormatError, match="expected tags of at most 131068 bytes, got a longer one"):
            read(data)
    else:
        assert [e.path for e in read(data)] == [("r",), ("r", "a"), ("r", "a"), ("r",)]


def test_a_tag_has_8_mib_at_most() -> None:
    assert xml_elements.MOST_PENDING == 8_388_608
