"""ChatStorage.sqlite of WhatsApp: an ordinary correspondence, and a lure from a number that is no contact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridle.phantom.attack import LURES, Attack
from bridle.phantom.entry import Entry, database, insert
from bridle.phantom.events import Chat
from bridle.phantom.life import Life, cocoa
from bridle.phantom.messages import said

MESSAGES = 200
GROUP = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
_SCHEMA = """
CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFLAGS INTEGER, ZISFROMME INTEGER,
  ZMESSAGESTATUS INTEGER, ZMESSAGETYPE INTEGER, ZCHATSESSION INTEGER, ZMESSAGEDATE TIMESTAMP, ZSENTDATE TIMESTAMP,
  ZFROMJID VARCHAR, ZPUSHNAME VARCHAR, ZSTANZAID VARCHAR, ZTEXT VARCHAR, ZTOJID VARCHAR);
CREATE TABLE ZWACHATSESSION (Z_PK INTEGER PRIMARY KEY, ZARCHIVED INTEGER, ZHIDDEN INTEGER, ZMESSAGECOUNTER INTEGER,
  ZREMOVED INTEGER, ZSESSIONTYPE INTEGER, ZUNREADCOUNT INTEGER, ZLASTMESSAGE INTEGER, ZLASTMESSAGEDATE TIMESTAMP,
  ZCONTACTJID VARCHAR, ZPARTNERNAME VARCHAR);
CREATE TABLE ZWAPROFILEPUSHNAME (Z_PK INTEGER PRIMARY KEY, ZJID VARCHAR, ZPUSHNAME VARCHAR);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
"""
_Message = tuple[datetime, bool, str, str | None, str]
"""Time, whether it is the person's own, account of the other side, its name, and text."""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    told = [(c.time, False, _account(c.number), c.name, c.text) for c in life.of(Chat)]
    messages = sorted([*_ordinary(life), *_lure(attack), *told], key=lambda m: m[0])
    content, last = _content(life, messages), messages[-1][0]
    yield Entry(domain=GROUP, path="ChatStorage.sqlite", content=content, born=life.start, modified=last)


def _account(number: str) -> str:
    return f"{number.removeprefix('+')}@s.whatsapp.net"


def _ordinary(life: Life) -> Iterator[_Message]:
    random = life.random("chats")
    for time in life.moments(random, MESSAGES * life.scale):
        who = random.choice(life.contacts[:9])
        yield time, random.random() < 0.45, _account(who.number), who.name, said(random)[0]


def _lure(attack: Attack | None) -> Iterator[_Message]:
    if attack is not None:
        yield attack.chat_lure, False, _account(attack.lure_sender), None, LURES[0].format(attack.chat_lure_url)


def _content(life: Life, messages: list[_Message]) -> bytes:
    random = life.random("chats/identifiers")
    chats = list(dict.fromkeys((account, name) for _, _, account, name, _ in messages))
    rows, last = [], dict[int, tuple[int, datetime]]()
    for n, (time, mine, account, name, text) in enumerate(messages, 1):
        chat, at = chats.index((account, name)) + 1, cocoa(time)
        last[chat] = n, time
        rows.append((n, 9, 1, 0, int(mine), 8, 0, chat, at, at, None if mine else account, None if mine else name,
                     f"3A{random.getrandbits(64):016X}", text, account if mine else None))  # fmt: skip
    sessions = [
        (n, 0, 0, sum(1 for row in rows if row[7] == n), 0, 0, 0 if name else 1, last[n][0], cocoa(last[n][1]), account,
         name or f"+{account.partition('@')[0]}")
        for n, (account, name) in enumerate(chats, 1)
    ]  # fmt: skip
    columns = """Z_PK Z_ENT Z_OPT ZFLAGS ZISFROMME ZMESSAGESTATUS ZMESSAGETYPE ZCHATSESSION ZMESSAGEDATE ZSENTDATE
    ZFROMJID ZPUSHNAME ZSTANZAID ZTEXT ZTOJID"""
    named = [(account, name) for account, name in chats if name]
    return database(
        _SCHEMA,
        (insert("ZWAMESSAGE", columns), rows),
        ("INSERT INTO ZWACHATSESSION VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", sessions),
        ("INSERT INTO ZWAPROFILEPUSHNAME VALUES (?, ?, ?)", [(n, *pair) for n, pair in enumerate(named, 1)]),
        ("INSERT INTO Z_PRIMARYKEY VALUES (?, ?, ?, ?)", [(9, "WAMessage", 0, len(rows))]),
    )
