-- One table of all events, as the first systems had it.
CREATE TABLE all_events (id INTEGER PRIMARY KEY, timestamp REAL, data BLOB);
INSERT INTO all_events VALUES (7, 1510000000, bplist('{"eventType": "CKKSEvent", "build": "15B202"}'));
