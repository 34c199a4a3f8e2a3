"""Bluetooth devices: those the phone was paired with, and low-energy devices it only saw.

`com.apple.MobileBluetooth.devices.plist` is a dictionary of classic devices by address. The databases
`…ledevices.paired.db` and `…ledevices.other.db` hold low-energy devices: paired ones, and ones that were in range. A
device of a kind the person does not own tells who or what was near.

Known limits: the times of low-energy devices are no time of day; one examiner measured milliseconds since the phone
started. Addresses of low-energy devices change; the resolved one is known of paired devices only.

Sources: https://github.com/abrignoni/iLEAPP (bluetooth: tables, keys and the times of classic devices); no file of a
real phone was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Block, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import unix

_ADDRESS = "(address)"


@record
class Classic(Record):
    """A classic device the phone was paired with."""

    address: str | None = col(_ADDRESS, doc="address of the device, the key of its entry")
    name: str | None = col("Name", doc="name it told")
    default_name: str | None = col("DefaultName", doc="name it had at first")
    user_name: str | None = col("UserNameKey", doc="name the person gave it")
    last_seen: Utc | None = col("LastSeenTime", unix, doc="when it was last seen")
    product: int | None = col("DeviceIdProduct", doc="number of the product, of its vendor")
    vendor: int | None = col("DeviceIdVendor", doc="number of the vendor")
    extra: str | None = rest(doc="keys that no field maps, as JSON; bytes in hexadecimal")


@record
class Paired(Record):
    """A low-energy device the phone was paired with."""

    uuid: str | None = col("Uuid", doc="identifier the phone gave it")
    name: str | None = col("Name", doc="name it told")
    name_origin: int | None = col("NameOrigin", doc="where the name is from as a number; its meaning is not published")
    address: str | None = col("Address", doc="kind of address, and address it used")
    resolved_address: str | None = col("ResolvedAddress", doc="address that does not change")
    last_seen: int | None = col("LastSeenTime", doc="when it was last seen, as stored; no time of day")
    last_connected: int | None = col("LastConnectionTime", doc="when it was last connected, as stored; no time of day")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@record
class Seen(Record):
    """A low-energy device that was in range and not paired."""

    uuid: str | None = col("Uuid", doc="identifier the phone gave it")
    name: str | None = col("Name", doc="name it told")
    address: str | None = col("Address", doc="kind of address, and address it used")
    resolved_address: str | None = col("ResolvedAddress", doc="address that does not change, where it is known")
    last_seen: int | None = col("LastSeenTime", doc="when it was last seen, as stored; no time of day")
    last_connected: int | None = col("LastConnectionTime", doc="when it was last connected, as stored; no time of day")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@artifact(
    "/private/var/containers/Shared/SystemGroup/*/Library/Database/com.apple.MobileBluetooth.ledevices.*.db",
    "/private/var/containers/Shared/SystemGroup/*/Library/Preferences/com.apple.MobileBluetooth.devices.plist",
    "/private/var/preferences/com.apple.MobileBluetooth.devices.plist",
    "/private/var/mobile/Library/Preferences/com.apple.MobileBluetooth.devices.plist",
)
def bluetooth_devices(file: SourceFile) -> Iterator[Classic | Block[Paired] | Block[Seen] | Gap]:
    with file.open() as stored:
        start = stored.read(16)
    if start.startswith(b"SQLite format 3"):
        with sqlite.connect(file) as db:
            if not {t.lower() for t in db.tables()} & {"paireddevices", "otherdevices"}:
                yield Gap(locator="tables", reason="expected a table PairedDevices or OtherDevices, got none")
            yield from db.table("PairedDevices", Paired, optional=True)
            yield from db.table("OtherDevices", Seen, optional=True)
        return
    classic = plist.load(file)
    if not isinstance(classic, Mapping):
        raise FormatError(f"expected a dictionary of devices, got {type(classic).__name__}")
    yield from records(_devices(classic), Classic)


def _devices(stored: Mapping[object, object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for number, (address, entry) in enumerate(stored.items(), 1):
        if isinstance(entry, Mapping):
            yield f"devices/{number}", {**entry, _ADDRESS: address}
        else:
            yield Gap(locator=f"devices/{number}", reason=f"Classic: expected a dictionary, got {entry!r:.60}")
