"""dumpsys account: accounts of each user, what was done to them, and which apps may see or offer them.

    User UserInfo{0:Owner:13}:
      Accounts: 1
        Account {name=a@example.org, type=com.google}

      AccountId, Action_Type, timestamp, UID, TableName, Key
      Accounts History
      -1,action_called_account_add,2019-12-11 12:23:57,10099,accounts,0

The history keeps who (the app's user identifier) added, removed or signed in which account. A work profile or second
account that nobody remembers shows here.

Known limits: names of accounts can be masked by the system; the history holds numbers of accounts, which only the
database explains. Before Android 4.2 there is one user without a heading.

Sources: AOSP `AccountManagerService.dumpUser`, `AccountsDb.dumpDebugTable`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/accounts/AccountManagerService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import Account as AccountName
from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, service_text
from bridle.formats.service_text import component, fact, integer, outlined, stored

_USER = re.compile(r"User UserInfo\{(-?\d{1,6}):.{0,200}\}:")
_ACCOUNT = re.compile(r"Account \{name=(.*), type=([^,}]*)\}(.*)")
_HISTORY = re.compile(r"(-?\d{1,18}),([^,]*),([^,]*),(-?\d{0,10}),([^,]*),?(.*)")
_AUTHENTICATOR = re.compile(
    r"ServiceInfo: AuthenticatorDescription \{type=([^}]*)\}, (ComponentInfo\{[^}]*\}), uid (\d{1,10})"
)


@record
class Account(Record):
    """An account on the phone."""

    user: int | None = note(doc="number of the user")
    name: AccountName = note(doc="name, mostly an address")
    type: PackageName = note(doc="type, mostly named like the app that brought it")
    section: str | None = note(doc="headings it stands below")
    detail: str | None = note(doc="what stands behind it, as stored")


@record
class Action(Record):
    """Something that was done to an account."""

    user: int | None = note(doc="number of the user")
    account_id: int = note(doc="number of the account; -1 where there was none yet")
    action: str = note(doc="`action_called_account_add`, `action_account_add`, `action_called_account_remove`, …")
    time: WallClock = note(doc="when, by the phone's clock")
    uid: int | None = note(doc="user identifier of the app that asked for it")
    table: str | None = note(doc="table it is about")
    key: str | None = note(doc="number of the entry in that log")


@record(surface="installed-app")
class Authenticator(Record):
    """An app that offers a type of account."""

    user: int | None = note(doc="number of the user")
    type: str = note(doc="type of account")
    component: str | None = note(doc="its service, package/class")
    package_name: PackageName | None = note(doc="the app")
    uid: int = note(doc="user identifier of the app")


@record
class Fact(service_text.Fact):
    """Any other line of the dump: counts, sessions, which packages see which account."""

    user: int | None = note(doc="number of the user")


@dataclass
class _State:
    user: int | None = None
    history: bool = False


@artifact("/**/dumpsys/account/*.txt")
def account(file: SourceFile) -> Iterator[Account | Action | Authenticator | Fact | Gap]:
    state = _State()
    with file.open() as opened:
        for item in outlined(opened):
            if isinstance(item, Gap):
                yield item
            else:
                yield from _line(state, *item)


def _line(
    state: _State, number: int, above: tuple[str, ...], text: str
) -> Iterator[Account | Action | Authenticator | Fact | Gap]:
    at = f"line {number}"
    if found := _USER.fullmatch(text):
        state.user, state.history = integer(found[1]), False
    elif text == "Accounts History":
        state.history = True
    elif found := _ACCOUNT.fullmatch(text):
        yield Account(
            locator=at, user=state.user, name=found[1], type=found[2], section=service_text.section(above),
            detail=stored(found[3].strip()),
        )  # fmt: skip
    elif found := _AUTHENTICATOR.fullmatch(text):
        own = component(found[2])
        yield Authenticator(
            locator=at, user=state.user, type=found[1], component=own[0] if own else None,
            package_name=own[1] if own else None, uid=int(found[3]),
        )  # fmt: skip
    elif state.history and (found := _HISTORY.fullmatch(text)):
        yield _action(state, at, found)
    elif text.startswith("AccountId, Action_Type"):
        return
    else:
        state.history = False
        row = fact(service_text.Fact, number, above, text)
        if row is not None:
            yield Fact(locator=at, section=row.section, name=row.name, value=row.value, user=state.user)


def _action(state: _State, at: str, found: re.Match[str]) -> Action | Gap:
    try:
        time = android_values.wall_clock(found[3])
    except ValueError as e:
        return Gap(locator=at, reason=f"Action: {e}")
    return Action(
        locator=at, user=state.user, account_id=int(found[1]), action=found[2], time=time, uid=integer(found[4]),
        table=stored(found[5]), key=stored(found[6]),
    )  # fmt: skip
