"""An MBFile of as many bytes as are read, and of one more."""

import pytest
from backups import mbfile as made

from bridle.core import FormatError
from bridle.formats import mbfile


def of(length):
    """An MBFile of so many bytes: the path fills it up."""
    path = "a" * (length - len(made(5, path="a" * 1_000_000)) + 1_000_000)
    blob = made(5, path=path)
    assert len(blob) == length
    return blob, path


@pytest.mark.parametrize("length", [1_048_575, 1_048_576])
def test_bytes_at_and_below_the_bound(length):
    blob, path = of(length)
    assert mbfile.Reader().read(blob).get("RelativePath") == path


def test_bytes_above_the_bound():
    with pytest.raises(FormatError, match="MBFile: 1048577 bytes, more than 1048576"):
        mbfile.Reader().read(of(1_048_577)[0])
    assert mbfile.MAX_BYTES == 1_048_576
