"""Places among nested dictionaries: different keys never have the same, and none is empty."""

from bridle.formats.pointer import below


def test_each_key_has_a_place_of_its_own():
    keys = ["", "~3", "/", "a/b", "~1", "~"]
    assert [below("", key) for key in keys] == ["~3", "~03", "~1", "a~1b", "~01", "~0"]
    assert [below("top", key) for key in keys] == ["top/", "top/~03", "top/~1", "top/a~1b", "top/~01", "top/~0"]
