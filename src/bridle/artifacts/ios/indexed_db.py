"""IndexedDB.sqlite3: the names of the databases that the pages of a site keep on the device, and of what is in them.

One store for each database; the site stands in the path (webkit_storage) or in the file `origin` (webkit_origin). The
objects themselves, which may be messages of a web app, are not read.

Known limits: no store was at hand. When a database was made or used is not stored in it. Names are those a page gave,
and may say nothing.

Sources: https://github.com/WebKit/WebKit (Source/WebCore/Modules/indexeddb/server/SQLiteIDBBackingStore.cpp)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Text, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import length


@record
class Fact(Record):
    """A fact about the database."""

    key: str | None = col("key", doc="`DatabaseName`, `DatabaseVersion`, `MetadataVersion`, `MaxObjectStoreID`")
    value: Text | None = col("value", doc="the fact, as text")


@record
class ObjectStore(Record):
    """A collection of objects in the database."""

    store_id: int | None = col("id", doc="number of the collection")
    name: Text | None = col("name", doc="name the page gave it")
    key_path_size: int | None = col("keyPath", length, doc="bytes of where the key of an object lies; not read")
    auto_increment: bool | None = col("autoInc", doc="whether objects are numbered by themselves")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Index(Record):
    """An index of a collection."""

    index_id: int | None = col("id", doc="number of the index")
    store_id: int | None = col("objectStoreID", doc="ObjectStore.store_id")
    name: Text | None = col("name", doc="name the page gave it")
    key_path_size: int | None = col("keyPath", length, doc="bytes of where its key lies; not read")
    is_unique: bool | None = col("isUnique", doc="whether no two objects may have the same key")
    multi_entry: bool | None = col("multiEntry", doc="whether each part of a list is a key")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/**/IndexedDB.sqlite3")
def indexed_db(file: SourceFile) -> Iterator[Block[Fact] | Block[ObjectStore] | Block[Index] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("IDBDatabaseInfo", Fact)
        yield from db.table("ObjectStoreInfo", ObjectStore)
        yield from db.table("IndexInfo", Index, optional=True)
