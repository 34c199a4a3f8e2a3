"""swcutil_show.txt of a sysdiagnose: the apps that claim web domains, and when the phone last checked their claims.

Sections between lines of `=`. In DATABASE an entry for each claim, divided by lines of `-`:

    Service:              applinks
    App ID:               A1B2C3D4E5.org.example.app
    Domain:               example.org
    Site/Fmwk Approval:   approved
    Last Checked:         2023-02-23 23:00:15 +0000

An app has entries while it is installed: they are an inventory of apps, as far as they claim a domain. Times have AM
and PM since iOS 18.2, where the phone shows them so. Lines of the other sections are facts.

Known limits: no file was at hand. An app that claims no domain is not here, and one that was removed is not either.
That a setting belongs to the program in the last bracket above it is assumed.

Sources: https://developer.apple.com/documentation/technotes/tn3155-debugging-universal-links ;
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (swcutil); names of flags from SharedWebCredentials of iOS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import BundleId, Domain, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.written import zoned

_MOST_LINES = 500
"""Lines of one entry; some ten are ordinary."""
_SECTION = re.compile(r"={5,200} ?([A-Z][A-Z ]{0,60}?) ?={5,200}")
_DIVIDER = re.compile(r"-{20,}")
_KEY = re.compile(r"([A-Z][A-Za-z/ ]{0,40}):(?:\s+(.*))?")
_TEAM = re.compile(r"[0-9A-Z]{10}\.(.+)")
_SETTINGS_OF = re.compile(r"\{ s = ([^,]{1,200}), a = ([^,]{1,300}), d = ([^}]{1,300}) \}: \{")
_SETTING = re.compile(r'"?([^"=]{1,300}?)"? = (.*?);?')
_DATABASE, _SETTINGS = "DATABASE", "SETTINGS"


def _bundle(value: str) -> str:
    found = _TEAM.fullmatch(value)
    return found[1] if found else value


def _domain(value: str) -> str | None:
    return value.partition("?")[0] or None


def _mode(value: str) -> str | None:
    return value.partition("?")[2] or None


def _none(value: str) -> str | None:
    return None if value in ("", "(null)") else value


@record(surface="installed-app")
class Claim(Record):
    """An app's claim on a domain."""

    service: str | None = col("Service", doc="what for: `applinks` opens links, `webcredentials` fills in passwords …")
    bundle_id: BundleId | None = col("App ID", _bundle, doc="bundle identifier of the app, without its team")
    app_id: str | None = col("App ID", doc="identifier of the app, behind that of the team that signed it")
    version: str | None = col("App Version", doc="version of the app")
    domain: Domain | None = col("Domain", _domain, doc="domain it claims; `*.` stands for any below", surface="mention")
    mode: str | None = col("Domain", _mode, doc="what stands behind the domain's `?`, such as `mode=developer`")
    patterns: str | None = col("Patterns", doc="addresses of the domain that it opens")
    user_approval: str | None = col("User Approval", doc="what the person chose: `approved`, `denied`, `unspecified`")
    site_approval: str | None = col("Site/Fmwk Approval", doc="what the domain's own file says: as above")
    flags: str | None = col(
        "Flags", _none, doc="such as `updating`, `systemApplication`, `enterpriseManaged`, `developer`"
    )
    last_checked: Utc | None = col("Last Checked", zoned, doc="when the domain's file was last asked for")
    next_check: Utc | None = col("Next Check", zoned, doc="when it will be asked for again")
    error: str | None = col("Error", doc="why it could not be read")
    extra: str | None = rest(doc="lines that no field maps, as JSON")


@record
class Setting(Record):
    """A setting for an app or a domain."""

    service: str | None = note(doc="service that it is of")
    bundle_id: BundleId | None = note(doc="app that it is of")
    domain: Domain | None = note(doc="domain that it is of")
    key: str = note(doc="name of the setting")
    value: str = note(doc="its value, as stored")


@record
class Fact(Record):
    """A line of another section."""

    section: str | None = note(doc="section that it stands in; none before the first")
    key: str | None = note(doc="what stands before a colon")
    value: str | None = note(doc="the rest of the line")


@artifact("/sysdiagnose/swcutil_show.txt", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/swcutil_show.txt")
def swcutil(file: SourceFile) -> Iterator[Claim | Setting | Fact | Gap]:
    report = _Report()
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif line.strip():
                yield from report.line(number, line)
    yield from report.end()


@dataclass
class _Report:
    """The section and the entry at hand."""

    section: str | None = None
    entry: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    last: str = ""
    """The key whose value may go on in the next line."""
    kept: int = 0
    of: tuple[str | None, str | None, str | None] = (None, None, None)

    def line(self, number: int, line: str) -> Iterator[Claim | Setting | Fact | Gap]:
        if section := _SECTION.fullmatch(line.strip()):
            yield from self.end()
            self.section = section[1]
        elif _DIVIDER.fullmatch(line.strip()):
            yield from self.end()
        elif self.section == _DATABASE:
            yield from self._of_entry(number, line)
        elif self.section == _SETTINGS and (found := _SETTINGS_OF.fullmatch(line.strip())):
            self.of = (_none(found[1]), _none(found[2]), _none(found[3]))
        elif self.section == _SETTINGS and (found := _SETTING.fullmatch(line.strip())):
            yield Setting(
                locator=f"line {number}", service=self.of[0], bundle_id=self.of[1], domain=self.of[2], key=found[1],
                value=found[2],
            )  # fmt: skip
        elif line.strip() not in ("}", "(empty)"):
            yield self._fact(number, line.strip())

    def end(self) -> Iterator[Claim | Gap]:
        if self.keys:
            yield from records([(f"line {self.entry}", self.keys)], Claim)
        self.keys, self.kept, self.last = {}, 0, ""

    def _of_entry(self, number: int, line: str) -> Iterator[Claim | Fact | Gap]:
        found = _KEY.fullmatch(line)
        self.kept += 1
        if self.kept > _MOST_LINES:
            yield Gap(locator=f"line {number}", reason=f"Claim: expected at most {_MOST_LINES} lines, got more")
        elif found:
            self.entry = self.entry if self.keys else number
            self.last = found[1] if found[1] not in self.keys else f"{found[1]} of line {number}"
            self.keys[self.last] = (found[2] or "").rstrip()
        elif self.keys:
            self.keys[self.last] = f"{self.keys[self.last]}\n{line.strip()}".strip()
        elif line.strip() != "(empty)":
            yield self._fact(number, line.strip())

    def _fact(self, number: int, line: str) -> Fact:
        key, colon, value = line.partition(": ")
        if not colon:
            key, value = ("", line) if not line.endswith(":") else (line[:-1], "")
        return Fact(locator=f"line {number}", section=self.section, key=key or None, value=value.strip() or None)
