-- An invitation, who sent it and that one's name, deleted between others: free blocks, and their numbers are lost.
PRAGMA secure_delete = 0;
CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, description TEXT, start_date REAL,
  organizer_id INTEGER);
CREATE TABLE Participant (ROWID INTEGER PRIMARY KEY, owner_id INTEGER, identity_id INTEGER, email TEXT, is_self INTEGER);
CREATE TABLE Identity (display_name TEXT, address TEXT, first_name TEXT, last_name TEXT);
INSERT INTO CalendarItem VALUES (1, 'Lunch', NULL, 600000000.5, 0);
INSERT INTO CalendarItem VALUES (2, 'Invitation', 'https://attack.test/e', 599000000.5, 7);
INSERT INTO CalendarItem VALUES (3, 'Dinner', NULL, 600000100.5, 0);
INSERT INTO Participant VALUES (6, 1, 203, 'me@example.org', 1), (7, 2, 204, 'host@attack.test', 0),
  (8, 1, 205, 'you@example.org', 0);
INSERT INTO Identity (rowid, display_name, address) VALUES (203, 'Me', 'mailto:me@example.org'),
  (204, 'Host', 'mailto:host@attack.test'), (205, 'You', 'mailto:you@example.org');
DELETE FROM CalendarItem WHERE ROWID = 2;
DELETE FROM Participant WHERE ROWID = 7;
DELETE FROM Identity WHERE rowid = 204;
