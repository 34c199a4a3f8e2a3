"""remotectl_dumpstate.txt of a sysdiagnose: the phone as it tells computers of itself, and what is connected to it.

First the phone itself, then each device found, such as a computer or a paired watch, indented by tabs:

    Local device
            UUID: 0A1B2C3D-0000-4000-8000-000000000000
            Properties: {
                    OSVersion => 18.5
            }
            Services:
                    com.apple.bluetooth.BTPacketLogger.shim.remote

Services of a device are what it offers to others; `Local Services` what the phone offers to it.

Known limits: one published dump of iOS 15 was the model; newer ones differ. Brackets and commas of lists are not kept
apart.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (tabbasedhierarchy: a dump of iOS 15); remotectl(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import Gap, Record, SourceFile, artifact, note, record
from bridle.formats.outline import SHOWN, outline

_SERVICES = ("Services", "Local Services")
_OPENING = ("", "{", "[")
_CLOSING = frozenset({"}", "]", "},", "],"})


@record
class Device(Record):
    """A device that the dump tells of."""

    device: int = note(doc="number of the device in the dump, from 1; 1 is the phone itself")
    title: str = note(doc="how the dump calls it: `Local device`, or `Found` and the name of a connection")


@record
class Fact(Record):
    """A line about a device."""

    device: int = note(doc="number of the device, from 1; 1 is the phone itself")
    key: str | None = note(doc="keys on the way to the value, joined by `/`")
    value: str | None = note(doc="what the line says, without quotation marks around it; none for an empty value")


@record
class Service(Record):
    """A service that is offered over the connection."""

    device: int = note(doc="number of the device, from 1")
    name: str = note(doc="name of the service")
    local: bool = note(doc="whether the phone offers it to that device, and not the device to others")


@artifact(
    "/sysdiagnose/remotectl_dumpstate.txt",
    "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/remotectl_dumpstate.txt",
)
def remotectl(file: SourceFile) -> Iterator[Device | Fact | Service | Gap]:
    device, opened = 0, _Opened()
    with file.open() as stored:
        for found in outline(stored):
            if isinstance(found, Gap):
                yield found
                continue
            number, above, text = found
            yield from opened.told(() if text in _CLOSING else above)
            if text in _CLOSING:
                continue
            if not above:
                device += 1
                yield Device(locator=f"line {number}", device=device, title=text)
            elif len(above) == 2 and _split(above[1])[0] in _SERVICES:
                local = _split(above[1])[0] == "Local Services"
                yield Service(locator=f"line {number}", device=device, name=text, local=local)
            else:
                fact, opens = _fact(number, device, above[1:], text)
                if opens:
                    opened.line, opened.fact = (*above, text[:SHOWN]), fact
                else:
                    yield fact
    yield from opened.told(())


@dataclass
class _Opened:
    """The last line that only opens what lies below it, which is told where nothing does."""

    line: tuple[str, ...] = ()
    fact: Fact | None = None

    def told(self, above: tuple[str, ...]) -> Iterator[Fact]:
        """The line, if the next one does not lie below it."""
        if self.fact is not None and above[: len(self.line)] != self.line:
            yield self.fact
        self.fact = None


def _fact(number: int, device: int, above: tuple[str, ...], text: str) -> tuple[Fact, bool]:
    """A line about a device, and whether it only opens what lies below it."""
    name, value = _split(text)
    opens = value in _OPENING and not text.endswith("=>")
    keys = [_split(line)[0] for line in above] + ([] if value is None else [name])
    said = name if value is None else value
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = said[1:-1]
    said = "" if opens else said
    return Fact(locator=f"line {number}", device=device, key="/".join(keys) or None, value=said or None), opens


def _split(text: str) -> tuple[str, str | None]:
    """Key and value of `key => value` and `key: value`; all of another line, and None."""
    for separator in (" => ", ": "):
        key, found, value = text.partition(separator)
        if found:
            return key.strip(), value.strip()
    bare = text.removesuffix(":").removesuffix("=>").rstrip()
    return (text, None) if bare == text else (bare, "")
