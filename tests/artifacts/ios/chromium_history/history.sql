-- A typed address, a redirect to another, a visit without an address, one of another device, downloads, a search.
CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER DEFAULT 0 NOT NULL,
  typed_count INTEGER DEFAULT 0 NOT NULL, last_visit_time INTEGER NOT NULL, hidden INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER NOT NULL, visit_time INTEGER NOT NULL, from_visit INTEGER,
  external_referrer_url TEXT, transition INTEGER DEFAULT 0 NOT NULL, segment_id INTEGER, visit_duration INTEGER DEFAULT 0 NOT NULL,
  opener_visit INTEGER, originator_cache_guid TEXT, app_id TEXT);
CREATE TABLE visit_source(id INTEGER PRIMARY KEY, source INTEGER NOT NULL);
CREATE TABLE downloads(id INTEGER PRIMARY KEY, guid VARCHAR NOT NULL, current_path LONGVARCHAR NOT NULL,
  target_path LONGVARCHAR NOT NULL, start_time INTEGER NOT NULL, received_bytes INTEGER NOT NULL, total_bytes INTEGER NOT NULL,
  state INTEGER NOT NULL, danger_type INTEGER NOT NULL, interrupt_reason INTEGER NOT NULL, hash BLOB NOT NULL,
  end_time INTEGER NOT NULL, opened INTEGER NOT NULL, referrer VARCHAR NOT NULL, site_url VARCHAR NOT NULL,
  tab_url VARCHAR NOT NULL, tab_referrer_url VARCHAR NOT NULL, mime_type VARCHAR(255) NOT NULL);
CREATE TABLE downloads_url_chains(id INTEGER NOT NULL, chain_index INTEGER NOT NULL, url LONGVARCHAR NOT NULL,
  PRIMARY KEY (id, chain_index));
CREATE TABLE keyword_search_terms(keyword_id INTEGER NOT NULL, url_id INTEGER NOT NULL, term LONGVARCHAR NOT NULL,
  normalized_term LONGVARCHAR NOT NULL);
INSERT INTO urls VALUES (1, 'http://news.example.org/', 'News', 1, 1, 13222780800000000, 0);
INSERT INTO urls VALUES (2, 'https://attack.test:30495/x', '', 1, 0, 0, 1);
INSERT INTO urls VALUES (3, CAST(x'ff' AS TEXT), NULL, 0, 0, 13222780800000000, 7);
INSERT INTO visits VALUES (1, 1, 13222780800000000, 0, '', 805306369, 0, 1500000, 0, '', NULL);
INSERT INTO visits VALUES (2, 2, 13222780800250000, 1, 'https://app.example.org/', -1610612736, NULL, 0, 1, 'other-device', 'org.example.app');
INSERT INTO visits VALUES (3, 99, 'then', NULL, NULL, 8, NULL, 0, NULL, NULL, NULL);
INSERT INTO visit_source VALUES (2, 0);
INSERT INTO downloads VALUES (1, 'G-1', '/tmp/a.part', '/tmp/a.pdf', 13222780800000000, 10, 20, 1, 0, 0,
  x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 13222780801000000, 1, 'https://r.example.org/',
  'https://s.example.org/', 'https://t.example.org/', '', 'application/pdf');
INSERT INTO downloads VALUES (2, 'G-2', '', '', 13222780800000000, 0, 0, 4, 9, 40, x'', 0, 0, '', '', '', '', '');
INSERT INTO downloads VALUES (3, 'G-3', '', '', 0, 0, 0, 4, 9, 40, x'0001', 0, 0, '', '', '', '', '');
INSERT INTO downloads_url_chains VALUES (1, 0, 'https://short.test/1');
INSERT INTO downloads_url_chains VALUES (1, 1, 'https://attack.test/a.pdf');
INSERT INTO keyword_search_terms VALUES (2, 1, 'What is Example', 'what is example');
