-- Attributes with a text and a key that are no UTF-8.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, title TEXT, extra_attributes BLOB);
INSERT INTO bookmarks VALUES (1, 'Example', CAST('<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><string>a' || X'ff' || '</string><key>b' || X'ff' || '</key><string>x</string></dict></plist>' AS BLOB));
