CREATE TABLE GeoFence (BundleId TEXT);
INSERT INTO GeoFence VALUES ('org.example.app');
