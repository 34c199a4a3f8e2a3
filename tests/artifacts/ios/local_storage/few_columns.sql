-- A store without values.
CREATE TABLE ItemTable (key TEXT);
INSERT INTO ItemTable VALUES ('greeting'), (NULL);
