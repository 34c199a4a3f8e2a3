-- Without a date and a kind of value, as older systems have it; a value that is no UTF-8.
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, value BLOB NOT NULL);
INSERT INTO kvtable VALUES (1, 'sender@example.org', 'name'), (2, 'A1', CAST(X'ff61' AS TEXT));
