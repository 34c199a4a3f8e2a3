-- A page without encryption redirects to another site; one visit has no address any more, one no time that can be read.
CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, domain_expansion TEXT,
  visit_count INTEGER NOT NULL, status_code INTEGER);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER, visit_time REAL, title TEXT,
  load_successful BOOLEAN, http_non_get BOOLEAN, synthesized BOOLEAN, redirect_source INTEGER,
  redirect_destination INTEGER, origin INTEGER, generation INTEGER, attributes INTEGER);
CREATE TABLE history_tombstones (id INTEGER PRIMARY KEY AUTOINCREMENT, start_time REAL, end_time REAL, url TEXT,
  generation INTEGER);
INSERT INTO history_items VALUES (1, 'http://news.example.org/', 'news.example', 3, NULL);
INSERT INTO history_items VALUES (2, 'https://a1b2c3.get.attack.test:30495/szev4hz', NULL, 1, 200);
INSERT INTO history_visits VALUES (1, 1, 585510152.0, 'News', 1, 0, 0, NULL, 2, 0, 7, NULL);
INSERT INTO history_visits VALUES (2, 2, 585510152.475, NULL, 0, 0, 0, 1, NULL, 0, 7, NULL);
INSERT INTO history_visits VALUES (3, 99, 585510200, '', 1, 1, 1, NULL, NULL, 1, 0, 4);
INSERT INTO history_visits VALUES (4, 1, 1e300, NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO history_tombstones VALUES (5, 585510000.5, 585520000.0, NULL, 8);
INSERT INTO history_tombstones VALUES (6, 585510000.0, 585510001.0, 'https://attack.test/', 8);
