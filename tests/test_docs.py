"""Generated pages are as the code would write them now."""

from bridle.docs import pages, stale


def test_no_page_is_stale():
    assert sorted(pages()) == ["artifacts.md", "cli.md", "rules.md"]
    assert stale() == [], "run `make docs`"
