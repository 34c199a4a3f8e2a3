"""What happens on a synthetic iPhone beside its ordinary life: the steps of a campaign, a forgery, or noise.

Each kind of event is a record of its own; the parts of the device write what they have of it. An event that belongs to
an attack or a forgery has a stage, and then its traces are in the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

B, F, S = "ios-backup", "ios-file-system", "ios-sysdiagnose"
_Traces = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Table, field of the event whose value is expected there, and the kinds of acquisition that hold it."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens once, or `times` times, `apart` seconds apart."""

    TRACES: ClassVar[_Traces] = ()

    time: datetime
    stage: str = ""
    """Of the attack; empty for what is no part of one."""
    description: str = ""

    def traces(self, kind: str) -> Iterator[tuple[datetime, str, str, str, str]]:
        """Time, stage, table, value and description of what it leaves in an acquisition of this kind."""
        for table, field, kinds in self.TRACES if self.stage else ():
            if kind in kinds and (value := getattr(self, field)):
                yield self.time, self.stage, table, str(value), self.description


@dataclass(frozen=True, kw_only=True)
class Visit(Event):
    """A page in Safari's history."""

    TRACES = (("ios.safari_history.item", "url", (B, F)), ("ios.safari_history.item", "redirect", (B, F)))
    url: str
    title: str | None = None
    loaded: bool = True
    redirect: str | None = None
    after: float = 0.4
    """Seconds until the redirect."""


@dataclass(frozen=True, kw_only=True)
class Tab(Event):
    """An open tab."""

    TRACES = (("ios.safari_browser_state.tab", "url", (B, F)),)
    url: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Cached(Event):
    """An address that a program other than Safari loaded."""

    TRACES = (("ios.url_cache.response", "url", (F,)),)
    url: str
    folder: str
    """Device path of the folder of the cache."""


@dataclass(frozen=True, kw_only=True)
class Text(Event):
    """A message in Messages."""

    TRACES = (("ios.sms.message", "found", (B, F)),)
    sender: str
    text: str
    service: str = "SMS"
    found: str = ""
    """The part of the text that is looked for."""


@dataclass(frozen=True, kw_only=True)
class Attachment(Event):
    """Files received over iMessage."""

    TRACES = (("ios.sms.attachment", "name", (B, F)), ("ios.message_attachment.attachment", "name", (B, F)))
    sender: str
    name: str
    content: str = "jpeg"
    """One of `attachments.CONTENTS`."""
    times: int = 1
    kept: bool = True
    """Whether the file is still there, and not its folder alone."""

    def traces(self, kind: str) -> Iterator[tuple[datetime, str, str, str, str]]:
        yield from (t for t in super().traces(kind) if self.kept or t[2] == "ios.sms.attachment")


@dataclass(frozen=True, kw_only=True)
class Chat(Event):
    """A message in WhatsApp."""

    TRACES = (("ios.whatsapp.message", "found", (B, F)),)
    number: str
    text: str
    name: str | None = None
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail(Event):
    """A mail: who sent it, its subject and its first lines."""

    TRACES = (("ios.mail_envelope.summary", "found", (F,)),)
    sender: str
    name: str
    subject: str
    summary: str
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class LookUp(Event):
    """An account whose keys were looked up."""

    TRACES = (("ios.id_status_cache.look_up", "account", (B, F)),)
    account: str
    service: str = "com.apple.madrid"


@dataclass(frozen=True, kw_only=True)
class Card(Event):
    """A card in the address book."""

    TRACES = (("ios.contacts.value", "url", (B, F)),)
    name: str
    number: str
    email: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Use(Event):
    """A process that uses the network for `minutes`."""

    TRACES = (("ios.data_usage.process", "shown", (B, F)), ("ios.data_usage.usage", "orphaned", (B, F)))
    process: str
    bundle: str | None = None
    received: int = 40_000
    sent: int = 9_000
    minutes: float = 20
    deleted: bool = False
    """Whether its row was deleted and the traffic left."""

    @property
    def shown(self) -> str:
        return "" if self.deleted else self.process

    @property
    def orphaned(self) -> str:
        return str(self.sent) if self.deleted else ""


@dataclass(frozen=True, kw_only=True)
class Crash(Event):
    """Reports of a program that crashed."""

    TRACES = (("ios.crash_report.crash", "path", (F, S)),)
    path: str
    bundle: str | None = None
    times: int = 1
    apart: float = 45
    exception: str = "EXC_BAD_ACCESS (SIGSEGV)"
    subtype: str = "KERN_INVALID_ADDRESS at 0x0000000000000010"


@dataclass(frozen=True, kw_only=True)
class Runs(Event):
    """A program that runs when a sysdiagnose is made, and logs."""

    TRACES = (
        ("ios.ps.process", "path", (S,)), ("ios.spindump.process", "path", (S,)),
        ("ios.unified_log.process", "path", (F, S)),
    )  # fmt: skip
    path: str
    user: str = "root"


@dataclass(frozen=True, kw_only=True)
class Profile(Event):
    """A configuration profile."""

    TRACES = (("ios.configuration_profile.profile", "identifier", (B, F, S)),)
    identifier: str
    name: str
    organization: str
    payloads: tuple[tuple[str, str], ...]
    """Kind of each payload, and the server or name it is about."""
    by_mdm: bool = False
    removable: bool = True


@dataclass(frozen=True, kw_only=True)
class Vpn(Event):
    """A VPN of an app or a profile."""

    TRACES = (("ios.network_extension.configuration", "server", (B, F, S)),)
    name: str
    application: str
    server: str


@dataclass(frozen=True, kw_only=True)
class Meeting(Event):
    """An entry of the calendar that somebody else made."""

    TRACES = (("ios.calendar.participant", "organizer", (B, F)),)
    title: str
    notes: str | None
    organizer: str
    ahead: float = -600
    """Days from when it was made to when it begins."""


@dataclass(frozen=True, kw_only=True)
class Automation(Event):
    """An automation that loads an address whenever an app is opened."""

    TRACES = (("ios.shortcuts.action", "url", (B, F)),)
    url: str


@dataclass(frozen=True, kw_only=True)
class Shutdown(Event):
    """The phone is shut down, and programs delay it."""

    TRACES = (("ios.shutdown_log.client", "client", (F, S)),)
    client: str
    rounds: int = 1


@dataclass(frozen=True, kw_only=True)
class File(Event):
    """A file that is written."""

    TRACES = (("ledger", "shown", (B, F)),)
    domain: str
    path: str
    shown: str = ""
    """Its path on the device."""
    text: str | None = None
    """Its content; a property list with the marker if there is none."""
    values: tuple[tuple[str, str], ...] = ()
    """What the property list has beside it; `false` and `true` are truth values."""


@dataclass(frozen=True, kw_only=True)
class Installed(Event):
    """An app, and what brought it."""

    TRACES = (
        ("ios.backup_info.application", "bundle", (B,)), ("ios.installed_app.application", "bundle", (F,)),
    )  # fmt: skip
    bundle: str
    name: str
    source: str = "com.apple.AppStore"


@dataclass(frozen=True, kw_only=True)
class Permission(Event):
    """A right that a program has."""

    TRACES = (("ios.tcc.access", "client", (B, F, S)),)
    service: str
    client: str


@dataclass(frozen=True, kw_only=True)
class Logged(Event):
    """A message of a program in the unified log."""

    TRACES = (("ios.unified_log.message", "text", (F, S)),)
    path: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Purge(Event):
    """The phone is short of space and forgets processes, many at once, whose traffic stays counted."""

    count: int = 9


@dataclass(frozen=True, kw_only=True)
class Reboot(Event):
    """An ordinary restart that system programs delay."""

    rounds: int = 2


KINDS: dict[str, type[Event]] = {
    "visit": Visit, "tab": Tab, "cached": Cached, "text": Text, "attachment": Attachment, "chat": Chat, "mail": Mail,
    "look-up": LookUp, "card": Card, "use": Use, "crash": Crash, "runs": Runs, "profile": Profile, "vpn": Vpn,
    "meeting": Meeting, "automation": Automation, "shutdown": Shutdown, "file": File, "installed": Installed,
    "permission": Permission, "logged": Logged, "purge": Purge, "reboot": Reboot,
}  # fmt: skip
"""By the name that the files of campaigns, forgeries and noise have for them."""
