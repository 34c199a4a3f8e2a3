-- Two tables with few columns; the time is text.
CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT, CreationDate TEXT);
CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, value TEXT);
INSERT INTO ABPerson VALUES (1, NULL, 'Example', '300000000');
INSERT INTO ABMultiValue VALUES (1, 1, 3, '555-0123');
