-- Only what the oldest tables have.
CREATE TABLE urls(id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER, typed_count INTEGER,
  last_visit_time INTEGER, hidden INTEGER, favicon_id INTEGER DEFAULT 0);
CREATE TABLE visits(id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, from_visit INTEGER, transition INTEGER);
INSERT INTO urls VALUES (1, 'https://www.example.org/', NULL, NULL, NULL, NULL, NULL, 3);
INSERT INTO visits VALUES (1, 1, 13222780800000000, NULL, NULL);
