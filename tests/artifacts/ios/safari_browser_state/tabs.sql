-- A tab with two pages behind it (with the version before the list), a private one whose state is bare, one whose state
-- is damaged, one that has loaded nothing, and a state whose tab is gone.
CREATE TABLE browser_windows (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, type INTEGER DEFAULT 0,
  active_document_index INTEGER DEFAULT 0, active_private_document_index INTEGER DEFAULT 0, scene_id TEXT);
CREATE TABLE tabs (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, title TEXT, url TEXT COLLATE NOCASE,
  user_visible_url TEXT COLLATE NOCASE, order_index INTEGER NOT NULL, last_viewed_time REAL DEFAULT NULL,
  opened_from_link BOOL DEFAULT 0, showing_reader BOOL DEFAULT 0, private_browsing BOOL DEFAULT 0,
  browser_window_uuid TEXT NOT NULL, browser_window_id INTEGER NOT NULL);
CREATE TABLE tab_sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, tab_uuid TEXT NOT NULL UNIQUE, session_data BLOB,
  uncompressed_session_data_size INTEGER NOT NULL DEFAULT 0);
INSERT INTO browser_windows VALUES (1, 'W-1', 0, 1, 0, NULL);
INSERT INTO tabs VALUES (1, 'T-1', 'News', 'https://news.example.org/', 'https://news.example.org/', 0, 600000000.5, 1, 0, 0, 'W-1', 1);
INSERT INTO tabs VALUES (2, 'T-2', NULL, 'https://attack.test:30495/x', CAST(x'ff' AS TEXT), 1, 0, 0, 1, 1, 'W-1', 1);
INSERT INTO tabs VALUES (3, 'T-3', 'Odd', NULL, NULL, 2, 'never', 2, 0, 0, 'W-9', 9);
INSERT INTO tab_sessions VALUES (1, 'T-1', CAST(x'00000002' || bplist('{"SessionHistory": {"SessionHistoryCurrentIndex": 1,
  "SessionHistoryEntries": [{"SessionHistoryEntryTitle": "", "SessionHistoryEntryURL": "https://a.example.org/",
  "SessionHistoryEntryOriginalURL": "http://a.example.org/", "SessionHistoryEntryData": {"$data": "00"}},
  {"SessionHistoryEntryTitle": "News", "SessionHistoryEntryURL": "https://news.example.org/",
  "SessionHistoryEntryShouldOpenExternalURLsPolicyKey": 1}, "odd"], "SessionHistoryVersion": 1}}') AS BLOB), 0);
INSERT INTO tab_sessions VALUES (2, 'T-2', bplist('{"SessionHistory": {"SessionHistoryEntries":
  [{"SessionHistoryEntryURL": "https://attack.test:30495/x", "SessionHistoryEntryTitle": 7}]}}'), 0);
INSERT INTO tab_sessions VALUES (3, 'T-3', x'0000000262706c69737439', 9000);
INSERT INTO tab_sessions VALUES (4, 'T-4', bplist('{"SessionHistory": {}}'), 0);
INSERT INTO tab_sessions VALUES (5, 'T-5', NULL, 0);
INSERT INTO tab_sessions VALUES (6, 'T-6', 'text', 0);
INSERT INTO tab_sessions VALUES (7, 'T-7', bplist('["list"]'), 0);
