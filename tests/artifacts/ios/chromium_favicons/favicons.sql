-- An icon of two pages, a page whose icon is gone, a picture without a time.
CREATE TABLE favicons(id INTEGER PRIMARY KEY, url LONGVARCHAR NOT NULL, icon_type INTEGER DEFAULT 1);
CREATE TABLE icon_mapping(id INTEGER PRIMARY KEY, page_url LONGVARCHAR NOT NULL, icon_id INTEGER, page_url_type INTEGER);
CREATE TABLE favicon_bitmaps(id INTEGER PRIMARY KEY, icon_id INTEGER NOT NULL, last_updated INTEGER DEFAULT 0,
  image_data BLOB, width INTEGER DEFAULT 0, height INTEGER DEFAULT 0, last_requested INTEGER DEFAULT 0);
INSERT INTO favicons VALUES (1, 'https://www.example.org/favicon.ico', 1);
INSERT INTO icon_mapping VALUES (1, 'https://www.example.org/', 1, 0);
INSERT INTO icon_mapping VALUES (2, 'https://attack.test:30495/x', 9, NULL);
INSERT INTO icon_mapping VALUES (3, CAST(x'fe' AS TEXT), 1, NULL);
INSERT INTO favicon_bitmaps VALUES (1, 1, 13222780800000000, x'89504e47', 16, 16, 0);
INSERT INTO favicon_bitmaps VALUES (2, 1, 0, NULL, 32, 32, 13222780801000000);
INSERT INTO favicon_bitmaps VALUES (3, 1, 'now', 'text', NULL, NULL, NULL);
