-- Before there were bitmaps, the picture lay with the icon. A page and an icon without anything.
CREATE TABLE favicons(id INTEGER PRIMARY KEY, url LONGVARCHAR, last_updated INTEGER DEFAULT 0, image_data BLOB);
CREATE TABLE icon_mapping(id INTEGER PRIMARY KEY, page_url LONGVARCHAR, icon_id INTEGER);
INSERT INTO favicons VALUES (1, 'https://www.example.org/favicon.ico', 7, x'89'), (2, NULL, NULL, NULL);
INSERT INTO icon_mapping VALUES (1, 'https://www.example.org/', 1), (2, NULL, NULL);
