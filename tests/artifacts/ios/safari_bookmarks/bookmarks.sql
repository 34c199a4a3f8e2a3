-- A folder, a bookmark, an entry of the reading list, a deleted one with damaged attributes; facts of three kinds.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, special_id INTEGER DEFAULT 0, parent INTEGER, type INTEGER, title TEXT,
  url TEXT COLLATE NOCASE, hidden INTEGER DEFAULT 0, external_uuid TEXT, read INTEGER DEFAULT NULL,
  last_modified REAL DEFAULT NULL, server_id TEXT, sync_key TEXT, sync_data BLOB, deleted INTEGER DEFAULT 0,
  extra_attributes BLOB DEFAULT NULL, local_attributes BLOB DEFAULT NULL, icon BLOB, locally_added BOOL DEFAULT 1);
CREATE TABLE sync_properties (key TEXT PRIMARY KEY, value TEXT);
INSERT INTO bookmarks VALUES (1, 3, 0, 1, 'com.apple.ReadingList', NULL, 0, 'B-1', NULL, NULL, NULL, NULL, NULL, 0, NULL,
  NULL, NULL, 0);
INSERT INTO bookmarks VALUES (2, 0, 0, 0, 'Example', 'https://www.example.org/', 0, 'B-2', NULL, 600000000, 'S-2', 'K-2',
  x'000102', 0, bplist('{"com.apple.Bookmark": {"DateAdded": {"$date": "2020-01-06T10:40:00"}}, "Tag": "a"}'), x'00',
  x'0000', 1);
INSERT INTO bookmarks VALUES (3, 0, 1, 0, 'Later', 'https://attack.test/a', 0, 'B-3', 1, NULL, NULL, NULL, NULL, 0,
  bplist('{"com.apple.ReadingList": {"DateAdded": {"$date": "2020-01-06T10:41:00"}, "PreviewText": "It began",
  "DateLastViewed": {"$date": "2020-01-06T10:42:00"}}, "com.apple.ReadingListNonSync": {"DateLastFetched":
  {"$date": "2020-01-06T10:41:05"}, "FetchResult": 1}, "com.apple.Bookmark": 5}'), NULL, NULL, 1);
INSERT INTO bookmarks VALUES (4, 0, 77, 0, 'Gone', CAST(x'ff' AS TEXT), 2, 'B-4', NULL, NULL, NULL, NULL, NULL, 1,
  x'62706c697374', NULL, NULL, 1);
INSERT INTO sync_properties VALUES ('AccountHash', 'abc');
INSERT INTO sync_properties VALUES ('_dav_generation', 7);
INSERT INTO sync_properties VALUES ('BASyncData', x'00010203');
