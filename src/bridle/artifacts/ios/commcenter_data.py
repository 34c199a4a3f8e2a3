"""com.apple.commcenter.*.plist: the SIM cards the phone knows, the numbers they have had, and what it last saw.

Each card has an entry in `PersonalWallet`, by its number (ICCID); one that was taken out stays. What is stored of it is
spread over several files and differs from one system to the next. Every value is told as it is besides.

Known limits: when an entry was last written is stored, not when the card was in the phone. Keys of iOS 17 and later are
unconfirmed. Of data and secrets only the length is told.

Sources: files of phones with iOS 15 and 16 (test data of plaso and iLEAPP); https://github.com/abrignoni/iLEAPP
(celWireless, commCenter).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FormatError, Gap, PhoneNumber, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records
from bridle.formats.values import unix

_WALLET = "PersonalWallet"
_LABELS = "unique-sim-label-store"
_DEEPEST = 3


def _text(value: object) -> str:
    """Text, or a number written out. Raises ValueError."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ValueError(f"expected text or a number, got {value!r:.60}")


@record
class SimCard(Record):
    """A SIM card or eSIM that is or was in the phone."""

    iccid: str | None = col("(key)", _text, doc="number of the card (ICCID), the key of its entry")
    number: PhoneNumber | None = col("info/mdn", _text, doc="own number, as the carrier gives it")
    copied_number: PhoneNumber | None = col("phonebook/CopiedSIMPhoneNumber", _text, doc="own number, as on the card")
    registered_number: PhoneNumber | None = col("phonebook/PNRPhoneNumber", _text, doc="own number, as registered")
    imsi: str | None = col("SubscriptionConfiguration/IMSI", _text, doc="number of the subscriber (IMSI)")
    last_good_imsi: str | None = col("CarrierEntitlements/lastGoodImsi", _text, doc="the same, when it last worked")
    imei: str | None = col(
        "CarrierEntitlements/kEntitlementsSelfRegistrationUpdateImei", _text, doc="device the card registered with"
    )
    type: str | None = col("info/type", doc="kind of card, such as `sim`")
    time: Utc | None = col("info/ts", unix, doc="when the entry was last written")
    label_id: str | None = col("info/label-id", doc="SimLabel.label_id of its label")


@record
class SimLabel(Record):
    """A name that was given to a card."""

    label_id: str | None = col("(key)", _text, doc="identifier of the label, the key of its entry")
    text: Text | None = col("text", doc="the name; empty for the usual one")
    time: Utc | None = col("ts", unix, doc="when it was given")


@record
class LastKnown(Record):
    """The card, network and system that this file was last written with."""

    iccid: str | None = col("LastKnownICCID", _text, doc="number of the card (ICCID)")
    reported_iccid: str | None = col("ReportedSubscriberIdentity", _text, doc="number of the card, as told to Apple")
    number: PhoneNumber | None = col("PhoneNumber", _text, doc="own number")
    reported_number: PhoneNumber | None = col("ReportedPhoneNumber", _text, doc="own number, as told to Apple")
    country: int | None = col("LastKnownServingMcc", doc="country of the network it was on (MCC)")
    network: int | None = col("LastKnownServingMnc", doc="network it was on (MNC)")
    os_version: str | None = col("lastKnownOSVersion", doc="version of the system")


@artifact("/private/var/wireless/Library/Preferences/com.apple.commcenter*.plist")
def commcenter_data(file: SourceFile) -> Iterator[SimCard | SimLabel | LastKnown | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    yield from records(_entries(stored.get(_WALLET), _WALLET), SimCard)
    yield from records(_entries(stored.get(_LABELS), _LABELS), SimLabel)
    known = {k: v for k, v in stored.items() if k in _LAST}
    if known:
        yield from records([("(last known)", known)], LastKnown)
    yield from settings(stored)


_LAST = frozenset(
    {
        "LastKnownICCID", "ReportedSubscriberIdentity", "PhoneNumber", "ReportedPhoneNumber", "LastKnownServingMcc",
        "LastKnownServingMnc", "lastKnownOSVersion",
    }
)  # fmt: skip


def _entries(stored: object, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a dictionary by their number, their values by the keys on the way. Others are only settings."""
    if isinstance(stored, Mapping):
        for number, (key, value) in enumerate(stored.items(), 1):
            if isinstance(value, Mapping):
                yield f"({at} {number})", {"(key)": key, **_flat(value)}


def _flat(value: Mapping[object, object], at: str = "", depth: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = f"{at}{key}"
        if isinstance(inner, Mapping) and depth < _DEEPEST:
            found |= _flat(inner, f"{name}/", depth + 1)
        else:
            found[name] = inner
    return found
