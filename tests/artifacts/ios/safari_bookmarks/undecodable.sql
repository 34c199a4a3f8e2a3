-- Attributes with a text and with keys that are no UTF-8.
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, title TEXT, extra_attributes BLOB);
INSERT INTO bookmarks VALUES (1, 'Example', CAST('<?xml version="1.0"?><plist version="1.0"><dict><key>com.apple.ReadingList</key><dict>
  <key>PreviewText</key><string>a' || X'ff' || '</string><key>b' || X'ff' || '</key><string>x</string></dict></dict></plist>' AS BLOB));
