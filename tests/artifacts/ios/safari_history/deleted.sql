-- An address that was deleted between two that are kept: a free block, and its number is lost. All visits were deleted
-- at once: their page holds nothing but unused space, and they are whole.
PRAGMA secure_delete = 0;
CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT NOT NULL, domain_expansion TEXT,
  visit_count INTEGER NOT NULL, status_code INTEGER);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL, title TEXT,
  load_successful BOOLEAN, http_non_get BOOLEAN, synthesized BOOLEAN, redirect_source INTEGER,
  redirect_destination INTEGER, origin INTEGER, generation INTEGER, attributes INTEGER);
INSERT INTO history_items VALUES (1, 'http://news.example.org/', 'news.example', 3, NULL);
INSERT INTO history_items VALUES (2, 'https://a1b2c3.get.attack.test:30495/szev4hz', NULL, 1, 200);
INSERT INTO history_items VALUES (3, 'https://kept.example.org/', NULL, 1, NULL);
INSERT INTO history_visits VALUES (1, 1, 585510152.5, 'News', 1, 0, 0, NULL, 2, 0, 7, NULL);
INSERT INTO history_visits VALUES (2, 2, 585510152.75, NULL, 0, 0, 0, 1, NULL, 0, 7, NULL);
DELETE FROM history_items WHERE id = 2;
DELETE FROM history_visits;
