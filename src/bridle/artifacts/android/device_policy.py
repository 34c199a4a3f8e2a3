"""dumpsys device_policy: who manages the phone, which apps are device admins, and what they imposed.

    Device Owner:
      admin=ComponentInfo{com.example.mdm/com.example.mdm.Receiver}
      package=com.example.mdm
      User ID: 0
    Enabled Device Admins (User 0, provisioningState: 3):
      com.example.mdm/.Receiver:
        uid=10123
        policies:
          wipe-data
        passwordQuality=0x0

An owner can install apps and certificates, switch off functions and read logs without asking; an admin can lock and
wipe the phone and hinders its removal. Every other line is kept as a fact with the headings it stands below, among
them certificates, encryption, delegations, lock task packages, and the policy engine's state since Android 14.

Known limits: headings are not rows of their own; what a manufacturer adds is kept as facts without its meaning.

Sources: AOSP `DevicePolicyManagerService.dump`, `ActiveAdmin.dump`, `OwnersData.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/devicepolicy/java/com/android/server/devicepolicy/ActiveAdmin.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import component, extra, fact, integer, named_value, outlined, stored, truth

_MOST = 500
"""Values kept of one admin or owner."""
_USER = re.compile(r"(Device Owner|Profile Owner|Enabled Device Admins)(?: \(User (-?\d{1,6})(?:, .{0,200})?\))?: ?")


@record(surface="installed-app")
class Owner(Record):
    """An app that owns the phone or a profile."""

    kind: str = note(doc="`device` or `profile`")
    user: int | None = note(doc="number of the user or profile it owns")
    component: str | None = note(doc="its receiver, package/class")
    package_name: PackageName | None = note(doc="the app")
    name: str | None = note(doc="name of the owner, as it gave it")
    organization_owned: bool | None = note(doc="whether the organization owns the phone, where told")
    extra: str | None = note(doc="other values, as JSON")


@record(surface="installed-app")
class Admin(Record):
    """An app that is an enabled device admin."""

    user: int | None = note(doc="number of the user; none up to Android 4")
    component: str = note(doc="its receiver, package/class")
    package_name: PackageName = note(doc="the app")
    uid: int | None = note(doc="user identifier of the app")
    test_only: bool | None = note(doc="whether it is a test build, which a computer at the cable can make an admin")
    policies: tuple[str, ...] = note(doc="what it may do: `wipe-data`, `force-lock`, `reset-password`, …")
    organization: str | None = note(doc="name of the organization, as the admin gave it")
    always_on_vpn: PackageName | None = note(doc="app all traffic must go through, where it set one", surface="mention")
    restrictions: tuple[str, ...] = note(doc="restrictions it put on the user")
    extra: str | None = note(doc="other values, as JSON, named by the headings they stand below")


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@dataclass
class _Open:
    """The admin or owner that is being read."""

    kind: str
    number: int
    user: int | None
    component: str | None = None
    package: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    policies: list[str] = field(default_factory=list)
    restrictions: list[str] = field(default_factory=list)

    def add(self, below: tuple[str, ...], text: str) -> bool:
        """Keep a line of it; False where it has too many."""
        heading = below[0] if below else ""
        kept = {"policies:": self.policies, "userRestrictions:": self.restrictions}.get(heading)
        if len(self.values) + len(self.policies) + len(self.restrictions) >= _MOST:
            return False
        if kept is not None and len(below) == 1:
            kept.extend([text] if stored(text) and text != "none" else [])
        elif not text.endswith(":"):
            name, value = named_value(text)
            self.values.setdefault(" > ".join((*(b.rstrip(": ") for b in below), name)), value or "")
        return True


@artifact("/**/dumpsys/device_policy/*.txt")
def device_policy(file: SourceFile) -> Iterator[Owner | Admin | Fact | Gap]:
    now: _Open | None = None
    depth = 0
    with file.open() as opened:
        for item in outlined(opened):
            if isinstance(item, Gap):
                yield item
                continue
            number, above, text = item
            if now is not None and len(above) >= depth:
                if not now.add(above[depth:], text):
                    yield Gap(locator=f"line {number}", reason=f"expected at most {_MOST} values, got more")
                continue
            if now is not None:
                yield _end(now)
                now = None
            now = _begun(number, above, text)
            depth = len(above) + 1
            if now is None:
                yield from _other(number, above, text)
    if now is not None:
        yield _end(now)


def _begun(number: int, above: tuple[str, ...], text: str) -> _Open | None:
    """The owner or admin that a line begins."""
    if found := _USER.fullmatch(text):
        if found[1] == "Enabled Device Admins":
            return None
        return _Open(found[1], number, integer(found[2]))
    heading = _USER.fullmatch(above[-1]) if above else None
    if heading and heading[1] == "Enabled Device Admins" and text.endswith(":") and (own := component(text[:-1])):
        return _Open("admin", number, integer(heading[2]), own[0], own[1])
    return None


def _other(number: int, above: tuple[str, ...], text: str) -> Iterator[Fact | Gap]:
    heading = _USER.fullmatch(above[-1]) if above else None
    if heading and text.endswith(":") and "/" in text:
        yield Gap(locator=f"line {number}", reason=f"Admin: expected package/class, got {text!a:.60}")
    elif (row := fact(Fact, number, above, text)) is not None:
        yield row


def _end(now: _Open) -> Owner | Admin:
    values = now.values
    if now.kind == "admin":
        return Admin(
            locator=f"line {now.number}", user=now.user, component=now.component or "", package_name=now.package or "",
            uid=integer(values.pop("uid", None)), test_only=truth(values.pop("testOnlyAdmin", None)),
            policies=tuple(now.policies), organization=stored(values.pop("organizationName", None)),
            always_on_vpn=stored(values.pop("mAlwaysOnVpnPackage", None)), restrictions=tuple(now.restrictions),
            extra=extra(values),
        )  # fmt: skip
    admin = values.pop("admin", "")
    own = component(admin)
    user = values.pop("User ID", None)
    return Owner(
        locator=f"line {now.number}", kind=now.kind.split()[0].lower(),
        user=now.user if now.user is not None else integer(user), component=own[0] if own else stored(admin),
        package_name=stored(values.pop("package", None)) or (own[1] if own else None),
        name=stored(values.pop("name", None)),
        organization_owned=truth(values.pop("isOrganizationOwnedDevice", None)), extra=extra(values),
    )  # fmt: skip
