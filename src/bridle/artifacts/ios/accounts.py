"""Accounts3.sqlite: every account that is set up on the phone, of Apple and of others, and its properties.

A Core Data store. An account has a type, may belong to another (a mail account of iCloud to iCloud), and has properties
whose values are archives. Passwords and tokens are in the keychain and not here; of properties whose names say that
they hold cookies, tokens, passwords or answers of a server only the length is told, and so of texts inside values. The
accounts are the person's own, so they are mentions; one that the person does not know of is worth a question.
VerifiedBackup holds an older copy.

Known limits: join tables (which account is used for which kinds of data) and passwords are not read. An account that
was removed leaves a number missing below PrimaryKey.last and nothing else. Stores after iOS 16 are unconfirmed.

Sources: stores of iOS 15.3, 16.1 and 16.3 (test data of iLEAPP, https://github.com/abrignoni/iLEAPP) and of plaso
(https://github.com/log2timeline/plaso, ios_accounts).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.core import Account, Block, BundleId, FormatError, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import accounts as addresses
from bridle.formats import nested, sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.secret import is_secret
from bridle.formats.table import Lost, Row, col, records, rest
from bridle.formats.values import blob, cocoa, naive_utc, text, text_or_utf8

_EXTRA = "columns that no field maps, as JSON"
_OF_PROPERTY = ("ZOWNER", "ZKEY", "ZVALUE", "Z_PK", "Z_ENT", "Z_OPT")
_VALUE, _TIME, _ACCOUNTS, _LENGTH = "(value)", "(time)", "(accounts)", "(length)"


def _accounts(value: object) -> tuple[str, ...] | None:
    """The accounts in a text, as they stand. Raises ValueError."""
    return tuple(addresses.in_text(text_or_utf8(value))) or None


def _archive(value: object) -> str:
    """An archive as JSON. Raises ValueError."""
    return nested.shown(nested.opened(blob(value)))


def _archived_text(value: object) -> str:
    """A text, or the text in an archive. Raises ValueError."""
    return text(nested.opened(value)) if isinstance(value, bytes) else text(value)


@record
class SetUp(Record):
    """One account that is set up."""

    account_id: int | None = col("Z_PK", doc="number of the account")
    time: Utc | None = col("ZDATE", cocoa, doc="when it was set up, or last set up again")
    user_name: Account | None = col("ZUSERNAME", text_or_utf8, doc="name of the user, often an address")
    description: Text | None = col("ZACCOUNTDESCRIPTION", text_or_utf8, doc="name as it is shown")
    described: tuple[Account, ...] | None = col("ZACCOUNTDESCRIPTION", _accounts, doc="accounts in that name")
    identifier: str | None = col("ZIDENTIFIER", text_or_utf8, doc="identifier of the account")
    type_id: int | None = col("ZACCOUNTTYPE", doc="Type.type_id")
    parent_id: int | None = col("ZPARENTACCOUNT", doc="SetUp.account_id it belongs to")
    owning_bundle_id: BundleId | None = col("ZOWNINGBUNDLEID", text_or_utf8, doc="program that set it up")
    active: bool | None = col("ZACTIVE", doc="whether it is in use")
    authenticated: bool | None = col("ZAUTHENTICATED", doc="whether it is signed in")
    visible: bool | None = col("ZVISIBLE", doc="whether it is shown in Settings")
    authentication_type: str | None = col(
        "ZAUTHENTICATIONTYPE", text_or_utf8, doc="how it signs in; `parent`: by another"
    )
    credential_type: str | None = col("ZCREDENTIALTYPE", text_or_utf8, doc="kind of credential")
    rejected: Utc | None = col(
        "ZLASTCREDENTIALRENEWALREJECTIONDATE", cocoa, doc="when the person last declined to sign in again"
    )
    data_class_properties: str | None = col("ZDATACLASSPROPERTIES", _archive, doc="servers of its parts, as JSON")
    extra: str | None = rest(doc=_EXTRA)


@record
class Property(Record):
    """A property of an account."""

    account_id: int | None = col("ZOWNER", doc="SetUp.account_id")
    key: str | None = col("ZKEY", text_or_utf8, doc="name of the property")
    value: Text | None = col(_VALUE, doc="its value, as JSON; none for what may be secret")
    time: Utc | None = col(_TIME, naive_utc, doc="its value, where it is a date")
    accounts: tuple[Account, ...] | None = col(_ACCOUNTS, lambda found: found or None, doc="accounts in its value")
    length: int | None = col(_LENGTH, doc="bytes of the stored value, or characters of a secret")
    extra: str | None = rest(doc=_EXTRA)


@record
class Type(Record):
    """A kind of account that the system knows."""

    type_id: int | None = col("Z_PK", doc="number of the kind")
    identifier: str | None = col("ZIDENTIFIER", text_or_utf8, doc="identifier, such as `com.apple.account.Google`")
    description: str | None = col("ZACCOUNTTYPEDESCRIPTION", text_or_utf8, doc="name as it is shown")
    owning_bundle_id: BundleId | None = col("ZOWNINGBUNDLEID", text_or_utf8, doc="program it belongs to")
    credential_type: str | None = col("ZCREDENTIALTYPE", text_or_utf8, doc="kind of credential")
    obsolete: bool | None = col("ZOBSOLETE", doc="whether it is no longer in use")
    extra: str | None = rest(doc=_EXTRA)


@record
class Credential(Record):
    """A credential that is kept for an account; the secret itself is in the keychain."""

    account_identifier: str | None = col("ZACCOUNTIDENTIFIER", text_or_utf8, doc="SetUp.identifier")
    service: str | None = col("ZSERVICENAME", text_or_utf8, doc="service it is for")
    expires: Utc | None = col("ZEXPIRATIONDATE", cocoa, doc="when it expires")
    persistent: bool | None = col("ZPERSISTENT", doc="whether it is kept")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Authorization(Record):
    """What an app may do with accounts of a kind."""

    type_id: int | None = col("ZACCOUNTTYPE", doc="Type.type_id")
    bundle_id: BundleId | None = col("ZBUNDLEID", text_or_utf8, doc="the app")
    permissions: str | None = col("ZGRANTEDPERMISSIONS", text_or_utf8, doc="what it was granted")
    extra: str | None = rest(doc=_EXTRA)


@record
class DataClass(Record):
    """A kind of data that accounts can hold."""

    class_id: int | None = col("Z_PK", doc="number of the kind")
    name: str | None = col("ZNAME", _archived_text, doc="name, such as `com.apple.Dataclass.Mail`")
    extra: str | None = rest(doc=_EXTRA)


@artifact(
    "/private/var/mobile/Library/Accounts/Accounts3.sqlite",
    "/private/var/mobile/Library/Accounts/VerifiedBackup/Accounts3.sqlite",
)
def accounts(
    file: SourceFile,
) -> Iterator[
    Block[SetUp] | Property | Block[Type] | Block[Credential] | Block[Authorization] | Block[DataClass]
    | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZACCOUNT", SetUp)
        if "ZACCOUNTPROPERTY" in db.tables():
            yield from records(_properties(db.rows("ZACCOUNTPROPERTY")), Property)
        yield from db.table("ZACCOUNTTYPE", Type, optional=True)
        yield from db.table("ZCREDENTIALITEM", Credential, optional=True)
        yield from db.table("ZAUTHORIZATION", Authorization, optional=True)
        yield from db.table("ZDATACLASS", DataClass, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)


def _properties(rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    """The properties with what their values hold, each followed by the Gap of a value that cannot be read."""
    for row in rows:
        if isinstance(row, Gap):
            yield row
            continue
        key, stored = row["ZKEY"], row["ZVALUE"]
        found: dict[str, Any] = {name: value for name, value in row.items() if name.upper() not in _OF_PROPERTY}
        found |= {"ZOWNER": row["ZOWNER"], "ZKEY": key}
        reason = None
        hidden = is_secret(f"{key}", "serverresponse")
        if isinstance(stored, bytes) or (hidden and isinstance(stored, str)):
            found[_LENGTH] = len(stored)
        if isinstance(stored, bytes) and not hidden:
            try:
                more, left = _value(nested.opened(stored))
                found |= more
            except FormatError as e:
                left = f"{e!s:.200}"
            reason = None if left is None else f"Property: ZVALUE: {left}"
        elif stored is not None and not isinstance(stored, Lost) and not hidden:
            found[_VALUE] = stored if isinstance(stored, str) else str(stored)
        yield row.locator, found
        if reason is not None:
            yield Gap(locator=f"{row.locator}.ZVALUE", reason=reason)


def _value(value: Any) -> tuple[dict[str, Any], str | None]:
    """What a value holds, and why it may hold more. Raises FormatError."""
    if isinstance(value, datetime):
        return {_TIME: value}, None
    inside, reason = addresses.search(value)
    found = tuple(dict.fromkeys(one for _, one in inside))
    return {_VALUE: None if value is None else nested.shown(value), _ACCOUNTS: found or None}, reason
