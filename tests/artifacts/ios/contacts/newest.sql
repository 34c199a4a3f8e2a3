-- Tables of iOS 16: a person (5), an organisation with values of every shape (6), invalid UTF-8 and a time that is none (8).
-- A value whose contact is gone, changes, a removed value, and who made the changes. Number 7 is gone.
CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Middle TEXT, Organization TEXT,
  Department TEXT, Note TEXT, Kind INTEGER, JobTitle TEXT, Nickname TEXT, CreationDate INTEGER,
  ModificationDate INTEGER, ExternalIdentifier TEXT, ExternalUUID TEXT, StoreID INTEGER, DisplayName TEXT,
  PersonLink INTEGER DEFAULT -1, ImageURI TEXT, guid TEXT, Birthday TEXT);
CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER,
  label INTEGER, value TEXT, guid TEXT);
CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE (parent_id, key));
CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE (value));
CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE (value));
CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY, Name TEXT, ExternalIdentifier TEXT, Type INTEGER,
  ConstraintsPath TEXT, AccountID INTEGER, Enabled INTEGER, MeIdentifier INTEGER, guid TEXT, LastSyncDate TEXT,
  Capabilities INTEGER);
CREATE TABLE ABAccount (ROWID INTEGER PRIMARY KEY, AccountIdentifier TEXT, Flags INTEGER);
CREATE TABLE ABPersonChanges (record INTEGER, type INTEGER, sequence_number INTEGER, Image INTEGER,
  ExternalIdentifier TEXT, StoreID INTEGER, guid TEXT);
CREATE TABLE ABPersonMultiValueDeletes (record_id INTEGER, property_id INTEGER, identifier INTEGER,
  sequence_number INTEGER, record_uid TEXT, identifier_uid TEXT);
CREATE TABLE ClientSequence (sequence_number INTEGER, client_identifier TEXT, save_timestamp REAL);
INSERT INTO ABPerson VALUES (5, 'Ann', 'Example', 'B.', NULL, NULL, 'see https://example.org/ann', 0, NULL, 'Annie',
  600000000, 600000060, 'E-5', 'X-5', 1, NULL, -1, 'file:///image', 'G-5:ABPerson', '-5000');
INSERT INTO ABPerson (ROWID, Organization, Department, JobTitle, Kind, CreationDate, DisplayName)
  VALUES (6, 'Example Ltd', 'Sales', 'Clerk', 1, '600000000.5', 'Shop');
INSERT INTO ABPerson (ROWID, First, CreationDate) VALUES (8, CAST(X'5aff' AS TEXT), 'never');
INSERT INTO ABMultiValue VALUES (1, 5, 3, 0, 1, '+1 (555) 0123', 'V-1'), (2, 5, 4, 0, NULL, 'ann@example.org', NULL),
  (3, 6, 22, 0, 2, 'https://user@example.org/', NULL), (4, 6, 5, 0, NULL, NULL, NULL), (5, 7, 3, 1, NULL, '112', NULL),
  (6, 6, 23, 0, NULL, 'Bob', NULL);
INSERT INTO ABMultiValueEntry VALUES (4, 1, 'Springfield');
INSERT INTO ABMultiValueEntryKey VALUES ('City');
INSERT INTO ABMultiValueLabel VALUES ('_$!<Mobile>!$_'), ('Shop');
INSERT INTO ABStore VALUES (1, 'Card', '/1/card/', 4, NULL, 1, 1, 5, 'S-1', '2022-01-01 00:00:00 +0000', 0);
INSERT INTO ABAccount VALUES (1, 'A-1', 0);
INSERT INTO ABPersonChanges VALUES (7, 2, 11, 0, 'E-7', 1, 'G-7:ABPerson');
INSERT INTO ABPersonMultiValueDeletes VALUES (5, 3, 1, 10, 'G-5', 'V-9');
INSERT INTO ClientSequence VALUES (11, 'com.apple.dataaccessd-A-1', 690684403.25);
-- Who reads the changes, and what the store notes of itself.
CREATE TABLE ClientCursor (ROWID INTEGER PRIMARY KEY, store_id INTEGER, latest_consumed_sequence_number INTEGER,
  latest_consumed_timestamp REAL, client_identifier TEXT);
INSERT INTO ClientCursor VALUES (28, -1, 11, 690684403.5, 'com.apple.suggestions.suggestd.cntosgcontacts'),
  (29, 1, NULL, NULL, NULL);
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
INSERT INTO _SqliteDatabaseProperties (rowid, key, value) VALUES (6, '_ClientVersion', '84'),
  (7, '_UniqueIdentifier', NULL);
UPDATE sqlite_sequence SET seq = 9;
