-- Tables of iOS 4: no own number, no lines.
CREATE TABLE voicemail (ROWID INTEGER PRIMARY KEY, remote_uid INTEGER, date INTEGER, token TEXT, sender TEXT,
  callback_num TEXT, duration INTEGER, expiration INTEGER, trashed_date INTEGER, flags INTEGER);
INSERT INTO voicemail VALUES (1, 7, 1300000000, NULL, '+15550123', NULL, 5, NULL, NULL, 1);
