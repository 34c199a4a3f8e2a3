"""iTunesPrefs: the computers that synchronised the phone, and the users who did.

A file of fixed fields that begins with `frpd`. From byte 384 on there are entries of 192 bytes: 64 for the user's name
and 128 for the computer's, each closed by a zero. An entry is a library the phone was connected to. Other fields are
settings of synchronisation; their meaning is not published, and they are not told.

Known limits: one file was at hand. When a computer was connected is not stored. What follows the zero behind a name,
such as the rest of a longer one before it, is not told.

Sources: the file of a phone with iOS 16 (test data of iLEAPP); https://github.com/abrignoni/iLEAPP (conDev);
https://github.com/jfarley248/iTunes_Backup_Reader (the last computers in it).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError, Gap, Record, SourceFile, artifact, note, record

_MAGIC = b"frpd"
_ENTRIES, _USER, _COMPUTER = 384, 64, 128
_MOST = 64
_LIMIT = _ENTRIES + _MOST * (_USER + _COMPUTER)


@record
class Computer(Record):
    """A computer the phone was connected to."""

    number: int = note(doc="place in the file, from 1")
    user: str | None = note(doc="user on the computer")
    computer: str | None = note(doc="name of the computer")


@artifact("/private/var/mobile/Media/iTunes_Control/iTunes/iTunesPrefs")
def itunes_prefs(file: SourceFile) -> Iterator[Computer | Gap]:
    with file.open() as opened:
        data = opened.read(_LIMIT)
    if not data.startswith(_MAGIC):
        raise FormatError(f"expected {_MAGIC!r} at the beginning, got {data[:4]!r}")
    size = _USER + _COMPUTER
    for number, at in enumerate(range(_ENTRIES, len(data) - size + 1, size), 1):
        user, computer = _name(data[at : at + _USER]), _name(data[at + _USER : at + size])
        if user is not None or computer is not None:
            yield Computer(locator=f"offset {at:#x}", number=number, user=user, computer=computer)
    if file.size >= _LIMIT + size:
        yield Gap(locator=f"offset {_LIMIT:#x}", reason=f"Computer: expected at most {_MOST} entries, got more")


def _name(field: bytes) -> str | None:
    return field.partition(b"\x00")[0].decode("utf-8", "backslashreplace") or None
