-- Columns and tables of iOS 18: an edited message with both parts (1), an unsent one (2), a reaction with an emoji (3), a
-- reply with an effect (4), one that waits to be sent (5), histories of another type (6). What was deleted: kept, in
-- part, for good, and told to iCloud. Attachments in /var/tmp (1), with where they were loaded from (2), without a file (3).
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT,
  handle_id INTEGER DEFAULT 0, service TEXT, error INTEGER DEFAULT 0, date INTEGER, is_from_me INTEGER DEFAULT 0,
  is_delivered INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, cache_roomnames TEXT, other_handle INTEGER DEFAULT 0,
  date_played INTEGER, item_type INTEGER DEFAULT 0, associated_message_guid TEXT,
  associated_message_type INTEGER DEFAULT 0, associated_message_emoji TEXT,
  associated_message_range_location INTEGER DEFAULT 0, associated_message_range_length INTEGER DEFAULT 0,
  expressive_send_style_id TEXT, time_expressive_send_played INTEGER, message_summary_info BLOB, reply_to_guid TEXT,
  thread_originator_guid TEXT, thread_originator_part TEXT, date_retracted INTEGER, date_edited INTEGER,
  was_detonated INTEGER DEFAULT 0, part_count INTEGER, schedule_type INTEGER DEFAULT 0, schedule_state INTEGER DEFAULT 0,
  date_recovered INTEGER DEFAULT 0, is_kt_verified INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT NOT NULL, person_centric_id TEXT);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, style INTEGER, chat_identifier TEXT, room_name TEXT,
  group_id TEXT, original_group_id TEXT, last_read_message_timestamp INTEGER, is_blackholed INTEGER,
  is_recovered INTEGER);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, guid TEXT, original_guid TEXT, created_date INTEGER,
  start_date INTEGER, filename TEXT, transfer_state INTEGER, user_info BLOB, is_sticker INTEGER,
  is_commsafety_sensitive INTEGER);
CREATE TABLE recoverable_message_part (chat_id INTEGER, message_id INTEGER, part_index INTEGER, delete_date INTEGER,
  part_text BLOB NOT NULL, ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id, part_index));
CREATE TABLE unsynced_removed_recoverable_messages (ROWID INTEGER PRIMARY KEY, chat_guid TEXT, message_guid TEXT,
  part_index INTEGER);
CREATE TABLE sync_deleted_messages (ROWID INTEGER PRIMARY KEY, guid TEXT, recordID TEXT);
CREATE TABLE sync_deleted_attachments (ROWID INTEGER PRIMARY KEY, guid TEXT, recordID TEXT);
CREATE TABLE sync_deleted_chats (ROWID INTEGER PRIMARY KEY, guid TEXT, recordID TEXT, timestamp INTEGER);
CREATE TABLE scheduled_messages_pending_cloudkit_delete (ROWID INTEGER PRIMARY KEY, guid TEXT, recordID TEXT);
CREATE TABLE message_processing_task (ROWID INTEGER PRIMARY KEY, guid TEXT, task_flags INTEGER);
INSERT INTO message (ROWID, guid, handle_id, service, date, date_edited, message_summary_info, part_count, is_delivered)
  VALUES (1, 'G-1', 1, 'iMessage', 749001600000000000, 749001660000000000, bplist('{"ec": {"0": [
    {"d": 749001600.0, "t": {"$data": "040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b05666972737486"}},
    {"d": 749001660.5, "t": {"$data": "040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b067365636f6e6486"}}]},
    "ep": [0], "euh": ["+15550123"], "otr": {"0": {"lo": 0, "le": 5}}, "ust": true}'), 1, 1);
INSERT INTO message (ROWID, guid, handle_id, service, date, date_retracted, date_edited, message_summary_info, part_count)
  VALUES (2, 'G-2', 1, 'iMessage', 749001700000000000, 749001710000000000, 749001710000000000,
    bplist('{"amc": 0, "otr": {"0": {"lo": 0, "le": 13}}, "rp": [0], "ust": true}'), 0);
INSERT INTO message (ROWID, guid, handle_id, text, service, associated_message_guid, associated_message_type,
    associated_message_emoji, associated_message_range_location, associated_message_range_length)
  VALUES (3, 'G-3', 1, 'Reacted', 'iMessage', 'p:0/G-1', 2006, '🔥', 0, 6);
INSERT INTO message (ROWID, guid, handle_id, text, service, reply_to_guid, thread_originator_guid,
    thread_originator_part, expressive_send_style_id, time_expressive_send_played, date_played, cache_roomnames)
  VALUES (4, 'G-4', 1, 'Reply', 'iMessage', 'G-3', 'G-1', '0:0:6', 'com.apple.MobileSMS.expressivesend.impact',
    749001720000000000, 0, 'chat1234');
INSERT INTO message (ROWID, guid, text, service, date, is_from_me, schedule_type, schedule_state, date_recovered, error)
  VALUES (5, 'G-5', 'Later', 'iMessage', 749088000000000000, 1, 2, 2, 749001730000000000, 4);
INSERT INTO message (ROWID, guid, handle_id, other_handle, message_summary_info, item_type, was_detonated, is_kt_verified)
  VALUES (6, 'G-6', 1, 2, bplist('{"rp": 0, "otr": {"0": 1}}'), 1, 1, 1);
INSERT INTO handle VALUES (1, '+15550123', 'iMessage', 'P-1');
INSERT INTO chat VALUES (1, 'iMessage;+;chat1234', 43, 'chat1234', 'chat1234', 'A-1', 'A-0', 749001600000000000, 1, 0);
INSERT INTO attachment VALUES (1, 'at_1', 'at_1', 749001600, 749001601, '/var/tmp/com.apple.messages/at_1/IMG_0001.gif', 5,
  NULL, 0, 1);
INSERT INTO attachment VALUES (2, 'at_2', 'at_0', 749001600, 0, '/private/var/mobile/Library/SMS/Attachments/a.psd', 0,
  bplist('{"mmcs-url": "https://content.example.org/M1", "mmcs-owner": "M0.example", "file-size": "748"}'), NULL, NULL);
INSERT INTO attachment VALUES (3, 'at_3', 'at_3', 0, 0, NULL, 6, X'040b73747265616d747970656481e803', NULL, NULL);
INSERT INTO recoverable_message_part VALUES (1, 1, 0, 749001740000000000, attributed('Gone soon'), 1);
INSERT INTO recoverable_message_part VALUES (1, 2, 1, 749001741000000000, X'00', 0);
INSERT INTO unsynced_removed_recoverable_messages VALUES (1, 'iMessage;+;chat1234', 'G-90', NULL), (2, 'C', 'G-91', 1);
INSERT INTO sync_deleted_messages VALUES (3, 'G-92', 'R-92');
INSERT INTO sync_deleted_attachments VALUES (4, 'at_92', NULL);
INSERT INTO sync_deleted_chats VALUES (5, 'A-2', 'R-2', 749001742000000000);
INSERT INTO scheduled_messages_pending_cloudkit_delete VALUES (6, 'G-93', 'R-93');
INSERT INTO message_processing_task VALUES (7, 'G-94', 3);
