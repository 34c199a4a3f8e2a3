-- A visited address, one that is only bookmarked, one that another device visited, an odd one; tombstones of each kind.
CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR NOT NULL, title LONGVARCHAR, visit_count_local INTEGER NOT NULL DEFAULT 0,
  visit_count_remote INTEGER NOT NULL DEFAULT 0, hidden INTEGER DEFAULT 0 NOT NULL, typed INTEGER DEFAULT 0 NOT NULL,
  last_visit_date_local INTEGER NOT NULL DEFAULT 0, last_visit_date_remote INTEGER NOT NULL DEFAULT 0, guid TEXT NOT NULL UNIQUE,
  description TEXT, preview_image_url TEXT, origin_id INTEGER, frecency INTEGER DEFAULT -1);
CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, is_local INTEGER NOT NULL, from_visit INTEGER, place_id INTEGER NOT NULL,
  visit_date INTEGER NOT NULL, visit_type INTEGER NOT NULL);
CREATE TABLE moz_origins (id INTEGER PRIMARY KEY, prefix TEXT NOT NULL, host TEXT NOT NULL, rev_host TEXT, frecency INTEGER);
CREATE TABLE moz_bookmarks (id INTEGER PRIMARY KEY, fk INTEGER, type INTEGER NOT NULL, parent INTEGER, position INTEGER NOT NULL,
  title TEXT, dateAdded INTEGER NOT NULL DEFAULT 0, lastModified INTEGER NOT NULL DEFAULT 0, guid TEXT NOT NULL UNIQUE);
CREATE TABLE moz_places_tombstones (guid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE moz_historyvisit_tombstones (place_id INTEGER NOT NULL, visit_date INTEGER NOT NULL);
CREATE TABLE moz_bookmarks_deleted (guid TEXT PRIMARY KEY, dateRemoved INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE moz_places_metadata (id INTEGER PRIMARY KEY, place_id INTEGER NOT NULL, referrer_place_id INTEGER,
  created_at INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL DEFAULT 0, total_view_time INTEGER NOT NULL DEFAULT 0,
  title TEXT);
INSERT INTO moz_places VALUES (1, 'https://news.example.org/', 'News', 1, 0, 0, 1, 1578307200123, 0, 'P-1', 'About', 'https://news.example.org/p.png', 1, 2000);
INSERT INTO moz_places VALUES (2, 'https://saved.example.org/', NULL, 0, 0, 0, 0, 0, 0, 'P-2', NULL, NULL, NULL, NULL);
INSERT INTO moz_places VALUES (3, 'https://attack.test/', 'A', 0, 0, 1, 0, 0, 1578307260000, 'P-3', NULL, NULL, 9, NULL);
INSERT INTO moz_places VALUES (4, CAST(x'ff' AS TEXT), 'Odd', 2, 0, 0, 0, 'then', 0, 'P-4', NULL, NULL, NULL, NULL);
INSERT INTO moz_historyvisits VALUES (1, 1, NULL, 1, 1578307200123, 2);
INSERT INTO moz_historyvisits VALUES (2, 0, 1, 99, 1578307260000, 5);
INSERT INTO moz_origins VALUES (1, 'https://', 'news.example.org', 'gro.elpmaxe.swen.', 2000);
INSERT INTO moz_bookmarks VALUES (1, 2, 1, 5, 0, 'Saved', 1578307200000, 1578307260000, 'B-1');
INSERT INTO moz_bookmarks VALUES (2, NULL, 2, NULL, 0, '', 0, 0, 'root________');
INSERT INTO moz_places_tombstones VALUES ('P-9');
INSERT INTO moz_historyvisit_tombstones VALUES (1, 1578307320000);
INSERT INTO moz_bookmarks_deleted VALUES ('B-9', 1578307320000);
INSERT INTO moz_places_metadata VALUES (1, 1, NULL, 1578307200123, 1578307210123, 10000, NULL);
