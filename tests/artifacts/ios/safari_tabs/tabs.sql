-- SafariTabs.db: a group, a tab in it with its history, a closed tab, one whose attributes are damaged, one without any.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, special_id INTEGER DEFAULT 0, parent INTEGER, type INTEGER, subtype INTEGER,
  title TEXT, url TEXT, num_children INTEGER, hidden INTEGER, external_uuid TEXT, last_modified REAL, date_closed REAL,
  server_id TEXT, sync_data BLOB, deleted INTEGER, extra_attributes BLOB, local_attributes BLOB, icon BLOB);
CREATE TABLE windows (id INTEGER PRIMARY KEY, active_tab_group_id INTEGER, date_closed REAL, extra_attributes BLOB,
  is_last_session INTEGER, local_tab_group_id INTEGER, private_tab_group_id INTEGER, scene_id TEXT, uuid TEXT,
  active_profile_id INTEGER, restoration_archive BLOB);
CREATE TABLE windows_tab_groups (id INTEGER PRIMARY KEY, active_tab_id INTEGER, tab_group_id INTEGER, window_id INTEGER);
CREATE TABLE windows_unnamed_tab_groups (id INTEGER PRIMARY KEY, tab_group_id INTEGER, window_id INTEGER);
CREATE TABLE windows_profiles (id INTEGER PRIMARY KEY, active_tab_group_id INTEGER, profile_id INTEGER, window_id INTEGER);
CREATE TABLE session_state (uuid TEXT PRIMARY KEY, data BLOB);
INSERT INTO bookmarks VALUES (1, 0, 0, 1, 0, 'Group', NULL, 2, 0, 'G-1', NULL, NULL, NULL, NULL, 0,
  bplist('{"com.apple.Bookmark": {"DateAdded": {"$date": "2020-01-06T10:40:00"}}, "com.apple.bookmarks.OmitFromUI": true}'),
  NULL, NULL);
INSERT INTO bookmarks VALUES (2, 0, 1, 0, 0, 'News', 'https://news.example.org/', 0, 0, 'T-2', 600000000, 0, 'S-2',
  x'0102', 0, bplist('{"DateLastViewed": {"$date": "2020-01-06T10:41:00"}, "DeviceIdentifier": "D-1", "LocalTitle": "N",
  "LocalURL": "https://attack.test/", "com.apple.Bookmark": {"DateAdded": {"$date": "2020-01-06T10:40:30"}, "Kind": 1}}'),
  bplist('{"LastVisitTime": {"$date": "2020-01-06T10:41:30"}, "OpenedFromLink": true, "IsMuted": false,
  "SessionState": {"$data": "0000000262706c69737439"}}'), x'00');
INSERT INTO bookmarks VALUES (3, 0, 1, 0, 0, 'Closed', 'https://closed.example.org/', 0, 1, 'T-3', NULL, 600000001.5, NULL,
  NULL, 1, x'62706c697374', bplist('{"DateClosed": {"$date": "2020-01-06T10:42:00"}, "LastVisitTime": "yesterday",
  "SessionState": {"$bplist": {"SessionHistory": {"SessionHistoryCurrentIndex": 0, "SessionHistoryEntries":
  [{"SessionHistoryEntryURL": "https://closed.example.org/", "SessionHistoryEntryOriginalURL": "https://t.example.org/"}]}}}}'),
  NULL);
INSERT INTO bookmarks VALUES (4, 0, 99, 0, 2, CAST(x'fe' AS TEXT), NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 'text',
  bplist('["list"]'), NULL);
INSERT INTO windows VALUES (1, 1, NULL, x'0000', 0, 1, 5, 'scene', 'W-1', 0, NULL);
INSERT INTO windows VALUES (2, 7, 600000060, NULL, 1, NULL, NULL, NULL, 'W-2', NULL, x'000000');
INSERT INTO windows_tab_groups VALUES (1, 2, 1, 1);
INSERT INTO windows_unnamed_tab_groups VALUES (1, 8, 2);
INSERT INTO windows_profiles VALUES (1, 1, 4, 1);
INSERT INTO session_state VALUES ('T-9', bplist('{"SessionHistory": {"SessionHistoryEntries":
  [{"SessionHistoryEntryURL": "https://state.example.org/", "SessionHistoryEntryTitle": "S"}]}}'));
