-- Few columns, no other table; an attachment with its file in one row, as before iOS 14.
CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, start_date REAL);
CREATE TABLE Attachment (ROWID INTEGER PRIMARY KEY, owner_id INTEGER, url TEXT, filename TEXT, local_path TEXT);
INSERT INTO CalendarItem VALUES (1, 'Old', 300000000);
INSERT INTO Attachment VALUES (1, 1, 'https://example.org/a', 'a.pdf', '/var/mobile/Library/Calendar/a.pdf');
