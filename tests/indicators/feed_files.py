"""Feeds written into a folder, and what is read of them."""

from bridle.indicators import load


def told(folder, name, text):
    """Everything that one file says: (kind, value) as they are compared, sorted, and (severity, place, reason)."""
    (folder / name).write_text(text, "utf-8")
    found = load([folder / name])
    values = sorted((i.kind, i.value) for i in found.indicators)
    return values, [(w.severity, w.place, w.reason) for w in found.warnings]


def refused(folder, name, text):
    """Why a file is not loaded."""
    (folder / name).write_text(text, "utf-8")
    (feed,) = load([folder / name]).feeds
    assert not feed.loaded
    return feed.reason
