"""The index of Mail, which only a full file system has: who sent what, with the first lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridle.phantom.entry import database, insert
from bridle.phantom.events import Mail
from bridle.phantom.life import Life

_FOLDER = "/private/var/mobile/Library/Mail"
_INDEX = """
CREATE TABLE messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL DEFAULT 0,
  global_message_id INTEGER, remote_id INTEGER, document_id TEXT, sender INTEGER, subject_prefix TEXT, subject INTEGER,
  summary INTEGER, date_sent INTEGER, date_received INTEGER, mailbox INTEGER, remote_mailbox INTEGER,
  flags INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0, flagged INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0, conversation_id INTEGER NOT NULL DEFAULT 0,
  date_last_viewed INTEGER, unsubscribe_type INTEGER);
CREATE TABLE mailboxes (ROWID INTEGER PRIMARY KEY, url TEXT, total_count INTEGER, unread_count INTEGER,
  deleted_count INTEGER, source INTEGER);
"""
_PROTECTED = """
CREATE TABLE addresses (ROWID INTEGER PRIMARY KEY, address TEXT, comment TEXT);
CREATE TABLE subjects (ROWID INTEGER PRIMARY KEY, subject TEXT);
CREATE TABLE summaries (ROWID INTEGER PRIMARY KEY, summary TEXT);
"""


def files(life: Life) -> Iterator[tuple[str, datetime, bytes]]:
    """The two databases, if there is any mail."""
    if not (mails := life.of(Mail)):
        return
    rows = []
    for n, mail in enumerate(mails, 1):
        at = int(mail.time.timestamp())
        rows.append((n, -n, n, n, f"{n}", n, n, n, at - 3, at, 1, 1, 1, 2048, n))
    columns = """ROWID message_id global_message_id remote_id document_id sender subject summary date_sent
    date_received mailbox remote_mailbox read size conversation_id"""
    box = (1, "imap://ACCOUNT/INBOX", len(rows), 0, 0, None)
    index = database(
        _INDEX,
        (insert("messages", columns), rows),
        ("INSERT INTO mailboxes VALUES (?, ?, ?, ?, ?, ?)", [box]),
    )
    protected = database(
        _PROTECTED,
        ("INSERT INTO addresses VALUES (?, ?, ?)", [(n, m.sender, m.name) for n, m in enumerate(mails, 1)]),
        ("INSERT INTO subjects VALUES (?, ?)", [(n, m.subject) for n, m in enumerate(mails, 1)]),
        ("INSERT INTO summaries VALUES (?, ?)", [(n, m.summary) for n, m in enumerate(mails, 1)]),
    )
    yield f"{_FOLDER}/Envelope Index", mails[-1].time, index
    yield f"{_FOLDER}/Protected Index", mails[-1].time, protected
