"""wifi_scan.txt of a sysdiagnose: the wireless networks around the phone when it was collected.

A line of counts, then a line for each network: its name in quotation marks and in hexadecimal, and its properties as
`key=value`, of which some hold commas within brackets. The names of properties differ by release:

    'Example' (4578616d706c65), bssid=<redacted>, channel=[11 (flags=0xA, 2GHz, 20MHz)], cc=FR, rssi=-31, rsn=(null)
    (null) - ssid=(null), bssid=02:00:00:00:00:01, security=wpa2-personal, channel=[5g36/80 (0x410)], rssi=-66

Known limits: no file was at hand; four published forms are read. Addresses of access points are left out of most
collections. Only what could be heard at that moment is listed.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (wifiscan: lines of four releases).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.written import whole

_QUOTED = re.compile(r"'(.*)' [(<]([0-9A-Fa-f ]{0,200})[)>](?:, |,?\Z)")
_DASHED = re.compile(r"('.*'|[^=]{0,200}?) - (?=ssid=)")
_NAME, _HEX, _OTHER = "(name)", "ssid", "(other)"
_OF_NETWORK = ("bssid", "rssi", _HEX)
_PAIRS = {"[": "]", "(": ")", "{": "}"}


def _hex(value: str) -> str | None:
    return value.replace(" ", "").lower() or None


@record
class Network(Record):
    """A wireless network that the phone saw."""

    name: str | None = col(_NAME, doc="name of the network; none for one that hides it")
    name_hex: str | None = col(_HEX, _hex, doc="bytes of that name, hexadecimal")
    bssid: str | None = col("bssid", doc="address of the access point; `<redacted>` where the collection leaves it out")
    channel: str | None = col("channel", doc="channel, with band and width, as stored")
    rssi: int | None = col("rssi", whole, doc="strength of the signal, dBm")
    security: str | None = col("security", doc="how it is secured, such as `wpa2-personal`")
    rsn: str | None = col("rsn", doc="ciphers and keys of WPA2 and later, as stored")
    wpa: str | None = col("wpa", doc="ciphers and keys of WPA, as stored")
    country: str | None = col("cc", doc="country that the access point tells")
    age: str | None = col("age", doc="how long ago it was seen, as stored")
    extra: str | None = rest(doc="properties that no field maps, as JSON")


@record
class Fact(Record):
    """Something that is said of the whole scan, or a line of no known form."""

    key: str | None = note(doc="what it says")
    value: str | None = note(doc="its value, as stored; without a key the whole line")


@artifact("/sysdiagnose/WiFi/wifi_scan*.txt", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/WiFi/wifi_scan*.txt")
def wifi_scan(file: SourceFile) -> Iterator[Network | Fact | Gap]:
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif line.strip():
                yield from _line(f"line {number}", line.strip())


def _line(at: str, line: str) -> Iterator[Network | Fact | Gap]:
    found: dict[str, str | None] = {}
    if quoted := _QUOTED.match(line):
        found = {_NAME: quoted[1], _HEX: quoted[2]}
        line = line[quoted.end() :]
    elif dashed := _DASHED.match(line):
        found = {_NAME: _given(dashed[1].strip("'"))}
        line = line[dashed.end() :]
    for number, part in enumerate(_parts(line), 1):
        key, equal, value = part.partition("=")
        if not equal:
            key, value = _OTHER, part
        if value.strip() and (equal or part.strip()):
            name = key.strip()
            found[name if name not in found else f"{name} {number}"] = _given(value.strip())
    if any(key in found for key in _OF_NETWORK):
        yield from records([(at, found)], Network)
    elif any(not key.startswith(_OTHER) for key in found):
        yield from (Fact(locator=f"{at}/{n}", key=k, value=v) for n, (k, v) in enumerate(found.items(), 1))
    else:
        yield Fact(locator=at, key=None, value=line)


def _given(value: str) -> str | None:
    return None if value in ("", "(null)", "[(null)]") else value


def _parts(line: str) -> list[str]:
    """The line at its commas, but for those within brackets; from a bracket on that is never closed, at all."""
    parts, open_, start = [], list[str](), 0
    for at, letter in enumerate(line):
        if letter in _PAIRS:
            open_.append(_PAIRS[letter])
        elif open_ and letter == open_[-1]:
            open_.pop()
        elif letter == "," and not open_:
            parts.append(line[start:at])
            start = at + 1
    return [*parts, *(line[start:].split(",") if open_ else [line[start:]])]
