CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE (key));
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, value BLOB NOT NULL,
  value_type INTEGER, date INTEGER);
INSERT INTO _SqliteDatabaseProperties VALUES ('_ClientVersion', '2');
INSERT INTO kvtable VALUES (1, 'A1B2-mailto:first-person@example.org-com.apple.madrid', X'01', NULL, 1612325106);
INSERT INTO kvtable VALUES (3, 'a1b2-tel:+15550100-com.apple.private.alloy.photostream', X'01', NULL, 634017906);
INSERT INTO kvtable VALUES (4, 'A1B2-mailto:person' || char(0) || char(0) || '@example.org-com.apple.ess', X'01', 1, 0);
INSERT INTO kvtable VALUES (5, 'gossip', bplist('[{"prefixedURI": "mailto:a@example.org", "serviceHint": "s"},
  {"prefixedURI": "tel:+15550101"}]'), NULL, 'x');
INSERT INTO kvtable VALUES (6, 'other tel:+15550102', X'62706c6973743030', NULL, NULL);
INSERT INTO kvtable VALUES (7, CAST(X'ff' AS TEXT), 'text', NULL, NULL);
