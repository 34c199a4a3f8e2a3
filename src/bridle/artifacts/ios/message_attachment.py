"""Attachments of messages as they lie on the device: what each is by its first bytes, and what its name says.

One file below `Library/SMS/Attachments`, in folders named after two digits and the attachment's guid. A file whose
bytes are not what its name says has been how exploits reached the device: PDF and Photoshop files named `.gif`, images
of another format inside a Wallet pass. It is no proof of one: senders, apps and conversions misname files too.

Which message a file belongs to stands in sms.db (`ios.sms.attachment`). An empty file gives no row: that it is there
stands in the ledger.

Known limits: only the first MiB is searched for JBIG2, and a name that is compressed inside a PDF is not found. Of an
archive up to 200 members are looked at, and archives inside it are not opened. What a file does is not examined.

Sources: https://citizenlab.ca/2021/09/forcedentry-nso-group-imessage-zero-click-exploit-captured-in-the-wild/ ;
https://citizenlab.ca/2023/09/blastpass-nso-group-iphone-zero-click-zero-day-exploit-captured-in-the-wild/ ; the list of
files of phones with iOS 15 to 17.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import FileName, FilePath, FormatError, Gap, Record, Sha256, SourceFile, artifact, note, record
from bridle.formats import magic, zip_members

_MOST_SEARCHED = 1 << 20
_JBIG2 = b"/JBIG2Decode"


@record(surface="file-present")
class Attachment(Record):
    """A file that came or went with a message."""

    path: FilePath = note(doc="where it lies")
    name: FileName = note(doc="its name")
    name_length: int = note(doc="characters of the name")
    stem_length: int = note(doc="characters of the name before its extension")
    extension: str | None = note(doc="extension, in lower case and without the dot")
    size: int = note(doc="bytes of the file")
    sha256: Sha256 = note(doc="SHA-256 of the content")
    kind: str | None = note(doc="kind by its first bytes, such as `gif`, `psd`, `pdf`, `zip`; none where not known")
    extension_kind: str | None = note(doc="kind that its extension stands for")
    magic_matches: bool | None = note(
        doc="whether the bytes may bear the extension; none where it says nothing that bytes can deny"
    )
    is_jbig2_pdf: bool = note(doc="whether it is a PDF that names the filter JBIG2Decode in its first MiB")


@record
class Member(Record):
    """A member of an attachment that is a zip archive, such as a Wallet pass."""

    name: FileName | None = note(doc="name in the archive, without its folder")
    member_path: str = note(doc="name in the archive")
    extension: str | None = note(doc="extension, in lower case and without the dot")
    size: int = note(doc="bytes once unpacked, as the archive says")
    stored_size: int = note(doc="bytes in the archive, as it says")
    method: int = note(doc="0 stored, 8 deflated; others are not read")
    is_encrypted: bool = note(doc="whether it is encrypted; its bytes are not known then")
    kind: str | None = note(doc="kind by its first bytes; none where not known")
    extension_kind: str | None = note(doc="kind that its extension stands for")
    magic_matches: bool | None = note(
        doc="whether the bytes may bear the extension; none where it says nothing that bytes can deny, or none are read"
    )


@artifact("/private/var/mobile/Library/SMS/Attachments/**")
def message_attachment(file: SourceFile) -> Iterator[Attachment | Member | Gap]:
    with file.open() as stream:
        start = stream.read(_MOST_SEARCHED)
        if not start:
            return
        kind = magic.kind_of(start)
        yield _attachment(file, kind, start)
        if kind == "zip":
            yield from _members(stream, file.size)


def _attachment(file: SourceFile, kind: str | None, start: bytes) -> Attachment:
    name = file.path.name
    extension = magic.extension_of(name)
    return Attachment(
        locator="file",
        path=str(file.path),
        name=name,
        name_length=len(name),
        stem_length=len(name) - (len(extension) + 1 if extension else 0),
        extension=extension,
        size=file.size,
        sha256=file.sha256,
        kind=kind,
        extension_kind=magic.kind_named(name),
        magic_matches=magic.agrees(name, kind),
        is_jbig2_pdf=kind == "pdf" and _JBIG2 in start,
    )


def _members(stream: BinaryIO, size: int) -> Iterator[Member | Gap]:
    number = 0
    try:
        for number, found in enumerate(zip_members.members(stream, size), 1):
            yield _member(number, found)
    except FormatError as e:
        yield Gap(locator=f"member {number + 1}", reason=f"Member: {e}")


def _member(number: int, found: zip_members.Member) -> Member:
    name = found.name.rpartition("/")[2]
    kind = None if found.head is None else magic.kind_of(found.head)
    return Member(
        locator=f"member {number}",
        name=name or None,
        member_path=found.name,
        extension=magic.extension_of(name),
        size=found.size,
        stored_size=found.stored,
        method=found.method,
        is_encrypted=found.encrypted,
        kind=kind,
        extension_kind=magic.kind_named(name),
        magic_matches=None if found.head is None else magic.agrees(name, kind),
    )
