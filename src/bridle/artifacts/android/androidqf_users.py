"""package_users.json of AndroidQF: the users of the phone, and whether their apps could be listed.

    {"users": [{"id": 0, "name": "Owner", "flags": "c13", "running": true, "inventory_status": "collected"},
               {"id": 10, "name": "Work", "running": false, "inventory_status": "failed", "error": "denied"}]}

An app in a second user's space is in no list of the first one's apps: where that list failed, it was not examined.

Known limits: written since August 2026. Where the phone would not name its users, `enumeration_error` says so and only
the current one is there.

Sources: https://github.com/mvt-project/androidqf (adb/package_users.go) ; AOSP `UserInfo.toString`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/content/pm/UserInfo.java
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from bridle.core import FormatError, Gap, Record, SourceFile, artifact, record
from bridle.formats.quick_forensics import extra, number, text
from bridle.formats.table import col, records

_LONGEST, _MOST = 1 << 20, 1_000
_EXTRA = "(extra)"
_KNOWN = frozenset({"id", "name", "flags", "running", "inventory_status", "error"})


@record
class User(Record):
    """One user of the phone: a person, a work profile or a second space."""

    user: int = col("id", number, doc="number of the user; 0 is the first")
    name: str | None = col("name", text, doc="name it was given")
    flags: str | None = col("flags", text, doc="flags of the user, hexadecimal: 0x20 is a profile of another one")
    running: bool | None = col("running", doc="whether it was started; not whether it was unlocked")
    status: str | None = col("inventory_status", text, doc="`collected`, `partial` or `failed`: the list of its apps")
    error: str | None = col("error", text, doc="why that list is not whole")
    extra: str | None = col(_EXTRA, doc="keys that no field maps, as JSON")


@artifact("/androidqf/package_users.json")
def androidqf_users(file: SourceFile) -> Iterator[User | Gap]:
    with file.open() as stored:
        data = stored.read(_LONGEST)
    if not data.strip():
        return
    try:
        found = json.loads(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as e:
        raise FormatError(f"expected a JSON object, got {data[:30]!a:.60}: {e!s:.60}") from None
    users = found.get("users") if isinstance(found, dict) else None
    if not isinstance(users, list) or len(users) > _MOST:
        raise FormatError(f"expected at most {_MOST} users, got {users!a:.60}")
    if found.get("enumeration_error"):
        yield Gap(
            locator="enumeration_error", reason=f"the phone did not list its users: {found['enumeration_error']!a:.200}"
        )
    for n, user in enumerate(users, 1):
        if isinstance(user, dict):
            yield from records([(f"item {n}", {**user, _EXTRA: extra(user, _KNOWN)})], User)
        else:
            yield Gap(locator=f"item {n}", reason=f"expected an object, got {user!a:.60}")
