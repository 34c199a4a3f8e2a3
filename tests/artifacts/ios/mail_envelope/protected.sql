-- A Protected Index of iOS 17.
CREATE TABLE addresses (ROWID INTEGER PRIMARY KEY, address TEXT, comment TEXT);
CREATE TABLE subjects (ROWID INTEGER PRIMARY KEY, subject TEXT);
CREATE TABLE summaries (ROWID INTEGER PRIMARY KEY, summary TEXT);
INSERT INTO addresses VALUES (21, 'sender@attack.test', 'Your bank'), (22, 'me@example.org', '');
INSERT INTO subjects VALUES (31, 'Invoice https://attack.test/i');
INSERT INTO summaries VALUES (41, 'Please see https://attack.test/s');
