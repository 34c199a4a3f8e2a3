-- History with a deleted address, a visit of another device and one without an address; bookmarks of this device and of
-- the server; tabs of another device.
CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, url TEXT UNIQUE, title TEXT NOT NULL,
  server_modified INTEGER, local_modified INTEGER, is_deleted TINYINT NOT NULL, should_upload TINYINT NOT NULL,
  domain_id INTEGER);
CREATE TABLE visits (id INTEGER PRIMARY KEY AUTOINCREMENT, siteID INTEGER NOT NULL, date REAL NOT NULL, type INTEGER NOT NULL,
  is_local TINYINT NOT NULL);
CREATE TABLE domains (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL UNIQUE, showOnTopSites TINYINT DEFAULT 1);
CREATE TABLE favicons (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, width INTEGER, height INTEGER,
  type INTEGER NOT NULL, date REAL NOT NULL);
CREATE TABLE favicon_sites (id INTEGER PRIMARY KEY AUTOINCREMENT, siteID INTEGER NOT NULL, faviconID INTEGER NOT NULL);
CREATE TABLE favicon_site_urls (id INTEGER PRIMARY KEY AUTOINCREMENT, site_url TEXT NOT NULL, faviconID INTEGER NOT NULL);
CREATE TABLE bookmarksLocal (id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, type TINYINT NOT NULL,
  date_added INTEGER, is_deleted TINYINT NOT NULL DEFAULT 0, parentid TEXT, title TEXT, bmkUri TEXT, feedUri TEXT,
  siteUri TEXT, local_modified INTEGER);
CREATE TABLE bookmarksMirror (id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, type TINYINT NOT NULL,
  is_deleted TINYINT NOT NULL DEFAULT 0, parentid TEXT, title TEXT, bmkUri TEXT, server_modified INTEGER NOT NULL);
CREATE TABLE clients (guid TEXT PRIMARY KEY, name TEXT NOT NULL, modified INTEGER NOT NULL, type TEXT);
CREATE TABLE tabs (id INTEGER PRIMARY KEY AUTOINCREMENT, client_guid TEXT, url TEXT NOT NULL, title TEXT, history TEXT,
  last_used INTEGER);
CREATE TABLE cached_top_sites (historyID INTEGER, url TEXT NOT NULL, title TEXT NOT NULL, guid TEXT NOT NULL UNIQUE,
  domain TEXT, localVisitDate REAL, remoteVisitDate REAL);
CREATE TABLE pinned_top_sites (historyID INTEGER, url TEXT NOT NULL UNIQUE, title TEXT, pinDate REAL, domain TEXT NOT NULL);
INSERT INTO history VALUES (1, 'H-1', 'https://news.example.org/', 'News', NULL, 1578307200123, 0, 1, 1);
INSERT INTO history VALUES (2, 'H-2', NULL, '', 1578307200000, 0, 1, 1, 9);
INSERT INTO history VALUES (3, 'H-3', CAST(x'ff' AS TEXT), 'Odd', NULL, NULL, 3, 0, NULL);
INSERT INTO visits VALUES (1, 1, 1578307200123456, 2, 1);
INSERT INTO visits VALUES (2, 99, 1578307201000000, 6, 0);
INSERT INTO visits VALUES (3, 1, 'then', 1, 1);
INSERT INTO domains VALUES (1, 'news.example.org', 1);
INSERT INTO favicons VALUES (1, 'https://news.example.org/i.ico', 16, NULL, 1, 1578307200.5);
INSERT INTO favicon_sites VALUES (1, 1, 1);
INSERT INTO favicon_site_urls VALUES (1, 'https://attack.test/', 9);
INSERT INTO bookmarksLocal VALUES (1, 'B-1', 1, 1578307200000, 0, 'mobile______', 'Saved', 'https://saved.example.org/', NULL, NULL, 1578307260000);
INSERT INTO bookmarksMirror VALUES (1, 'B-1', 1, 1, NULL, NULL, NULL, 1578307260000);
INSERT INTO clients VALUES ('C-1', 'Computer', 1578307200000, 'desktop');
INSERT INTO tabs VALUES (1, 'C-1', 'https://tab.example.org/', 'Tab', '["https://tab.example.org/"]', 1578307200000);
INSERT INTO cached_top_sites VALUES (1, 'https://news.example.org/', 'News', 'H-1', 'news.example.org', 1578307200000000, 0);
INSERT INTO pinned_top_sites VALUES (NULL, 'https://pin.example.org/', NULL, 1578307200000, 'pin.example.org');
