-- A database without indexes, whose collections count them; a fact and a collection without anything.
CREATE TABLE IDBDatabaseInfo (key TEXT, value TEXT);
CREATE TABLE ObjectStoreInfo (id INTEGER PRIMARY KEY, name TEXT, keyPath BLOB, autoInc INTEGER, maxIndexID INTEGER);
INSERT INTO IDBDatabaseInfo VALUES ('DatabaseName', CAST(x'6dff' AS TEXT)), (NULL, NULL);
INSERT INTO ObjectStoreInfo VALUES (1, 'inbox', x'00', 0, 3), (2, NULL, NULL, NULL, NULL);
