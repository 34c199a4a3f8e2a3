-- The fewest columns and tables that make a store.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, title TEXT, url TEXT);
INSERT INTO bookmarks VALUES (1, 'Example', 'https://www.example.org/');
