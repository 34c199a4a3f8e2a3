"""brctl-dump.txt and brctl-container-list.txt of a sysdiagnose: iCloud Drive, and the apps that keep files there.

The dump has sections, each with its name above a line of `-`. Read are its head, the starts of the daemon with the
system they ran on, the state of the server and of the client, and which apps have a folder in iCloud:

    boot_history
    -----------------------------------------------------
    [2023-05-24 13:29:15 -0700] OS:iPhone OS 15.7.6 (19H349) CloudDocs:… BirdSchema:… DBSchema:…

Apps stay in it after they are removed from the phone, and those of the account's other devices are in it: a name here
is a mention, not an app that is installed.

Known limits: no dump was at hand, and newer ones may differ. The items of each folder, with names of the person's
files, and sections other than these are not read.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (brctl: sections and lines); brctl(1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from bridle.core import BundleId, FilePath, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.written import whole, zoned

_LONGEST = 256 << 10
"""Bytes of a line; lines of libraries name all their apps."""
_DIVIDER = re.compile(r"-{20,}")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_BOOT = re.compile(r"\[([^\]]{1,60})\] OS:(.{1,200}?) CloudDocs:(.{1,200}?) BirdSchema:(.{1,200}?) DBSchema:(.{1,200})")
_LIBRARY = re.compile(r"\+ app library:?.{0,40}?<([^<>\[\]]{1,300})\[([0-9]{1,18})\](.*)")
_APPS = re.compile(r"\bapps:\{([^}]*)\}")
_BUNDLES = re.compile(r"\bbundles:\{([^}]*)\}")
_INODE = re.compile(r"\bino:([0-9]{1,18})\b")
_MONITOR = re.compile(r'"?([\w.~-]{1,300})"? = "?\{\((.*?)\)\}"?;?')
_WORD = re.compile(r"[\w.~-]+")
_TAKEN = re.compile(r"(dump taken at) (.*)")
_FACT = re.compile(r'\+? ?"?([A-Za-z][\w. -]{0,60}?)"?(?:: | = |:)(\S.*)')
_PAIR = re.compile(r"([A-Za-z][\w-]{0,60}):(\S+)")
_CONTAINER = re.compile(r"(?:^|[\s<{\[])(id|localizedName|documents|Public|Private|clients):")
_OF_FACTS = ("boot_history", "server_state", "client_state", "system", "scheduler")


@record
class Fact(Record):
    """A line of the head or of a state."""

    section: str | None = note(doc="section that it stands in; none for the head")
    key: str | None = note(doc="what it says")
    value: str = note(doc="its value, as stored; without a key the whole line")


@record
class Boot(Record):
    """A start of the daemon on another system than before."""

    started: str = note(doc="when, as stored")
    time: Utc | None = note(doc="when, where a zone is stored")
    system: str = note(doc="system that it ran on")
    version: str = note(doc="version of the daemon")
    schema: str = note(doc="versions of its databases, `BirdSchema/DBSchema`")


@record
class Library(Record):
    """A folder in iCloud and the apps it is for."""

    name: BundleId = note(doc="identifier of the folder, mostly that of its app behind `iCloud.`")
    number: int | None = note(doc="number of the folder")
    inode: int | None = note(doc="inode of the folder on the phone")
    apps: tuple[BundleId, ...] = note(doc="apps that may use it, as stored, with their teams")
    bundles: tuple[BundleId, ...] = note(doc="bundle identifiers of those apps")


@record
class Container(Record):
    """A folder in iCloud, as the list of containers has it."""

    name: BundleId | None = note(doc="identifier of the folder")
    title: str | None = note(doc="name that a person sees")
    path: FilePath | None = note(doc="where its documents lie", surface="file-present")
    clients: tuple[BundleId, ...] = note(doc="apps that use it")
    line: str = note(doc="the whole line, as stored")


@artifact("/sysdiagnose/brctl/brctl-dump.txt", "/sysdiagnose/brctl/brctl-container-list.txt")
def cloud_documents(file: SourceFile) -> Iterator[Fact | Boot | Library | Container | Gap]:
    section: str | None = None
    waiting: tuple[int, str] | None = None
    with file.open() as stored:
        for number, line in lines(stored, _LONGEST):
            if line is None:
                yield too_long(number, _LONGEST)
                continue
            text = _COLOUR.sub("", line).strip()
            if _DIVIDER.fullmatch(text):
                section, waiting = waiting[1] if waiting else "", None
                continue
            if waiting:
                yield from _line(*waiting, section)
            waiting = (number, text) if text else None
    if waiting:
        yield from _line(*waiting, section)


def _line(number: int, text: str, section: str | None) -> Iterator[Fact | Boot | Library | Container]:
    """A line that is no name of a section."""
    at = f"line {number}"
    if found := _BOOT.fullmatch(text):
        time = None
        with suppress(ValueError):
            time = zoned(found[1])
        yield Boot(
            locator=at, started=found[1], time=time, system=found[2], version=found[3], schema=f"{found[4]}/{found[5]}"
        )
    elif found := _LIBRARY.match(text):
        yield _library(at, found)
    elif (section or "").startswith("apps monitor"):
        if found := _MONITOR.fullmatch(text):
            names = _words(found[2].replace("\\n", " "))
            yield Library(locator=at, name=found[1], number=None, inode=None, apps=(), bundles=names)
        elif text.strip("{}();= "):
            yield Fact(locator=at, section=section, key=None, value=text)
    elif section is None and {m[1] for m in _CONTAINER.finditer(text)} >= {"id", "clients"}:
        yield _container(at, text)
    elif section is None or section.startswith(_OF_FACTS):
        yield from _facts(at, section, text)


def _library(at: str, found: re.Match[str]) -> Library:
    apps, bundles, inode = _APPS.search(found[3]), _BUNDLES.search(found[3]), _INODE.search(found[3])
    return Library(
        locator=at, name=found[1].strip(), number=whole(found[2]), inode=whole(inode[1]) if inode else None,
        apps=_words(apps[1]) if apps else (), bundles=_words(bundles[1]) if bundles else (),
    )  # fmt: skip


def _container(at: str, text: str) -> Container:
    marks = list(_CONTAINER.finditer(text))[:50]
    ends = [m.start() for m in marks[1:]] + [len(text)]
    kept: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        kept.setdefault(mark[1], text[mark.end() : end].strip())
    path = kept.get("documents", "").partition(" [")[0].strip("'\"") or None
    return Container(
        locator=at, name=kept.get("id") or None, title=kept.get("localizedName", "").strip("'\"") or None, path=path,
        clients=_words(kept.get("clients", "")), line=text,
    )  # fmt: skip


def _facts(at: str, section: str | None, text: str) -> Iterator[Fact]:
    if found := _TAKEN.fullmatch(text) or (_FACT.fullmatch(text) if section != "server_state" else None):
        yield Fact(locator=at, section=section, key=found[1], value=found[2].rstrip(";").strip('"'))
        return
    pairs = list(_PAIR.finditer(text))
    if pairs and _PAIR.sub("", text).strip(" ;,{}[]()<>+"):
        yield Fact(locator=at, section=section, key=None, value=text)
    for number, pair in enumerate(pairs, 1):
        yield Fact(locator=f"{at}/{number}", section=section, key=pair[1], value=pair[2])
    if not pairs:
        yield Fact(locator=at, section=section, key=None, value=text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(m[0] for m in _WORD.finditer(text))
