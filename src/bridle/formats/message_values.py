"""Texts and addresses in what a message is stored as: attributed strings and archives of previews and transfers.

Sources: as `bridle.formats.typedstream` and `bridle.formats.keyed_archive`.
"""

from __future__ import annotations

from bridle.formats import keyed_archive, plist, typedstream, urls
from bridle.formats.values import ByColumn, blob

attributed_text = ByColumn(lambda value: typedstream.text(blob(value)), at_once=typedstream.texts)
"""The text of an attributed string. Raises ValueError."""
attributed_links = ByColumn(lambda value: typedstream.links(blob(value)) or None, nothing=typedstream.have_no_links)
"""The addresses that attributes of it lead to. Raises ValueError."""


def preview_links(value: object) -> tuple[str, ...] | None:
    """The addresses in an archive, in its order, each once. Raises ValueError."""
    return tuple(dict.fromkeys(urls.whole_urls(keyed_archive.unarchive(plist.loads(blob(value)))))) or None


def transfer_links(value: object) -> tuple[str, ...] | None:
    """The addresses in a property list; None for another archive. Raises ValueError."""
    stored = blob(value)
    if not stored.startswith(b"bplist"):
        return None
    return tuple(dict.fromkeys(urls.whole_urls(plist.loads(stored)))) or None
