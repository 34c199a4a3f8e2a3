"""What every acquisition looks like from above: members under device paths, some of which can be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bridle.classes import dataclass
from bridle.core import Utc, WallClock
from bridle.evidence.extent import Extent

if TYPE_CHECKING:
    import pyarrow as pa

Wanted = Callable[[PurePosixPath], bool]
"""Whether the file at a device path will be read: streams keep only these."""


class Readable(Protocol):
    """A member's content that can be read at once where it is small."""

    def whole(self, most: int) -> bytes | None:
        """All of what an Extent of it would give, if it takes at most `most` bytes where it lies; None if it does not,
        or cannot be read so. Raises FormatError or PermissionError as opening it does."""


class State(StrEnum):
    """What can be said of a member before any parser looks at it."""

    PRESENT = "present"
    ABSENT = "absent"
    """Listed by the acquisition's own manifest, and not there."""
    REFUSED = "refused"
    """A name that leaves its folder, a device node, a link that leads out, or a size beyond the bounds."""
    ENCRYPTED = "encrypted"
    """There, and no key opens it."""
    DAMAGED = "damaged"
    """There, and cut short or failing its checksum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file, folder or link of an acquisition."""

    path: PurePosixPath
    """On the device: `/private/var/mobile/Library/SMS/sms.db`. What the acquisition adds lies under `/backup`,
    `/sysdiagnose`, `/bugreport`, `/androidqf`, `/adb_backup`, `/apk`, `/capture`, `/intrusion_logs`, `/file_system`,
    `/mvt_output`."""
    member: str
    """Its name inside the acquisition as stored, such as `0d/0d609c54…` or a tar member's name."""
    type: str
    """`file`, `directory`, `symlink` or `other`."""
    size: int | None = None
    """Bytes of content after decryption and decompression; None if unknown."""
    modified: Utc | None = None
    shown: WallClock | None = None
    """When the content last changed, by the device's own clock, where the archive was packed on the device."""
    state: State = State.PRESENT
    reason: str | None = None
    """Why the state is not `present`; one sentence."""
    content: Callable[[], Extent] | None = None
    """Opens the content; None where there is none or it is not wanted. The caller closes the Extent.
    Raises FormatError (damaged) or PermissionError. It stays usable until the source is closed.
    It may be `Readable` besides."""
    domain: str | None = None
    """The backup domain, where there is one."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Many members at once that nobody wants to open, and of which the same is to be said."""

    table: pa.Table
    """`path`, `member`, `type` (text), `size` (int64) and `modified` (microseconds in UTC), as in `Member`."""
    state: State = State.PRESENT
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something wrong with the container itself: the acquisition was read only in part."""

    reason: str
    """One sentence: what is wrong, where, and what was still read."""


class Source(Protocol):
    """An opened acquisition. Reads the evidence and never writes beside it."""

    @property
    def kind(self) -> str:
        """`itunes-backup`, `file-system`, `sysdiagnose`, `bugreport`, `androidqf`, `adb-backup`, `apk`,
        `intrusion-logs`, `crash-logs`, `capture`, `network-logs`, `mvt-output` or `review-pack`."""

    @property
    def platform(self) -> str:
        """`ios`, `android` or `network`; `any` of what tells neither."""

    @property
    def label(self) -> str:
        """What the report calls it: the file or folder name, unless the user gave another."""

    @property
    def digest(self) -> str:
        """SHA-256 of the container file, or of a folder's sorted listing (name, size, and the SHA-256 of the
        files that describe it). Known only after `members` is exhausted."""

    @property
    def encrypted(self) -> bool: ...

    @property
    def facts(self) -> dict[str, str]:
        """What the container itself says: product_type, os_version, build, marker (synthetic evidence) …"""

    def members(self, wanted: Wanted) -> Iterator[Member]:
        """Every member once, in one pass. In a stream, the content of members not wanted is skipped."""

    def problems(self) -> tuple[Problem, ...]:
        """Complete only after `members` is exhausted."""

    def close(self) -> None: ...


Candidates = Callable[["pa.Array"], "pa.Array"]
"""Which paths of a column may be wanted: true for every one that is, and seldom for another."""


@runtime_checkable
class ColumnarSource(Source, Protocol):
    """A source that can tell of many members at once."""

    def listed(self, wanted: Wanted, candidates: Candidates) -> Iterator[Member | Listing]:
        """What `members` gives, in any order, where those that are no candidates may come in Listings."""


MARKER = "BRIDLE-SYNTHETIC"
"""What `facts["marker"]` says of synthetic evidence."""
_SYNTHETIC = "SYNTHETIC"


def marked(facts: dict[str, str]) -> dict[str, str]:
    """The facts, with the marker where serial number or identifier begin as those of synthetic devices do."""
    synthetic = any(facts.get(k, "").startswith(_SYNTHETIC) for k in ("serial_number", "udid"))
    return facts | {"marker": MARKER} if synthetic else facts


class SourceError(Exception):
    """The source cannot be opened at all: unknown, encrypted without its password, or broken at the root.

    The message is one clear sentence and a next step; `check` prints it and exits with 3.
    """


class WrongPasswordError(SourceError):
    """A password was given and does not open the acquisition."""


class NeedsPasswordError(SourceError):
    """The acquisition is encrypted and no password was given."""
