"""DER and BER: parts and levels at their bounds, and one on either side."""

import pytest

from bridle.core import FormatError
from bridle.formats.der import ber_element, ber_elements, elements


@pytest.mark.parametrize("count", [999, 1_000])
def test_parts_at_and_below_the_bound(count: int) -> None:
    parts = b"\5\0" * count
    assert list(elements(parts)) == [(5, b"")] * count
    assert list(ber_elements(parts)) == [(5, b"", b"\5\0")] * count
    assert ber_element(b"\x30\x80" + parts + b"\0\0", 0) == (0x30, parts, 2 * count + 4)


def test_parts_above_the_bound() -> None:
    parts = b"\5\0" * 1_001
    for read in (elements, ber_elements):
        with pytest.raises(FormatError, match="ER: expected at most 1000 parts, got more"):
            list(read(parts))
    with pytest.raises(FormatError, match="BER: expected at most 1000 parts, got more"):
        ber_element(b"\x30\x80" + parts + b"\0\0", 0)


@pytest.mark.parametrize("levels", [15, 16])
def test_levels_at_and_below_the_bound(levels: int) -> None:
    data = b"\x30\x80" * levels + b"\0\0" * levels
    assert ber_element(data, 0) == (0x30, data[2:-2], 4 * levels)


def test_levels_above_the_bound() -> None:
    with pytest.raises(FormatError, match="BER: expected at most 16 levels of unknown length, got more"):
        ber_element(b"\x30\x80" * 17 + b"\0\0" * 17, 0)
