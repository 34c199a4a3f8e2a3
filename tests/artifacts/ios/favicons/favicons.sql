-- Two pages share an icon, one has none; an icon whose time is since 1970, one without a page; a refused one.
CREATE TABLE page_url (url TEXT PRIMARY KEY NOT NULL, uuid TEXT NOT NULL);
CREATE TABLE icon_info (uuid TEXT PRIMARY KEY NOT NULL, url TEXT NOT NULL, timestamp REAL NOT NULL, width REAL, height REAL,
  has_generated_representations BOOLEAN);
CREATE TABLE rejected_resources (page_url TEXT, icon_url TEXT, timestamp REAL);
INSERT INTO page_url VALUES ('https://www.example.org/', 'I-1');
INSERT INTO page_url VALUES ('https://www.example.org/b', 'I-1');
INSERT INTO page_url VALUES (CAST(x'ff' AS TEXT), 'I-9');
INSERT INTO icon_info VALUES ('I-1', 'https://www.example.org/favicon.ico', 600000000.5, 32, 32.5, 1);
INSERT INTO icon_info VALUES ('I-2', 'https://attack.test/favicon.ico', 1578307200, NULL, NULL, 0);
INSERT INTO icon_info VALUES ('I-3', 'https://odd.example.org/favicon.ico', 'never', NULL, NULL, NULL);
INSERT INTO rejected_resources VALUES ('https://attack.test/a', 'https://attack.test/none.ico', 600000060);
