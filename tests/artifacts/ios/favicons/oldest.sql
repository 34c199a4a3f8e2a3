CREATE TABLE page_url (url TEXT PRIMARY KEY NOT NULL, uuid TEXT NOT NULL);
CREATE TABLE icon_info (uuid TEXT PRIMARY KEY NOT NULL, url TEXT NOT NULL, timestamp REAL NOT NULL, isa INTEGER);
INSERT INTO icon_info VALUES ('I-1', 'https://www.example.org/favicon.ico', 0, 4);
