-- Two columns only, and an entry without anything.
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY, key TEXT, value BLOB);
INSERT INTO kvtable VALUES (1, 'A1-tel:+15550100-com.apple.madrid', NULL), (2, NULL, NULL);
