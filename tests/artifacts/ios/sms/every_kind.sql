-- A sent message without a handle (1), one that is only an attributed string, with a preview (2), broken blobs (3), an
-- edited one (4), seconds instead of nanoseconds (5), a time that is none (6), a link behind other words (7).
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT,
  handle_id INTEGER DEFAULT 0, subject TEXT, attributedBody BLOB, service TEXT, account TEXT, date INTEGER,
  date_read INTEGER, date_delivered INTEGER, is_from_me INTEGER DEFAULT 0, is_read INTEGER, item_type INTEGER DEFAULT 0,
  group_title TEXT, cache_has_attachments INTEGER DEFAULT 0, associated_message_guid TEXT,
  associated_message_type INTEGER DEFAULT 0, balloon_bundle_id TEXT, payload_data BLOB, message_summary_info BLOB,
  destination_caller_id TEXT, is_spam INTEGER DEFAULT 0, date_edited INTEGER, date_retracted INTEGER, error INTEGER);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL,
  uncanonicalized_id TEXT, UNIQUE (id, service));
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, chat_identifier TEXT,
  service_name TEXT, display_name TEXT, account_login TEXT, last_addressed_handle TEXT, is_archived INTEGER,
  is_filtered INTEGER, properties BLOB);
CREATE TABLE chat_handle_join (chat_id INTEGER, handle_id INTEGER, UNIQUE (chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER, message_date INTEGER DEFAULT 0,
  PRIMARY KEY (chat_id, message_id));
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER,
  filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER, is_outgoing INTEGER, transfer_name TEXT,
  total_bytes INTEGER, hide_attachment INTEGER, is_sticker INTEGER);
CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER, UNIQUE (message_id, attachment_id));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL);
CREATE TABLE chat_recoverable_message_join (chat_id INTEGER, message_id INTEGER, delete_date INTEGER,
  ck_sync_state INTEGER, PRIMARY KEY (chat_id, message_id));
INSERT INTO message (ROWID, guid, text, service, account, date, date_read, is_from_me, destination_caller_id)
  VALUES (1, 'G-1', 'See you', 'iMessage', 'E:me@example.org', 634017906500000000, 0, 1, '+15550100');
INSERT INTO message (ROWID, guid, handle_id, attributedBody, service, date, date_read, balloon_bundle_id, payload_data)
  VALUES (2, 'G-2', 7, attributed('Look: https://attack.test/x'), 'iMessage', 634017907000000000, 634017967000000000,
    'com.apple.messages.URLBalloonProvider', bplist('{"$archiver": "NSKeyedArchiver", "$version": 100000,
      "$top": {"root": {"$uid": 1}},
      "$objects": ["$null", {"richLinkMetadata": {"$uid": 2}, "$class": {"$uid": 10}},
        {"originalURL": {"$uid": 3}, "URL": {"$uid": 5}, "title": {"$uid": 7}, "again": {"$uid": 3}, "$class": {"$uid": 9}},
        {"NS.base": {"$uid": 0}, "NS.relative": {"$uid": 4}, "$class": {"$uid": 8}}, "https://attack.test/x",
        {"NS.base": {"$uid": 0}, "NS.relative": {"$uid": 6}, "$class": {"$uid": 8}}, "https://cdn.attack.test/landed",
        "A title", {"$classname": "NSURL", "$classes": ["NSURL", "NSObject"]},
        {"$classname": "LPLinkMetadata", "$classes": ["LPLinkMetadata", "NSObject"]}, {"$classname": "RichLink"}]}'));
INSERT INTO message (ROWID, guid, handle_id, text, attributedBody, payload_data, message_summary_info, is_from_me)
  VALUES (3, 'G-3', 7, 'Kept', X'040b7374726561', bplist('{"a": 1}'), bplist('{"ec": [1]}'), 3);
INSERT INTO message (ROWID, guid, handle_id, text, date, date_edited, message_summary_info, is_spam, error)
  VALUES (4, 'G-4', 7, '', 634017908000000000, 634017968000000000, bplist('{"ust": true, "ec": {"0": [{"d": 634017908.0,
    "t": {"$data": "040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b0568656c6c6f86"}},
    {"d": 634017968.0, "bcg": "G-4"}]}}'), 1, 22);
INSERT INTO message (ROWID, guid, handle_id, text, service, date, item_type, group_title)
  VALUES (5, 'G-5', 99, 'Old', 'SMS', 300000000, 2, 'Friends');
INSERT INTO message (ROWID, guid, text, date, subject, associated_message_guid, associated_message_type)
  VALUES (6, 'G-6', NULL, 'soon', 'Re', 'p:0/G-1', 2001);
INSERT INTO message (ROWID, guid, handle_id, text, attributedBody)
  VALUES (7, 'G-7', 7, 'Your parcel', linked('Your parcel', 'https://parcel.attack.test/7'));
INSERT INTO handle VALUES (7, '+15550123', 'us', 'iMessage', '555-0123');
INSERT INTO chat VALUES (3, 'iMessage;-;+15550123', '+15550123', 'iMessage', NULL, 'E:me@example.org', '+15550100', 0, 1, X'62');
INSERT INTO chat_handle_join VALUES (3, 7);
INSERT INTO chat_message_join VALUES (3, 2, 634017907000000000), (3, 1, 0);
INSERT INTO attachment VALUES (8, 'at_0', 634017907, '~/Library/SMS/Attachments/0a/10/at_0/IMG_0001.gif', 'com.compuserve.gif',
  'image/gif', 5, 0, 'IMG_0001.gif', 748, 1, 0);
INSERT INTO message_attachment_join VALUES (2, 8);
INSERT INTO deleted_messages VALUES (4, 'G-0');
INSERT INTO chat_recoverable_message_join VALUES (3, 1, 634018000000000000, 1);

-- what the store notes of itself
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
INSERT INTO _SqliteDatabaseProperties (rowid, key, value) VALUES
  (1, 'counter_in_all', '41'), (5, 'counter_last_reset', '0'), (1671, '_ClientVersion', NULL);
