"""Texts and addresses in what a message is stored as: attributed strings and archives of previews and transfers.

Sources: as `bridle.formats.typedstream` and `bridle.formats.keyed_archive`.
"""

from __future__ import annotations

from bridle.formats import keyed_archive, plist, typedstream, urls
from bridle.formats.values import blob


def attributed_text(value: object) -> str:
    """The text of an attributed string. Raises ValueError."""
    return typedstream.text(blob(value))


def attributed_links(value: object) -> tuple[str, ...] | None:
    """The addresses that attributes of it lead to. Raises ValueError."""
    return typedstream.links(blob(value)) or None


def preview_links(value: object) -> tuple[str, ...] | None:
    """The addresses in an archive, in its order, each once. Raises ValueError."""
    return tuple(dict.fromkeys(urls.whole_urls(keyed_archive.unarchive(plist.loads(blob(value)))))) or None


def transfer_links(value: object) -> tuple[str, ...] | None:
    """The addresses in a property list; None for another archive. Raises ValueError."""
    stored = blob(value)
    if not stored.startswith(b"bplist"):
        return None
    return tuple(dict.fromkeys(urls.whole_urls(plist.loads(stored)))) or None
