-- Text that is no UTF-8: inside the property list of an event, in its place, in a key column, and in the other tables.
CREATE TABLE hard_failures (id INTEGER PRIMARY KEY, timestamp REAL, data BLOB);
CREATE TABLE samples (id INTEGER PRIMARY KEY, timestamp REAL, name STRING, value REAL);
CREATE TABLE success_count (event_type STRING PRIMARY KEY, success_count INTEGER);
CREATE TABLE rockwell (event_type STRING PRIMARY KEY, timestamp REAL, data BLOB);
INSERT INTO hard_failures VALUES (1, 1600000000.5, CAST('<plist version="1.0"><dict><key>eventType</key><string>a'
  || CAST(x'ff' AS TEXT) || '</string><key>build</key><string>18C66</string><key>odd</key><string>' || CAST(x'ff' AS TEXT)
  || '</string></dict></plist>' AS BLOB));
INSERT INTO samples VALUES (1, NULL, CAST(x'6bff' AS TEXT), NULL);
INSERT INTO success_count VALUES (CAST(x'ff' AS TEXT), NULL);
INSERT INTO rockwell VALUES (CAST(x'64ff' AS TEXT), 1600000006, NULL);
