"""Labels are cut into words, compared without what an imitation adds, and read for what they pretend to be."""

import pytest

from bridle.infra.generations_features import features, parted
from bridle.infra.generations_words import Piece, pieces, word_levels
from bridle.infra.themes_spelling import Spellings, one_slip, plain


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("winterbridge", [Piece("winter", 10), Piece("bridge", 10)]),
        ("track-your-parcel24", [Piece("track", 10), Piece("your", 10), Piece("parcel", 35)]),
        ("houseqzxwv", [Piece("house", 10), Piece("qzxwv", None)]),
        ("qzxwvhouse", [Piece("qzxwv", None), Piece("house", 10)]),
        ("", []),
        ("123-456", []),
        ("xn--p1ai", [Piece("xn", None), Piece("p", None), Piece("ai", None)]),
    ],
)
def test_pieces(label: str, expected: list[Piece]) -> None:
    assert pieces(label) == expected


def test_plurals_are_words_of_their_own() -> None:
    assert (word_levels()["house"], word_levels()["houses"], "ahouse" in word_levels()) == (10, 20, False)


def test_a_long_label_is_cut() -> None:
    assert "".join(p.text for p in pieces("winter" * 500)) == "winter" * 500


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("example", "example", True),
        ("example", "exmple", True),
        ("exmple", "example", True),
        ("example", "exampel", True),
        ("example", "exsmple", True),
        ("example", "xeample", True),
        ("example", "examplexy", False),
        ("example", "exmplae", False),
        ("example", "exempel", False),
        ("", "a", True),
        ("ab", "ba", True),
        ("abc", "cba", False),
    ],
)
def test_one_slip(one: str, other: str, expected: bool) -> None:
    assert one_slip(one, other) is expected
    assert (other in Spellings([other, "unrelated"]).near(one)) is expected


def test_plain() -> None:
    assert plain("Y0u-Tub3_24") == "youtubea"


def test_parted() -> None:
    def suffix_of(domain: str) -> str | None:
        return "com.mx" if domain.endswith(".com.mx") else None

    assert parted("A.News-1.com.mx.", suffix_of) == ("news-1", "com.mx")
    assert parted("example.org", suffix_of) == ("example", "org")
    assert parted("localhost", suffix_of) == ("", "localhost")


def test_features_say_what_they_are() -> None:
    found = features("faceb0ok-news", "info")
    assert found.words == {"word face", "word b", "word ok", "word news", "first word face", "last word news"}
    assert {"lure word facebook", "lure of service", "lure word news", "lure of media"} <= found.shape
    assert {".info", "1 hyphens", "has digits", "12 to 14 characters", "words in part"} <= found.shape
    assert {"form: 2 words and more, hyphened", "a piece that is no word"} <= found.shape
    assert "letters ^f" in found.letters
    assert "letters ews$" in found.letters


def test_a_misspelt_service_is_a_lure() -> None:
    assert {"lure word twitter", "misspelt name of service"} <= features("twiiter", "net").shape
    assert {"no lure word", "only very common words", "all words"} <= features("winterbridge", "net").shape
