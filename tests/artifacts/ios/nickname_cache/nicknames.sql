CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE (key));
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, value BLOB NOT NULL,
  value_type INTEGER, date INTEGER);
INSERT INTO _SqliteDatabaseProperties VALUES ('_ClientVersion', '1'), ('owner', 'person@example.org');
INSERT INTO kvtable VALUES (1, 'sender@example.org', bplist('{"fn": "A. Person", "ui": {"handle": "tel:+15550100"},
  "k": {"$data": "00ff"}}'), 0, 1612325106);
INSERT INTO kvtable VALUES (2, 'mailto:old@example.org', bplist('true'), 1, 634017906);
INSERT INTO kvtable VALUES (4, 'A1B2', X'62706c6973743030', NULL, NULL);
INSERT INTO kvtable VALUES (5, CAST(X'ff' AS TEXT), X'0102', NULL, 'x');
INSERT INTO kvtable VALUES (6, '+15550101', 'text of other@example.org', 2, 0);
