-- Without the table of bodies, and the column of the site.
CREATE TABLE cfurl_cache_response(entry_ID INTEGER PRIMARY KEY, version INTEGER, hash_value INTEGER, storage_policy INTEGER,
  request_key TEXT UNIQUE, time_stamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO cfurl_cache_response VALUES (1, 0, 0, 0, 'https://www.example.org/', '2020-01-06 10:40:00');
