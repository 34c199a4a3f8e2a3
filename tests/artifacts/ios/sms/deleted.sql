-- A message, a handle, a chat and an attachment that were deleted before others that are kept: free blocks, and their
-- numbers are lost. A shorter attachment that came later lies over the end of the one that was deleted.
PRAGMA secure_delete = 0;
CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT NOT NULL, text TEXT, handle_id INTEGER, service TEXT,
  date INTEGER, is_from_me INTEGER);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL,
  uncanonicalized_id TEXT);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT NOT NULL, chat_identifier TEXT, service_name TEXT);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, guid TEXT NOT NULL, created_date INTEGER, filename TEXT, uti TEXT,
  mime_type TEXT, transfer_state INTEGER, is_outgoing INTEGER, transfer_name TEXT, total_bytes INTEGER,
  hide_attachment INTEGER);
INSERT INTO message VALUES (1, 'G-1', 'Hello', 7, 'SMS', 634017906500000000, 0);
INSERT INTO message VALUES (2, 'G-2', 'Your parcel https://parcel.attack.test/2', 7, 'SMS', 634017907000000000, 0);
INSERT INTO message VALUES (3, 'G-3', 'Bye', 7, 'SMS', 634017908000000000, 1);
INSERT INTO handle VALUES (7, '+15550123', 'us', 'SMS', NULL), (8, '+15550124', 'us', 'SMS', '555-0124'), (9, '+15550125', 'us', 'SMS', NULL);
INSERT INTO chat VALUES (3, 'SMS;-;+15550123', '+15550123', 'SMS'), (4, 'SMS;-;+15550124', '+15550124', 'SMS'),
  (5, 'SMS;-;+15550125', '+15550125', 'SMS');
INSERT INTO attachment VALUES (8, 'at_0', 634017907, '~/Library/SMS/Attachments/0a/10/at_0/IMG_0001.gif', NULL,
  'image/gif', 1, 0, 'IMG_0001.gif', 748, 0);
INSERT INTO attachment VALUES (9, 'at_1', NULL, NULL, NULL, NULL, 1, 0, NULL, NULL, 0);
DELETE FROM message WHERE ROWID = 2;
DELETE FROM handle WHERE ROWID = 8;
DELETE FROM chat WHERE ROWID = 4;
DELETE FROM attachment WHERE ROWID = 8;
INSERT INTO attachment VALUES (10, 'at_2', 634017907, NULL, NULL, 'image/gif', 5, 0, 'IMG_0002.gif', 748, 0);
