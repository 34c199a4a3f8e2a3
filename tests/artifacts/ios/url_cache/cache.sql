-- An entry with its request and its answer, one whose answer is damaged, one with odd values, one that is only a request.
CREATE TABLE cfurl_cache_response(entry_ID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, version INTEGER, hash_value INTEGER,
  storage_policy INTEGER, request_key TEXT UNIQUE, time_stamp NOT NULL DEFAULT CURRENT_TIMESTAMP, partition TEXT);
CREATE TABLE cfurl_cache_blob_data(entry_ID INTEGER PRIMARY KEY, response_object BLOB, request_object BLOB, proto_props BLOB,
  user_info BLOB);
CREATE TABLE cfurl_cache_receiver_data(entry_ID INTEGER PRIMARY KEY, isDataOnFS INTEGER, receiver_data BLOB);
INSERT INTO cfurl_cache_response VALUES (1, 0, -7, 0,
  'https://x1.attack.test:37271/afAVt/stadium/pop2.html?key=501_4&n=7', '2020-01-06 10:40:00', 'example.org');
INSERT INTO cfurl_cache_response VALUES (2, 0, 1, 0, CAST(x'ff' AS TEXT), 'yesterday', NULL);
INSERT INTO cfurl_cache_response VALUES (3, NULL, NULL, NULL, 'https://www.example.org/', '2020-01-06 10:40:01', NULL);
INSERT INTO cfurl_cache_blob_data VALUES (1, bplist('{"Version": 1, "Array": [{"_CFURLStringType": 15, "_CFURLString":
  "https://x1.attack.test:37271/b"}, 600000000.25, 0, 200, {"Server": "nginx", "Set-Cookie": "id=secret",
  "__hhaa__": "YnBs", "Location": "https://next.attack.test/"}, 40, "text/html"]}'),
  bplist('{"Version": 9, "Array": [false, {"_CFURLStringType": 15, "_CFURLString":
  "https://x1.attack.test:37271/a"}, 60.0, 0, {"_CFURLStringType": 15, "_CFURLString": "https://doc.example.org/"}, true, 4,
  "__CFURLRequestNullTokenString__", 2, "POST", {"Accept": "*/*", "Authorization": "Bearer secret"}]}'),
  bplist('{"Accept-Encoding": "gzip"}'), NULL);
INSERT INTO cfurl_cache_blob_data VALUES (2, x'62706c697374', bplist('["list"]'), 'text', NULL);
INSERT INTO cfurl_cache_blob_data VALUES (3, bplist('{"Array": [7, "then", 0, "200", [], 0, 1]}'), NULL, NULL,
  bplist('{"a": {"$data": "00"}}'));
INSERT INTO cfurl_cache_blob_data VALUES (9, NULL, bplist('{"Array": []}'), NULL, NULL);
INSERT INTO cfurl_cache_receiver_data VALUES (1, 1, '0A1B2C3D-0000-4000-8000-00000000000A');
INSERT INTO cfurl_cache_receiver_data VALUES (2, 0, x'3c68746d6c3e');
INSERT INTO cfurl_cache_receiver_data VALUES (3, 0, 'body as text');
INSERT INTO cfurl_cache_receiver_data VALUES (9, 2, NULL);
