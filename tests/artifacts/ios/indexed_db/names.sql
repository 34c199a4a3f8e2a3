-- A database of a web app with a collection and its index; the objects are not asked for.
CREATE TABLE IDBDatabaseInfo (key TEXT NOT NULL ON CONFLICT FAIL UNIQUE ON CONFLICT REPLACE, value TEXT NOT NULL ON CONFLICT FAIL);
CREATE TABLE ObjectStoreInfo (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, keyPath BLOB NOT NULL, autoInc INTEGER NOT NULL);
CREATE TABLE IndexInfo (id INTEGER NOT NULL, name TEXT NOT NULL, objectStoreID INTEGER NOT NULL, keyPath BLOB NOT NULL,
  isUnique INTEGER NOT NULL, multiEntry INTEGER NOT NULL);
CREATE TABLE Records (objectStoreID INTEGER NOT NULL, key TEXT NOT NULL, value NOT NULL, recordID INTEGER PRIMARY KEY);
INSERT INTO IDBDatabaseInfo VALUES ('DatabaseName', 'messages');
INSERT INTO IDBDatabaseInfo VALUES ('DatabaseVersion', '3');
INSERT INTO ObjectStoreInfo VALUES (1, 'inbox', x'000000', 1);
INSERT INTO ObjectStoreInfo VALUES (2, CAST(x'ff' AS TEXT), 'text', 7);
INSERT INTO IndexInfo VALUES (1, 'by sender', 1, x'00', 0, 1);
INSERT INTO IndexInfo VALUES (2, 'orphan', 9, x'00', 1, 0);
INSERT INTO Records VALUES (1, 'k', x'00', 1);
