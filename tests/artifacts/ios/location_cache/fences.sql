-- The places are in the file, and not in what is read.
CREATE TABLE GeoFence (FenceIndex INTEGER, BundleId TEXT, OnBehalfBundleId TEXT, Name TEXT, Timestamp FLOAT, Distance FLOAT,
  Latitude FLOAT, Longitude FLOAT);
INSERT INTO GeoFence VALUES (1, 'org.example.app', 'org.example.other', 'home', 600000000.5, 100, 1.5, 2.5);
INSERT INTO GeoFence VALUES (2, NULL, NULL, CAST(x'fe' AS TEXT), 'now', NULL, NULL, NULL);
CREATE TABLE BeaconFences (BundleIdentifier TEXT, OnBehalfBundleIdentifier TEXT, ProximityUuid TEXT);
INSERT INTO BeaconFences VALUES ('org.example.app', NULL, '0A0B');
