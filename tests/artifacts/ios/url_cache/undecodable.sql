-- Header fields with a value and a name that are no UTF-8.
CREATE TABLE cfurl_cache_response(entry_ID INTEGER PRIMARY KEY, request_key TEXT);
CREATE TABLE cfurl_cache_blob_data(entry_ID INTEGER PRIMARY KEY, response_object BLOB);
INSERT INTO cfurl_cache_blob_data VALUES (1, CAST('<?xml version="1.0"?><plist version="1.0"><dict><key>Array</key><array><dict><key>_CFURLString</key>
  <string>https://www.example.org/</string></dict><real>600000000</real><integer>0</integer><integer>200</integer>
  <dict><key>Server</key><string>s' || X'ff' || '</string><key>Age</key><string>1</string><key>k' || X'ff' || '</key><string>v</string></dict></array></dict></plist>' AS BLOB));
