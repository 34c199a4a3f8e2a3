"""Names of members at the length that is kept, and one character on either side of it."""

import pytest

from bridle.evidence.archive import name_of


@pytest.mark.parametrize("length", [4_095, 4_096])
@pytest.mark.parametrize("last", ["a", " "])
def test_a_name_of_the_longest_length_is_kept(length, last):
    name = "a" * (length - 1) + last
    found = name_of(name, absolute=False)
    assert (found.path, found.shown, found.refused) == (name, name, None)


def test_a_longer_name_is_cut_and_refused():
    found = name_of("a" * 4_097, absolute=False)
    assert (found.path, found.shown, found.refused) == (
        "a" * 4_096, "a" * 4_096, "the name is longer than 4096 characters"
    )  # fmt: skip


@pytest.mark.parametrize(("length", "kept"), [(4_095, 4_095), (4_096, 4_096), (4_097, 4_096)])
def test_a_name_is_shown_to_that_length(length, kept):
    """A backslash is shown with four characters."""
    found = name_of("a\\" + "a" * (length - 5), absolute=False)
    assert (found.shown, found.refused) == (r"a\x5c" + "a" * (kept - 5), None)
