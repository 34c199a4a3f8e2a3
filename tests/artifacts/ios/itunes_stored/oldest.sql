-- Few columns; a download without anything, a name that is no UTF-8.
CREATE TABLE download (pid INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE intents (id INTEGER PRIMARY KEY, bundle_id TEXT);
INSERT INTO download VALUES (1, 'Example'), (2, NULL);
INSERT INTO intents VALUES (1, NULL), (2, CAST(x'6fff' AS TEXT));
