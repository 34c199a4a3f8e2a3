-- The newest tables, with what the synchronisation needs; a title that is no UTF-8, a row twice, a column nobody knows.
CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, domain_expansion TEXT NULL,
  visit_count INTEGER NOT NULL, daily_visit_counts BLOB NOT NULL, weekly_visit_counts BLOB NULL,
  autocomplete_triggers BLOB NULL, should_recompute_derived_visit_counts INTEGER NOT NULL,
  visit_count_score INTEGER NOT NULL, status_code INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER NOT NULL, visit_time REAL NOT NULL,
  title TEXT NULL, load_successful BOOLEAN NOT NULL DEFAULT 1, http_non_get BOOLEAN NOT NULL DEFAULT 0,
  synthesized BOOLEAN NOT NULL DEFAULT 0, redirect_source INTEGER NULL UNIQUE, redirect_destination INTEGER NULL UNIQUE,
  origin INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 0, attributes INTEGER NOT NULL DEFAULT 0,
  score INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_tombstones (id INTEGER PRIMARY KEY AUTOINCREMENT, start_time REAL NOT NULL, end_time REAL NOT NULL,
  url TEXT, generation INTEGER NOT NULL DEFAULT 0, udid TEXT, attributes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_client_versions (client_version INTEGER PRIMARY KEY, last_seen REAL NOT NULL);
INSERT INTO history_items VALUES (1, 'https://www.example.org/', 'example', 2, x'64000000', NULL, NULL, 0, 100, 200);
INSERT INTO history_visits VALUES (1, 1, 600000000.25, CAST(x'ff41' AS TEXT), 1, 0, 0, NULL, NULL, 0, 3, 1, 100);
INSERT INTO history_visits VALUES (2, 1, 600000000.25, 'Example', 1, 0, 0, NULL, NULL, 1, 4, 0, 0);
INSERT INTO history_tombstones VALUES (1, 599990000, 600000001, NULL, 5, 'phone-1', 2);
INSERT INTO history_client_versions VALUES (15, 600000060);
