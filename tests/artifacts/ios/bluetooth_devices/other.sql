CREATE TABLE OtherDevices (Uuid TEXT, Name TEXT, Address TEXT, LastSeenTime INTEGER);
INSERT INTO OtherDevices VALUES ('0C0D', NULL, 'Random 00:00:5E:00:53:03', 12);
