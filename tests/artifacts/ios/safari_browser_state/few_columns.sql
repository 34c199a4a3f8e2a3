-- A store without windows and without the states of tabs.
CREATE TABLE tabs (id INTEGER PRIMARY KEY, url TEXT);
INSERT INTO tabs VALUES (1, 'https://www.example.org/'), (2, NULL);
