-- A message (3), a deleted one (4), one without a sender and with odd times (6), invalid UTF-8 (7). Number 5 is gone.
CREATE TABLE voicemail (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, remote_uid INTEGER, date INTEGER, token TEXT, sender TEXT,
  callback_num TEXT, duration INTEGER, expiration INTEGER, trashed_date INTEGER, flags INTEGER, receiver TEXT, label TEXT,
  uuid TEXT);
CREATE TABLE map (ROWID INTEGER PRIMARY KEY, account TEXT, label TEXT);
CREATE TABLE deleted (ROWID INTEGER PRIMARY KEY, date INTEGER, sender TEXT, remote_uid INTEGER, reason INTEGER);
INSERT INTO voicemail VALUES (3, 101, 1600000000, 'Complete', '+15550123', '+15550124', 34, 1605000000, 0, 3, '+15550100',
  'line-1', 'U-3');
INSERT INTO voicemail (ROWID, date, sender, trashed_date, flags) VALUES (4, 1600000060, '+15550123', 630000000, 75);
INSERT INTO voicemail (ROWID, date, expiration, trashed_date) VALUES (6, 0, 'later', 0);
INSERT INTO voicemail (ROWID, sender) VALUES (7, CAST(X'2bff' AS TEXT));
INSERT INTO map VALUES (1, '8901000000000000000', 'line-1');
INSERT INTO deleted VALUES (9, 1600000000, '+15550125', 99, 2);
