CREATE TABLE kvs (domain TEXT, client_id TEXT, value BLOB);
CREATE TABLE intents (id INTEGER PRIMARY KEY, bundle_id TEXT, title TEXT, timestamp REAL, url TEXT);
INSERT INTO kvs VALUES ('d', 'com.apple.itunesstored', X'01');
INSERT INTO intents VALUES (4, 'org.example.app', 'More', 634017906, 'https://attack.test/i');
