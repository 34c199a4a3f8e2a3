import pytest

from bridle.core import FormatError
from bridle.formats.webkit import Decoder, site_of


def test_values_in_their_order() -> None:
    stored = (
        b"\x10\x00\x00\x00" + b"\x03\x00\x00\x00\x01a\xe9c" + b"\x02\x00\x00\x00\x00a\x00\xac\x20" + b"\xff\xff\xff\xff"
        + b"\x00\x00\x00\x00\x01" + b"\x01\xbb\x01" + b"\x00" + b"\x00\x00\x00\x00\x00\x00\xf8\x3f"
    )  # fmt: skip
    decoder = Decoder(stored)
    assert decoder.unsigned(4) == 16
    assert [decoder.text() for _ in range(4)] == ["a\u00e9c", "a\u20ac", None, ""]
    assert (decoder.truth(), decoder.unsigned(2), decoder.truth(), decoder.real()) == (True, 443, False, 1.5)
    assert (decoder.position, decoder.left) == (len(stored), 0)


def test_half_a_character_is_shown() -> None:
    assert Decoder(b"\x02\x00\x00\x00\x00\x3d\xd8a\x00").text() == "\\x3d\\xd8a"


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (b"\x00\x00\x00", Decoder.text),
        (b"\x02\x00\x00\x00\x01a", Decoder.text),
        (b"\x02\x00\x00\x00\x00abc", Decoder.text),
        (b"\x01\x00\x00\x00\x02a", Decoder.text),
        (b"\xfe\xff\xff\xff\x00aa", Decoder.text),
        (b"\x02", Decoder.truth),
        (b"", Decoder.truth),
        (b"\x00" * 7, Decoder.real),
    ],
)
def test_bytes_that_cannot_be_the_value(stored, read) -> None:
    with pytest.raises(FormatError):
        read(Decoder(stored))


@pytest.mark.parametrize(
    ("identifier", "site"),
    [
        ("https_www.example.org_0", ("https", "www.example.org", None)),
        ("http_a_b_8080.test_8080", ("http", "a_b_8080.test", 8080)),
        ("https_%5b::1%5d_443", ("https", "[::1]", 443)),
        ("file__0", ("file", None, None)),
        ("asset_app_0", ("asset", "app", None)),
        ("https_www.example.org", None),
        ("https_www.example.org_port", None),
        ("https_www.example.org_123456", None),
        ("_www.example.org_0", None),
        ("", None),
    ],
)
def test_a_site_as_one_text(identifier, site) -> None:
    assert site_of(identifier) == site
