-- An Envelope Index of iOS 17: a message with everything (1), one deleted with times that are none (2), invalid UTF-8 (4).
-- A recipient whose message is gone. Message 3 is gone.
CREATE TABLE messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL DEFAULT 0,
  global_message_id INTEGER, remote_id INTEGER, document_id TEXT, sender INTEGER, subject_prefix TEXT, subject INTEGER,
  summary INTEGER, date_sent INTEGER, date_received INTEGER, mailbox INTEGER, remote_mailbox INTEGER,
  flags INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0, flagged INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0, conversation_id INTEGER NOT NULL DEFAULT 0,
  date_last_viewed INTEGER, unsubscribe_type INTEGER);
CREATE TABLE mailboxes (ROWID INTEGER PRIMARY KEY, url TEXT, total_count INTEGER, unread_count INTEGER,
  deleted_count INTEGER, source INTEGER);
CREATE TABLE recipients (ROWID INTEGER PRIMARY KEY, message INTEGER, address INTEGER, type INTEGER, position INTEGER);
CREATE TABLE attachments (ROWID INTEGER PRIMARY KEY, message INTEGER, attachment_id TEXT, name TEXT);
CREATE TABLE message_global_data (ROWID INTEGER PRIMARY KEY, message_id INTEGER, message_id_header TEXT,
  send_later_date INTEGER, read_later_date INTEGER, download_state INTEGER);
CREATE TABLE rich_links (ROWID INTEGER PRIMARY KEY, title TEXT, url TEXT, hash TEXT);
CREATE TABLE message_rich_links (global_message_id INTEGER, rich_link INTEGER,
  PRIMARY KEY (global_message_id, rich_link)) WITHOUT ROWID;
CREATE TABLE remote_content_links (ROWID INTEGER PRIMARY KEY, url TEXT, requests INTEGER, last_seen_date INTEGER,
  last_request_date INTEGER);
CREATE TABLE searchable_message_tombstones (ROWID INTEGER PRIMARY KEY, type INTEGER, identifier TEXT,
  transaction_id INTEGER);
INSERT INTO messages VALUES (1, -7, 11, 501, 'DOC-1', 21, 'Re: ', 31, 41, 1700000000, 1700000060, 51, 52, 8590195713, 1, 1,
  0, 2048, 61, 1700000120, 3);
INSERT INTO messages (ROWID, sender, subject, date_sent, date_received, deleted) VALUES (2, 99, NULL, 0, 'today', 1);
INSERT INTO messages (ROWID, subject_prefix) VALUES (4, CAST(X'ff3a' AS TEXT));
INSERT INTO mailboxes VALUES (51, 'imap://ACCOUNT-1/INBOX', 4, 1, 1, NULL);
INSERT INTO recipients VALUES (1, 1, 22, 0, 0), (2, 3, 22, 1, 0);
INSERT INTO attachments VALUES (1, 1, '2', 'invoice.pdf');
INSERT INTO message_global_data VALUES (11, -7, '<abc@mail.attack.test>', 0, 1700000180, 1);
INSERT INTO rich_links VALUES (1, 'A page', 'https://attack.test/page', 'H-1');
INSERT INTO message_rich_links VALUES (11, 1);
INSERT INTO remote_content_links VALUES (1, 'https://pixel.attack.test/1.gif', 2, 1700000060, 0);
INSERT INTO searchable_message_tombstones VALUES (1, 0, '3', 77);
