"""What everything else is written in: records, gaps, source files, artifacts, observables. Standard library only."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, BinaryIO, NewType, Protocol, TypeVar, cast, dataclass_transform, overload

from bridle.classes import dataclass

Utc = NewType("Utc", datetime)
"""An instant: always timezone-aware, in UTC, to the microsecond."""

WallClock = NewType("WallClock", datetime)
"""What a clock of unknown zone showed: always naive. Only the timeline turns one into a `Utc`, and says so."""


@dataclass(frozen=True)
class Kind:
    """A kind of observable: what a field holds, and so which indicators are looked for in it."""

    name: str


ProcessName = Annotated[str, Kind("process-name")]
BundleId = Annotated[str, Kind("bundle-id")]
PackageName = Annotated[str, Kind("package-name")]
FilePath = Annotated[str, Kind("file-path")]
FileName = Annotated[str, Kind("file-name")]
Url = Annotated[str, Kind("url")]
Domain = Annotated[str, Kind("domain")]
Email = Annotated[str, Kind("email")]
PhoneNumber = Annotated[str, Kind("phone-number")]
IpAddress = Annotated[str, Kind("ip-address")]
Sha256 = Annotated[str, Kind("sha256")]
Sha1 = Annotated[str, Kind("sha1")]
Md5 = Annotated[str, Kind("md5")]
CertSha256 = Annotated[str, Kind("cert-sha256")]
CertSha1 = Annotated[str, Kind("cert-sha1")]
CertMd5 = Annotated[str, Kind("cert-md5")]
ProfileId = Annotated[str, Kind("profile-id")]
PropertyName = Annotated[str, Kind("property-name")]
Account = Annotated[str, Kind("account")]
"""An e-mail address or a phone number, bare or as `mailto:…` and `tel:…`."""
Text = Annotated[str, Kind("text")]
"""Free text a person wrote or received: URLs, domains and addresses are looked for inside it."""

KINDS = frozenset(
    {
        "process-name", "bundle-id", "package-name", "file-path", "file-name", "url", "domain", "email", "phone-number",
        "ip-address", "sha256", "sha1", "md5", "cert-sha256", "cert-sha1", "cert-md5", "profile-id", "property-name",
        "account", "text",
    }
)  # fmt: skip

SURFACES = frozenset(
    {
        "network-user", "running-process", "crash", "installed-app", "file-present", "visited", "contacted", "message",
        "look-up", "mention",
    }
)  # fmt: skip
"""What it means that a value stands where it stands: a name that used the network is not a name in a list of files."""

LEVELS = ("informational", "low", "medium", "high", "critical")
"""How much a finding weighs, from the least to the most."""

TLP = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
"""Who may see an indicator (Traffic Light Protocol 2.0), from everybody to one person."""

SIBLINGS = ("-wal", "-journal")
"""Files that belong to a file of the same name without the suffix, and are read with it."""


class FormatError(ValueError):
    """The bytes are not what their format says they should be."""


def note(*, doc: str = "", surface: str | None = None) -> Any:
    """A record's field with its meaning and unit; `surface` overrides the record's own."""
    return dataclasses.field(metadata={"doc": doc, "surface": _known_surface(surface)})


def _known_surface(surface: str | None) -> str | None:
    if surface is not None and surface not in SURFACES:
        raise ValueError(f"unknown surface {surface!r}: expected one of {', '.join(sorted(SURFACES))}")
    return surface


C = TypeVar("C")


@overload
def record(cls: type[C], /) -> type[C]: ...
@overload
def record(*, surface: str | None = None) -> Callable[[type[C]], type[C]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(note, dataclasses.field))
def record(cls: type[C] | None = None, /, *, surface: str | None = None) -> type[C] | Callable[[type[C]], type[C]]:
    """Make a class an immutable, keyword-only row type. `surface` says what its observables' presence means."""

    def wrap(cls: type[C]) -> type[C]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        _SURFACE_OF[made] = _known_surface(surface) or "mention"
        return made

    return wrap if cls is None else wrap(cls)


_SURFACE_OF: dict[type[Any], str] = {}


@record
class Record:
    """One row of evidence, as the device stored it."""

    locator: str
    """Where in the source file: `ZPROCESS:12`, `line 381`, `offset 0x1f40`. Unique in its file."""


@record
class Gap(Record):
    """Evidence that is there and could not be read. Stored beside the records, never dropped."""

    reason: str


@dataclass(frozen=True)
class Field:
    """A field of a record type, as schema, indicators and docs need it."""

    name: str
    type: Any
    """str, int, float, bool, bytes, Utc or WallClock."""
    many: bool
    """True for `tuple[type, ...]`."""
    optional: bool
    kind: str | None
    surface: str
    doc: str


def fields_of(cls: type[Record]) -> tuple[Field, ...]:
    """The fields of a record type, `locator` first. Raises TypeError for a type no table can hold."""
    hints = _hints(cls)
    return tuple(_field(cls, f, hints[f.name]) for f in dataclasses.fields(cast(Any, cls)))


_MEANT: dict[tuple[str, str], Any] = {}
"""What an annotation means in a module, by the names of both: most are those of hundreds of other fields."""


def _hints(cls: type[Any]) -> dict[str, Any]:
    """The types of a record's fields, as `typing.get_type_hints` has them. Records are made of their modules' names."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        said = inspect.get_annotations(base)
        new = {text: text for text in said.values() if isinstance(text, str) and (base.__module__, text) not in _MEANT}
        if new:
            spelled = SimpleNamespace(__annotations__=new)
            meant = typing.get_type_hints(spelled, vars(sys.modules[base.__module__]), include_extras=True)
            _MEANT.update({(base.__module__, text): of for text, of in meant.items()})
        found |= {n: _MEANT[base.__module__, t] if isinstance(t, str) else t for n, t in said.items()}
    return found


def _field(cls: type[Record], f: dataclasses.Field[Any], hint: Any) -> Field:
    optional = many = False
    if typing.get_origin(hint) in (typing.Union, UnionType):
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        optional, hint = len(inner) < len(typing.get_args(hint)), inner[0]
    if typing.get_origin(hint) is tuple:
        many, hint = True, typing.get_args(hint)[0]
    kind = None
    if typing.get_origin(hint) is Annotated:
        hint, *marks = typing.get_args(hint)
        kind = next((m.name for m in marks if isinstance(m, Kind)), None)
    if hint not in (str, int, float, bool, bytes, Utc, WallClock):
        raise TypeError(f"{cls.__name__}.{f.name}: a record cannot hold {hint}")
    surface = f.metadata.get("surface") or _SURFACE_OF.get(cls, "mention")
    return Field(f.name, hint, many, optional, kind, surface, f.metadata.get("doc", ""))


R_co = TypeVar("R_co", bound=Record, covariant=True)


class Block(Protocol[R_co]):
    """Many rows of one record type, kept as columns for speed; iterating it yields the records."""

    @property
    def record(self) -> type[R_co]: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[R_co]: ...


class SourceFile(Protocol):
    """One file of an acquisition, under its path on the device. Read-only."""

    @property
    def path(self) -> PurePosixPath: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    def open(self) -> BinaryIO: ...
    def sibling(self, suffix: str) -> SourceFile | None: ...
    def companions(self) -> Mapping[PurePosixPath, SourceFile]:
        """Other files of the same acquisition that the artifact declares, by their path on the device."""


Parser = Callable[[SourceFile], Iterator[Any]]


@dataclass(frozen=True)
class Artifact:
    """A kind of file a device keeps, and the function that reads it."""

    name: str
    """`ios.data_usage`: the module's path below `bridle.artifacts`."""
    paths: tuple[str, ...]
    """Globs of device paths, whatever the acquisition; `*` stays within one component, `**` spans several."""
    parse: Parser
    records: tuple[type[Record], ...]
    revision: str
    """SHA-256 of the parser's source."""
    companions: tuple[str, ...] = ()
    """Globs of other files that the parser needs beside each of its own, such as the strings of a log."""

    @property
    def doc(self) -> str:
        return inspect.getdoc(inspect.getmodule(self.parse)) or ""

    def table(self, cls: type[Record]) -> str:
        """The name of a record type's table: `ios.data_usage.process`."""
        return f"{self.name}.{table_suffix(cls)}"


def table_suffix(cls: type[Record]) -> str:
    """`LiveUsage` → `live_usage`."""
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(cls.__name__))


def artifact(*paths: str, companions: tuple[str, ...] = ()) -> Callable[[Parser], Artifact]:
    """Turn a parser into an `Artifact` found at `paths`. Its record types are read off the return annotation.

    Files at `companions` are at hand while it parses (`SourceFile.companions`); whether there are any is not certain.
    """

    def wrap(parse: Parser) -> Artifact:
        (rows,) = typing.get_args(typing.get_type_hints(parse)["return"])
        members = typing.get_args(rows) if typing.get_origin(rows) in (typing.Union, UnionType) else (rows,)
        types = (typing.get_args(m)[0] if typing.get_origin(m) is Block else m for m in members)
        return Artifact(
            name=".".join(parse.__module__.split(".")[2:]),
            paths=paths,
            parse=parse,
            records=tuple(dict.fromkeys(t for t in types if t is not Gap)),
            revision=hashlib.sha256(Path(inspect.getfile(parse)).read_bytes()).hexdigest(),
            companions=companions,
        )

    return wrap
