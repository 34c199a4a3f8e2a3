-- Tables of iOS 7: times in seconds, no chat of its own, nothing about links or edits. Invalid UTF-8 (2). A message whose
-- handle is gone (3).
CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, handle_id INTEGER DEFAULT 0, service_center TEXT,
  service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL);
INSERT INTO message VALUES (1, 'G-1', 'Hello', 1, '+15550100', 'SMS', 400000000, 0, 1);
INSERT INTO message VALUES (2, 'G-2', CAST(X'63616fff' AS TEXT), 1, NULL, 'SMS', 400000060, 0, 0);
INSERT INTO message VALUES (3, 'G-3', 'Still here', 5, NULL, 'SMS', 0, 0, 0);
INSERT INTO handle VALUES (1, '+15550123', 'us', 'SMS');
