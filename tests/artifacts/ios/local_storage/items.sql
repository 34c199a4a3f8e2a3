-- A value, an empty one, one that is packed (half a character), one of odd length, one that is text, one without a key.
CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB NOT NULL ON CONFLICT FAIL);
INSERT INTO ItemTable VALUES ('greeting', x'680069003dd800de');
INSERT INTO ItemTable VALUES ('empty', x'');
INSERT INTO ItemTable VALUES ('packed', x'3dd86100');
INSERT INTO ItemTable VALUES ('odd', x'610062');
INSERT INTO ItemTable VALUES ('https://attack.test/', 'text');
INSERT INTO ItemTable VALUES (NULL, x'6100');
INSERT INTO ItemTable VALUES (CAST(x'ff' AS TEXT), x'6200');
