-- Bookmarks of the server that wait to be merged, and one without anything; tables of the tabs and icons without a row.
CREATE TABLE history (id INTEGER PRIMARY KEY, url TEXT, is_deleted TINYINT);
CREATE TABLE bookmarksBuffer (id INTEGER PRIMARY KEY, guid TEXT, type TINYINT, title TEXT, bmkUri TEXT, feedUri TEXT,
  siteUri TEXT, server_modified INTEGER);
CREATE TABLE clients (guid TEXT PRIMARY KEY, name TEXT, modified INTEGER);
INSERT INTO history VALUES (1, NULL, NULL);
INSERT INTO bookmarksBuffer VALUES (1, 'B-1', 4, CAST(x'54ff' AS TEXT), NULL, 'https://feed.example.org/', 'https://site.example.org/',
  1578307260000);
INSERT INTO bookmarksBuffer VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
