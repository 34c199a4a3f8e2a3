"""What happens on a phone, as plain records that every dump and file is written from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Self

VENDING, SHELL = "com.android.vending", 2000
"""The store, and the user number of a computer at the cable."""


@dataclass(frozen=True, kw_only=True)
class App:
    """An installed package."""

    name: str
    uid: int
    label: str
    installed: datetime
    updated: datetime
    installer: str | None = VENDING
    initiator: str | None = VENDING
    system: bool = False
    launcher: str | None = None
    """The activity that home screens show; None for an app without one."""
    boot: str | None = None
    """What is started when the phone has started."""
    granted: tuple[str, ...] = ()
    """Permissions that a person, or a computer at the cable, granted; without `android.permission.`."""
    install_time: tuple[str, ...] = ("INTERNET", "ACCESS_NETWORK_STATE")
    version: int = 1
    version_name: str = "1.0"
    certificate: str = ""
    """SHA-256, hexadecimal; empty for one made from the name."""
    apk: bytes | None = None
    """The app itself, where it is signed and can be copied."""

    @property
    def path(self) -> str:
        """Where its APK lies."""
        if self.system:
            return f"/system/app/{self.label.replace(' ', '')}"
        return f"/data/app/~~{_slug(self.name, 8)}==/{self.name}-{_slug(self.name[::-1], 8)}=="


def _slug(text: str, length: int) -> str:
    return "".join(c for c in text.title() if c.isalnum()).ljust(length, "x")[:length]


@dataclass(frozen=True, kw_only=True)
class Session:
    """An installation as the installer keeps it."""

    number: int
    package: str
    time: datetime
    by: int
    """User number of who asked: 2000 is a computer at the cable."""
    installer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A package that was removed."""

    package: str
    time: datetime
    by: int


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting, and when it was last changed, where that is known."""

    namespace: str
    name: str
    value: str
    package: str = "android"
    changed: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Access:
    """A use of something that permissions protect."""

    package: str
    uid: int
    op: str
    time: datetime
    state: str = "top"
    seconds: float = 0


@dataclass(frozen=True, kw_only=True)
class Plugged:
    """A device that was plugged in, with the phone as its host."""

    time: datetime
    vendor: int
    product: int
    name: str
    serial: str
    seconds: int = 40
    """How long it stayed."""


@dataclass(frozen=True, kw_only=True)
class Computer:
    """A computer that the phone lets in over adb."""

    key: str
    name: str
    time: datetime


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that runs when the acquisition is made."""

    name: str
    pid: int
    user: str
    label: str
    parent: int = 812
    path: str = ""
    package: str | None = None
    uid: int = 0
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a log."""

    time: datetime
    tag: str
    text: str
    buffer: str = "system"
    priority: str = "I"
    uid: int = 1000
    pid: int = 1500
    tid: int = 1612


@dataclass(frozen=True, kw_only=True)
class Crash:
    """A program that was stopped by a signal."""

    time: datetime
    process: str
    pid: int
    uid: int
    label: str
    signal: tuple[int, str, int, str] = (11, "SIGSEGV", 1, "SEGV_MAPERR")
    libraries: tuple[str, ...] = ("/apex/com.android.runtime/lib64/bionic/libc.so",)
    """Those of the frames, the innermost first; also those mapped as code."""
    open_files: tuple[str, ...] = ()
    abort: str | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """An SMS, or an MMS where `attachment` is named."""

    time: datetime
    number: str
    text: str
    sent: bool = False
    attachment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A look-up of a name, and the connection made with its answer."""

    time: datetime
    package: str
    host: str
    address: str
    port: int = 443


@dataclass(frozen=True, kw_only=True)
class Security:
    """An entry of the security log."""

    time: datetime
    tag: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeviceFile:
    """A file that can be seen on the phone."""

    path: str
    size: int
    time: datetime
    mode: str = "-rw-rw----"
    user: int = 0
    content: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A mounted file system, beside those every phone has."""

    device: str
    point: str
    kind: str
    options: str


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What a user number received and sent in two hours."""

    time: datetime
    uid: int
    received: int
    sent: int
    foreground: bool = False


@dataclass(frozen=True, kw_only=True)
class Used:
    """An event of the statistics of use."""

    time: datetime
    kind: str
    package: str
    cls: str | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """An update or removal in the daily statistics of the battery."""

    time: datetime
    package: str
    version: int
    """0 for one that was removed."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A component with power over others: `accessibility`, `admin` or `notifications`."""

    kind: str
    package: str
    cls: str
    label: str
    uid: int


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A notification that is shown."""

    time: datetime
    package: str
    uid: int
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A page or message that an app was asked to show, among the recent tasks."""

    time: datetime
    package: str
    uid: int
    cls: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What an app had its database do."""

    time: datetime
    package: str
    pid: int
    database: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Total:
    """How long an app was in front, as counted for a day."""

    package: str
    seconds: int
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A trace of the attack, and the kinds of acquisition that hold it."""

    time: datetime
    stage: str
    table: str
    value: str
    description: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that happens; two of them can be added."""

    apps: tuple[App, ...] = ()
    sessions: tuple[Session, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    settings: tuple[Setting, ...] = ()
    accesses: tuple[Access, ...] = ()
    plugged: tuple[Plugged, ...] = ()
    computers: tuple[Computer, ...] = ()
    processes: tuple[Process, ...] = ()
    lines: tuple[Line, ...] = ()
    crashes: tuple[Crash, ...] = ()
    messages: tuple[Message, ...] = ()
    contacts: tuple[Contact, ...] = ()
    security: tuple[Security, ...] = ()
    files: tuple[DeviceFile, ...] = ()
    mounts: tuple[Mount, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    used: tuple[Used, ...] = ()
    changes: tuple[Change, ...] = ()
    services: tuple[Service, ...] = ()
    posted: tuple[Posted, ...] = ()
    opened: tuple[Opened, ...] = ()
    statements: tuple[Statement, ...] = ()
    totals: tuple[Total, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    """Properties of the system beside those every phone has."""
    last_kernel: tuple[str, ...] = ()
    """What the kernel said last before the phone was started, if that was kept."""
    silences: tuple[tuple[datetime, datetime], ...] = ()
    """Times from which the logs have nothing."""
    traces: tuple[Planted, ...] = ()

    def __add__(self, other: Self) -> Story:
        joined = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        told = {(s.namespace, s.name): s for s in joined["settings"]}
        return Story(**joined | {"settings": tuple(told.values())})


def minutes(count: float) -> timedelta:
    """That many minutes."""
    return timedelta(minutes=count)


def pid(uid: int) -> int:
    """The process of an app that runs, by its user number."""
    return 2100 + 3 * (uid - 10000)
