"""dumpsys role: which app is the phone's dialer, SMS app, assistant, browser, home screen, … of each user.

    user_states=[
      {
        user_id=0
        roles=[
          {
            name=android.app.role.SMS
            holders=com.android.messaging
          }

A holder of the role SMS reads and sends messages, of DIALER the calls and their log, of ASSISTANT what is on the
screen, of CALL_REDIRECTION and CALL_SCREENING every call. There is this service since Android 10.

Known limits: the state at the time of the dump; who gave a role, and when, is not kept here.

Sources: AOSP `RoleManagerService.dump`, `RoleUserState.dump`, `DualDumpOutputStream`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/android10-release/services/core/java/com/android/server/role/RoleUserState.java
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats.service_text import integer, served, stored


@record(surface="installed-app")
class Holder(Record):
    """An app that holds a role of a user; a role that nobody holds has one row without a package."""

    user: int | None = note(doc="number of the user")
    role: str = note(doc="role, such as `android.app.role.SMS`")
    package_name: PackageName | None = note(doc="app that holds it")


@record
class UserState(Record):
    """What else is kept of the roles of a user."""

    user: int | None = note(doc="number of the user")
    name: str = note(doc="`version`, `packages_hash`, `bypassing_role_qualification`, `fallback_enabled_roles`, …")
    value: str | None = note(doc="value, as stored")


@dataclass
class _State:
    user: int | None = None
    role: str | None = None
    number: int = 0
    held: bool = True

    def end(self) -> Iterator[Holder]:
        """The role that was being read, where nobody held it."""
        if self.role is not None and not self.held:
            yield Holder(locator=f"line {self.number}", user=self.user, role=self.role, package_name=None)
        self.role, self.held = None, True


@artifact("/**/dumpsys/role/*.txt")
def role(file: SourceFile) -> Iterator[Holder | UserState | Gap]:
    state = _State()
    with file.open() as opened:
        for item in served(opened):
            if isinstance(item, Gap):
                yield item
            else:
                yield from _line(state, item[0], item[1].strip())
    yield from state.end()


def _line(state: _State, number: int, text: str) -> Iterator[Holder | UserState | Gap]:
    at = f"line {number}"
    name, sign, value = text.partition("=")
    if not sign or value in ("[", "{"):
        if text.startswith("}"):
            yield from state.end()
        elif text.strip("{}[]") and not sign and not text.startswith(("ROLE MANAGER STATE", "ROLE STATE")):
            yield Gap(locator=at, reason=f"expected name=value, got {text!a:.60}")
    elif name == "user_id":
        state.user = integer(value)
    elif name == "name":
        yield from state.end()
        state.role, state.number, state.held = value, number, False
    elif name == "holders" and state.role is not None:
        state.held = True
        yield Holder(locator=at, user=state.user, role=state.role, package_name=stored(value))
    else:
        yield UserState(locator=at, user=state.user, name=name, value=stored(value))
