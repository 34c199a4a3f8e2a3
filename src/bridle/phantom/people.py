"""Whom the person knows: the address book, calls, exchanges by app, and the person's own accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Card
from bridle.phantom.life import Life, cocoa, guid

CALLS, EXCHANGES = 60, 80
_CALLS = """
CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZANSWERED INTEGER,
  ZCALL_CATEGORY INTEGER, ZCALLTYPE INTEGER, ZNUMBER_AVAILABILITY INTEGER, ZORIGINATED INTEGER, ZREAD INTEGER,
  ZDATE TIMESTAMP, ZDURATION FLOAT, ZADDRESS VARCHAR, ZISO_COUNTRY_CODE VARCHAR, ZSERVICE_PROVIDER VARCHAR,
  ZUNIQUE_ID VARCHAR);
CREATE TABLE ZHANDLE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTYPE INTEGER,
  ZNORMALIZEDVALUE VARCHAR, ZVALUE VARCHAR);
CREATE TABLE Z_2REMOTEPARTICIPANTHANDLES (Z_2REMOTEPARTICIPANTCALLS INTEGER, Z_4REMOTEPARTICIPANTHANDLES INTEGER,
  PRIMARY KEY (Z_2REMOTEPARTICIPANTCALLS, Z_4REMOTEPARTICIPANTHANDLES));
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
"""
_CONTACTS = """
CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Organization TEXT, Kind INTEGER,
  CreationDate INTEGER, ModificationDate INTEGER, StoreID INTEGER, PersonLink INTEGER DEFAULT -1, guid TEXT);
CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER,
  label INTEGER, value TEXT, guid TEXT);
CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE (value));
CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY, Name TEXT, ExternalIdentifier TEXT, Type INTEGER, AccountID INTEGER,
  Enabled INTEGER, MeIdentifier INTEGER, guid TEXT);
"""
_INTERACTIONS = """
CREATE TABLE ZINTERACTIONS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZDIRECTION INTEGER, ZISRESPONSE INTEGER,
  ZMECHANISM INTEGER, ZRECIPIENTCOUNT INTEGER, ZSENDER INTEGER, ZCREATIONDATE TIMESTAMP, ZENDDATE TIMESTAMP,
  ZSTARTDATE TIMESTAMP, ZUPDATEDATE TIMESTAMP, ZBUNDLEID VARCHAR, ZDOMAINIDENTIFIER VARCHAR);
CREATE TABLE ZCONTACTS (Z_PK INTEGER PRIMARY KEY, ZINCOMINGSENDERCOUNT INTEGER, ZOUTGOINGRECIPIENTCOUNT INTEGER,
  ZPERSONIDTYPE INTEGER, ZCREATIONDATE TIMESTAMP, ZFIRSTINCOMINGSENDERDATE TIMESTAMP, ZLASTINCOMINGSENDERDATE TIMESTAMP,
  ZDISPLAYNAME VARCHAR, ZIDENTIFIER VARCHAR);
CREATE TABLE Z_2INTERACTIONRECIPIENT (Z_2RECIPIENTS INTEGER, Z_3INTERACTIONRECIPIENT INTEGER);
CREATE TABLE ZVERSION (Z_PK INTEGER PRIMARY KEY, ZNUMBER INTEGER);
"""
_ACCOUNTS = """
CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY, ZACTIVE INTEGER, ZAUTHENTICATED INTEGER, ZVISIBLE INTEGER,
  ZACCOUNTTYPE INTEGER, ZPARENTACCOUNT INTEGER, ZDATE TIMESTAMP, ZACCOUNTDESCRIPTION VARCHAR, ZIDENTIFIER VARCHAR,
  ZOWNINGBUNDLEID VARCHAR, ZUSERNAME VARCHAR);
CREATE TABLE ZACCOUNTTYPE (Z_PK INTEGER PRIMARY KEY, ZACCOUNTTYPEDESCRIPTION VARCHAR, ZIDENTIFIER VARCHAR);
CREATE TABLE ZACCOUNTPROPERTY (Z_PK INTEGER PRIMARY KEY, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB);
"""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    for path, content in (
        ("Library/CallHistoryDB/CallHistory.storedata", _calls(life, attack)),
        ("Library/AddressBook/AddressBook.sqlitedb", _contacts(life)),
        ("Library/CoreDuet/People/interactionC.db", _interactions(life, attack)),
        ("Library/Accounts/Accounts3.sqlite", _accounts(life)),
    ):
        yield Entry(domain="HomeDomain", path=path, content=content, born=life.start, modified=life.backup)


def _calls(life: Life, attack: Attack | None) -> bytes:
    """Calls with contacts; and a video call that the attacker's account let ring."""
    random, made = life.random("calls"), []
    for time in life.moments(random, CALLS * life.scale):
        who, mine, answered = random.choice(life.contacts), random.random() < 0.5, random.random() < 0.8
        seconds = random.randrange(20, 1800) if answered else 0
        made.append((time, int(answered), 1, 1, int(mine), seconds, who.number, "com.apple.Telephony"))
    if attack is not None:
        time = attack.look_up + timedelta(seconds=12)
        made.append((time, 0, 2, 8, 0, 0, attack.by.account, "com.apple.FaceTime"))
    made.sort(key=lambda c: c[0])
    accounts = list(dict.fromkeys(c[6] for c in made))
    columns = """Z_PK Z_ENT Z_OPT ZANSWERED ZCALL_CATEGORY ZCALLTYPE ZORIGINATED ZDURATION ZADDRESS ZSERVICE_PROVIDER
    ZDATE ZREAD ZISO_COUNTRY_CODE ZUNIQUE_ID"""
    rows = [(n, 2, 1, *rest, cocoa(time), 1, "gb", guid(random)) for n, (time, *rest) in enumerate(made, 1)]
    handles = [(n, 4, 1, 3 if "@" in a else 2, a, a) for n, a in enumerate(accounts, 1)]
    return database(
        _CALLS,
        (insert("ZCALLRECORD", columns), rows),
        ("INSERT INTO ZHANDLE VALUES (?, ?, ?, ?, ?, ?)", handles),
        ("INSERT INTO Z_2REMOTEPARTICIPANTHANDLES VALUES (?, ?)",
         [(n, accounts.index(c[6]) + 1) for n, c in enumerate(made, 1)]),
        ("INSERT INTO Z_PRIMARYKEY VALUES (?, ?, ?, ?)",
         [(2, "CallRecord", 0, len(rows)), (4, "Handle", 0, len(handles))]),
    )  # fmt: skip


def _contacts(life: Life) -> bytes:
    random = life.random("contacts")
    born = [life.start - timedelta(days=random.randrange(10, 900)) for _ in (life.owner, *life.contacts)]
    persons, values = [], []
    for n, (who, time) in enumerate(zip((life.owner, *life.contacts), born, strict=True), 1):
        first, _, last = who.name.partition(" ")
        seconds = int(cocoa(time))
        persons.append((n, first, last, 0, seconds, seconds, 1, f"{guid(random)}:ABPerson"))
        values += [(n, 3, 0, 1, who.number, guid(random)), (n, 4, 0, 2, who.email, guid(random))]
    for n, card in enumerate(life.of(Card), len(persons) + 1):
        seconds = int(cocoa(card.time))
        persons.append((n, card.name, "", 0, seconds, seconds, 1, f"{guid(random)}:ABPerson"))
        values += [(n, 3, 0, 1, card.number, guid(random)), (n, 4, 0, 2, card.email, guid(random))]
        values += [(n, 22, 0, 2, card.url, guid(random))] if card.url else []
    return database(
        _CONTACTS,
        (insert("ABPerson", "ROWID First Last Kind CreationDate ModificationDate StoreID guid"), persons),
        (insert("ABMultiValue", "record_id property identifier label value guid"), values),
        ("INSERT INTO ABMultiValueLabel VALUES (?)", [("_$!<Mobile>!$_",), ("_$!<Home>!$_",)]),
        (insert("ABStore", "ROWID Name Type AccountID Enabled MeIdentifier guid"),
         [(1, "Card", 4, 1, 1, 1, guid(random))]),
    )  # fmt: skip


def _interactions(life: Life, attack: Attack | None) -> bytes:
    """Exchanges over Messages and an app of chats; and one whose sender is the attacker's account."""
    random = life.random("interactions")
    made: list[tuple[datetime, int, str, str, str | None]] = []
    for time in life.moments(random, EXCHANGES * life.scale):
        who, out = random.choice(life.contacts), random.random() < 0.45
        made.append((time, int(out), random.choice(("com.apple.MobileSMS", "com.example.chat")), who.number, who.name))
    if attack is not None:
        made.append((attack.look_up, 0, "com.apple.MobileSMS", attack.by.account, None))
    made.sort(key=lambda m: m[0])
    people = list(dict.fromkeys((m[3], m[4]) for m in made))
    contacts = []
    for n, (account, name) in enumerate(people, 1):
        theirs = [cocoa(m[0]) for m in made if m[3] == account and not m[1]]
        mine = sum(1 for m in made if m[3] == account and m[1])
        first = min((cocoa(m[0]) for m in made if m[3] == account), default=0.0)
        contacts.append(
            (n, len(theirs), mine, 3, first, min(theirs, default=None), max(theirs, default=None), name, account)
        )
    rows, recipients = [], []
    for n, (time, sent, bundle, account, name) in enumerate(made, 1):
        contact, at = people.index((account, name)) + 1, cocoa(time)
        rows.append((n, 3, sent, 0, 4, 1, None if sent else contact, at, at, at, at, bundle, f"iMessage;-;{account}"))
        if sent:
            recipients.append((contact, n))
    columns = """Z_PK Z_ENT ZDIRECTION ZISRESPONSE ZMECHANISM ZRECIPIENTCOUNT ZSENDER ZCREATIONDATE ZENDDATE ZSTARTDATE
    ZUPDATEDATE ZBUNDLEID ZDOMAINIDENTIFIER"""
    return database(
        _INTERACTIONS,
        (insert("ZINTERACTIONS", columns), rows),
        ("INSERT INTO ZCONTACTS VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", contacts),
        ("INSERT INTO Z_2INTERACTIONRECIPIENT VALUES (?, ?)", recipients),
        ("INSERT INTO ZVERSION VALUES (?, ?)", [(1, 12)]),
    )


def _accounts(life: Life) -> bytes:
    random = life.random("accounts")
    kinds = (("iCloud", "com.apple.account.AppleAccount", "com.apple.Preferences"),
             ("IMAP", "com.apple.account.IMAP", "com.apple.mobilemail"))  # fmt: skip
    rows = [
        (n, 1, 1, 1, n, None, cocoa(life.start - timedelta(days=400)), name, guid(random), owner, life.owner.email)
        for n, (name, _, owner) in enumerate(kinds, 1)
    ]
    return database(
        _ACCOUNTS,
        ("INSERT INTO ZACCOUNT VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows),
        ("INSERT INTO ZACCOUNTTYPE VALUES (?, ?, ?)", [(n, name, kind) for n, (name, kind, _) in enumerate(kinds, 1)]),
        ("INSERT INTO ZACCOUNTPROPERTY VALUES (?, ?, ?, ?)", [(1, 1, "isLocalAccount", plist(False))]),
    )
