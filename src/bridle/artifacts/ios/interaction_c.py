"""interactionC.db: with whom apps exchanged messages, calls and mail, and when.

Apps tell the system of each exchange, for suggestions of people. Rows of ZINTERACTIONS name a sender, a join table the
recipients, both in ZCONTACTS; the numbers in the names of join tables differ between generations. Rows outlive the
message: they are kept for weeks after it was deleted. ZCONTACTS counts more exchanges than there are rows left.

Deleted and replaced rows are read from unused space of the file.

Known limits: only exchanges that apps told the system of are here. Tables after iOS 14 are known as published only.
What the numbers of `mechanism` mean is not published.

Sources: tables of an iOS 14 backup; https://github.com/mvt-project/mvt (interactionc);
https://github.com/mac4n6/APOLLO (interaction_contact_interactions).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Account, Block, BundleId, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import core_data, sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa


@record(surface="message")
class Interaction(Record):
    """One exchange that an app told the system of."""

    interaction_id: int | None = col("Z_PK", doc="number of the row")
    started: Utc | None = col("ZSTARTDATE", cocoa, doc="when the exchange began")
    ended: Utc | None = col("ZENDDATE", cocoa, doc="when the exchange ended")
    created: Utc | None = col("ZCREATIONDATE", cocoa, doc="when the row was made")
    updated: Utc | None = col("ZUPDATEDATE", cocoa, doc="when the row last changed; absent in old stores")
    bundle_id: BundleId | None = col("ZBUNDLEID", doc="app that told of it", surface="installed-app")
    target_bundle_id: BundleId | None = col("ZTARGETBUNDLEID", doc="app it was meant for", surface="installed-app")
    direction: int | None = col("ZDIRECTION", doc="0 received, 1 sent")
    mechanism: int | None = col("ZMECHANISM", doc="kind of exchange as a number; its meaning is not published")
    is_response: bool | None = col("ZISRESPONSE", doc="whether it answers another one")
    sender_id: int | None = col("ZSENDER", doc="Contact.contact_id of the sender; none for own ones")
    recipient_count: int | None = col("ZRECIPIENTCOUNT", doc="number of recipients")
    account: Account | None = col("ZACCOUNT", doc="own account it went through", surface="mention")
    domain_identifier: str | None = col("ZDOMAINIDENTIFIER", doc="conversation, as the app names it")
    content_url: Url | None = col("ZCONTENTURL", doc="address of the content")
    group_name: Text | None = col("ZGROUPNAME", doc="name of the group")
    derived_intent: str | None = col("ZDERIVEDINTENTIDENTIFIER", doc="identifier of the request it was made from")
    location_uuid: str | None = col("ZLOCATIONUUID", doc="identifier of a place")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Contact(Record):
    """A person or account on the other side of an exchange."""

    contact_id: int | None = col("Z_PK", doc="number of the row")
    identifier: Account | None = col("ZIDENTIFIER", doc="number or address, or what the app names it by")
    custom_identifier: Account | None = col("ZCUSTOMIDENTIFIER", doc="what the app names it by")
    name: Text | None = col("ZDISPLAYNAME", doc="name that was shown")
    person_id: str | None = col("ZPERSONID", doc="identifier in the address book; none where the account is not in it")
    person_id_type: int | None = col("ZPERSONIDTYPE", doc="kind of the identifier; its meaning is not published")
    created: Utc | None = col("ZCREATIONDATE", cocoa, doc="when the row was made")
    first_received: Utc | None = col("ZFIRSTINCOMINGSENDERDATE", cocoa, doc="first exchange received from it")
    last_received: Utc | None = col("ZLASTINCOMINGSENDERDATE", cocoa, doc="last exchange received from it")
    first_beside: Utc | None = col(
        "ZFIRSTINCOMINGRECIPIENTDATE", cocoa, doc="first received exchange that it was a recipient of"
    )
    last_beside: Utc | None = col(
        "ZLASTINCOMINGRECIPIENTDATE", cocoa, doc="last received exchange that it was a recipient of"
    )
    first_sent: Utc | None = col("ZFIRSTOUTGOINGRECIPIENTDATE", cocoa, doc="first exchange sent to it")
    last_sent: Utc | None = col("ZLASTOUTGOINGRECIPIENTDATE", cocoa, doc="last exchange sent to it")
    received_count: int | None = col("ZINCOMINGSENDERCOUNT", doc="exchanges received from it")
    beside_count: int | None = col("ZINCOMINGRECIPIENTCOUNT", doc="received exchanges that it was a recipient of")
    sent_count: int | None = col("ZOUTGOINGRECIPIENTCOUNT", doc="exchanges sent to it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Recipient(Record):
    """A recipient of an exchange."""

    contact_id: int | None = col("Z_RECIPIENTS", doc="Contact.contact_id")
    interaction_id: int | None = col("Z_INTERACTIONRECIPIENT", doc="Interaction.interaction_id")
    extra: str | None = rest(doc="columns that no field maps, without their numbers, as JSON")


@record(surface="message")
class Attachment(Record):
    """Something that was exchanged."""

    attachment_id: int | None = col("Z_PK", doc="number of the row")
    text: Text | None = col("ZCONTENTTEXT", doc="text of it")
    url: Url | None = col("ZCONTENTURL", doc="address of it; `file:` for one on the device")
    uti: str | None = col("ZUTI", doc="kind of content")
    size: int | None = col("ZSIZEINBYTES", doc="bytes of the content")
    photo: str | None = col("ZPHOTOLOCALIDENTIFIER", doc="identifier in the photo library")
    cloud_identifier: str | None = col("ZCLOUDIDENTIFIER", doc="identifier in iCloud")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Link(Record):
    """An attachment or keyword of an exchange."""

    interaction_id: int | None = col("Z_INTERACTIONS", doc="Interaction.interaction_id")
    attachment_id: int | None = col("Z_ATTACHMENTS", doc="Attachment.attachment_id; none for a keyword")
    keyword_id: int | None = col("Z_KEYWORDS", doc="Keyword.keyword_id; none for an attachment")
    extra: str | None = rest(doc="columns that no field maps, without their numbers, as JSON")


@record
class Keyword(Record):
    """A word that was taken from an exchange."""

    keyword_id: int | None = col("Z_PK", doc="number of the row")
    keyword: Text | None = col("ZKEYWORD", doc="the word")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Version(Record):
    """A version of the store. Which columns it has differs; they are in `extra`."""

    version_id: int | None = col("Z_PK", doc="number of the row")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="message")
class RecoveredInteraction(Interaction):
    """An exchange whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredContact(Contact):
    """A person or account whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredAttachment(Attachment):
    """An attachment whose row was deleted or replaced."""


@artifact("/private/var/mobile/Library/CoreDuet/People/interactionC.db")
def interaction_c(
    file: SourceFile,
) -> Iterator[
    Block[Interaction] | Block[Contact] | Block[Recipient] | Block[Attachment] | Block[Link] | Block[Keyword]
    | Block[Version] | Block[PrimaryKey] | Block[RecoveredInteraction] | Block[RecoveredContact]
    | Block[RecoveredAttachment] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZINTERACTIONS", Interaction)
        yield from db.table("ZCONTACTS", Contact)
        yield from core_data.joins(db, r"\w*RECIPIENT\w*", Recipient)
        yield from db.table("ZATTACHMENT", Attachment, optional=True)
        yield from core_data.joins(db, "INTERACTIONS", Link)
        yield from db.table("ZKEYWORDS", Keyword, optional=True)
        yield from db.table("ZVERSION", Version, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
        yield from db.recovered("ZINTERACTIONS", RecoveredInteraction)
        yield from db.recovered("ZCONTACTS", RecoveredContact)
        yield from db.recovered("ZATTACHMENT", RecoveredAttachment)
