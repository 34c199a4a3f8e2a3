"""Lines under headings by how deep they stand, at the depth that is followed."""

import pytest

from bridle.formats import indented


@pytest.mark.parametrize(("levels", "deepest"), [(63, 63), (64, 64), (65, 64)])
def test_headings_at_below_and_above_the_bound(levels: int, deepest: int) -> None:
    """A line below more headings is below the first of them, and those after it are read as before."""
    lines = [(n + 1, " " * n + f"h{n}:") for n in range(levels)] + [(levels + 1, " " * levels + "a=1"), (99, "b=2")]
    *_, last, after = indented.tree(lines)
    assert isinstance(last, indented.Line)
    assert last.path == tuple(f"h{n}" for n in range(deepest))
    assert last.named() == ("a", "1")
    assert (after.path, after.text) == ((), "b=2")  # type: ignore[union-attr]
