"""`_SqliteDatabaseProperties`: what stores of Messages and Contacts note of themselves.

Sources: the Messages of a computer (test data of plaso) and the contacts of phones (public images).
"""

from __future__ import annotations

from bridle.core import Record, record
from bridle.formats.table import col, rest


@record
class Property(Record):
    """What the store notes of itself: versions, its identifier, counters; the meaning of most is not published."""

    name: str | None = col("key", doc="such as `_ClientVersion`, `_UniqueIdentifier`, `counter_in_all`")
    value: str | None = col("value", doc="the value, as it is stored")
    extra: str | None = rest(doc="columns that no field maps, as JSON")
