"""CellularUsage.db: the SIM cards that have been in the phone, and the numbers they had.

A card has a row for each number it was seen with; a change that nobody remembers making may be a taken-over number.

Known limits: that times count from 2001 follows one other reader. When a card was first in the phone is not stored.
Other tables of the file are not read.

Sources: https://github.com/abrignoni/iLEAPP (cellularUsage); https://github.com/sepinf-inc/IPED (reads the times as
seconds since 2001). No store was at hand: columns that are not named here are in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, PhoneNumber, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, zero_is_none

_when = zero_is_none(cocoa)


def _digits(value: object) -> str:
    """A number of a card or a telephone, also where it is stored as an integer. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    raise ValueError(f"expected text or an integer, got {value!r:.60}")


@record
class Subscriber(Record):
    """A SIM card, with the number it had."""

    iccid: str | None = col("subscriber_id", _digits, doc="number of the card (ICCID)")
    number: PhoneNumber | None = col("subscriber_mdn", _digits, doc="own number, as the carrier or the card gives it")
    updated: Utc | None = col("last_update_time", _when, doc="when the row was last written; none where it is 0")
    slot: int | None = col("slot_id", doc="slot the card was last seen in; which number is which is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/wireless/Library/Databases/CellularUsage.db")
def cellular_usage(file: SourceFile) -> Iterator[Block[Subscriber] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("subscriber_info", Subscriber)
