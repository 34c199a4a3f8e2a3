-- A store with one of its tables only, which has a column more.
CREATE TABLE application_identifier_tab (id INTEGER PRIMARY KEY, application_identifier TEXT, added INTEGER);
INSERT INTO application_identifier_tab VALUES (1, 'org.example.app', 5), (2, NULL, NULL);
