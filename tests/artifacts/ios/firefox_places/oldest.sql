-- Two tables with few columns: no counts and times of visits, so no address is told to be visited by its row alone.
CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR);
CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, place_id INTEGER, visit_date INTEGER);
INSERT INTO moz_places VALUES (1, 'https://www.example.org/'), (2, NULL);
INSERT INTO moz_historyvisits VALUES (1, 1, 1578307200123), (2, NULL, NULL);
