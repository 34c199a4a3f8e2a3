"""Headers of age files that ask for as much as they may, and for one more."""

import io

import pytest

from bridle.core import FormatError
from bridle.evidence import age
from bridle.evidence.source import WrongPasswordError


def opened(data):
    """By a passphrase, which fits no header here."""
    return age.open_stream(io.BytesIO(data), "x")


def header(*stanzas):
    return age.MAGIC + b"".join(stanzas) + b"--- " + b"A" * 43 + b"\n" + bytes(64)


@pytest.mark.parametrize(("cost", "refused"), [(19, False), (20, False), (21, True)])
def test_a_cost_at_below_and_above_the_bound(monkeypatch, cost, refused):
    asked = []

    class Quick:
        def __init__(self, *, n, **_):
            asked.append(n)

        def derive(self, _):
            return bytes(32)

    monkeypatch.setattr(age, "Scrypt", Quick)
    stanza = b"-> scrypt " + b"A" * 22 + b" %d\n" % cost + b"A" * 43 + b"\n"
    with pytest.raises(FormatError if refused else WrongPasswordError):
        opened(header(stanza))
    assert asked == ([] if refused else [2**cost])


def test_recipients_at_below_and_above_the_bound():
    for count in (1_999, 2_000):
        with pytest.raises(WrongPasswordError):
            opened(header(b"-> a\n\n" * count))
    with pytest.raises(FormatError, match="expected a recipient, got b'-> a"):
        opened(header(b"-> a\n\n" * 2_001))


def test_a_header_at_below_and_above_the_bound():
    """22 bytes say that it is age, 4,032 lines of a body have 65 each, its empty last one has one."""
    body = (b"A" * 64 + b"\n") * 4_032 + b"\n"
    for name in (36, 37):
        with pytest.raises(WrongPasswordError):
            opened(header(b"-> " + b"a" * name + b"\n" + body))
    with pytest.raises(FormatError, match="a header of more than 262144 bytes"):
        opened(header(b"-> " + b"a" * 38 + b"\n" + body))


def test_a_line_at_below_and_above_the_bound():
    for name in (4_091, 4_092):
        with pytest.raises(WrongPasswordError):
            opened(header(b"-> " + b"a" * name + b"\n\n"))
    with pytest.raises(FormatError, match="the header ends early"):
        opened(header(b"-> " + b"a" * 4_093 + b"\n\n"))
