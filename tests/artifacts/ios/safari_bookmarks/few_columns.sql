-- A store without attributes and without facts about the synchronisation.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, parent INTEGER, title TEXT, url TEXT);
INSERT INTO bookmarks VALUES (1, NULL, 'Example', 'https://www.example.org/'), (2, 9, NULL, NULL);
