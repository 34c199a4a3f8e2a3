"""Local storage of WebKit: what the pages of a site keep on the device, as keys and values.

One store for each site. Until iOS 15 it is named after the site (`https_www.example.org_0.localstorage`), later it is
`LocalStorage/localstorage.sqlite3` beside a file `origin`; see webkit_storage and webkit_origin for the site. Values
are UTF-16 and may be long or packed by the page: the beginning is kept, and the length of all. An empty file is a store
that nothing was written to.

Known limits: no store was at hand. A value has no time. Of a long value only the beginning is kept, and what a page
packed or encrypted stays so.

Sources: https://github.com/WebKit/WebKit (SQLiteStorageArea.cpp, LocalStorageDatabase.cpp); lists of the files of
phones with iOS 15 and 16 (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Text, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import length, utf16_text


@record
class Item(Record):
    """A key and its value."""

    key: Text | None = col("key", doc="name the page gave the value")
    value: Text | None = col("value", utf16_text, doc="the value, of which 16384 characters are kept")
    size: int | None = col("value", length, doc="bytes of the whole value, two for most characters")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/**/LocalStorage/localstorage.sqlite3",
    "/private/var/**/*_*_*.localstorage",
)
def local_storage(file: SourceFile) -> Iterator[Block[Item] | Gap]:
    if file.size == 0 and file.sibling("-wal") is None:
        return
    with sqlite.connect(file) as db:
        yield from db.table("ItemTable", Item)
