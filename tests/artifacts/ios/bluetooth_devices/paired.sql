-- A paired device, and one without anything.
CREATE TABLE PairedDevices (Uuid TEXT, Name TEXT, NameOrigin INTEGER, Address TEXT, ResolvedAddress TEXT,
  LastSeenTime INTEGER, LastConnectionTime INTEGER, Tags TEXT);
INSERT INTO PairedDevices VALUES ('0A0B', 'Example watch', 2, 'Random 00:00:5E:00:53:01', 'Public 00:00:5E:00:53:02',
  45139, 248, 'tag');
INSERT INTO PairedDevices VALUES (NULL, CAST(x'ff' AS TEXT), NULL, NULL, NULL, 'never', NULL, NULL);
