CREATE TABLE current_apps (pid INTEGER, bundle_id TEXT, bundle_version TEXT, deletion_date DATETIME,
  event_type INTEGER, is_beta INTEGER, is_clip INTEGER, is_system_app INTEGER, item_id INTEGER, item_name TEXT,
  short_version TEXT, timestamp DATETIME, vendor_name TEXT, PRIMARY KEY (pid));
CREATE TABLE current_apps_crossfire (pid INTEGER PRIMARY KEY, bundle_id TEXT, timestamp DATETIME);
CREATE TABLE purchase_history_apps (pid INTEGER PRIMARY KEY, bundle_id TEXT, date_purchased DATETIME,
  developer_name TEXT, hidden INTEGER, hidden_from_springboard INTEGER, long_title TEXT, product_url URL,
  purchaser_dsid INTEGER, store_item_id INTEGER, title TEXT, circular TEXT);
CREATE TABLE account_events (pid INTEGER PRIMARY KEY, account_id INTEGER, apple_id TEXT, event_type INTEGER,
  timestamp DATETIME);
CREATE TABLE app_events (bundle_id TEXT, timestamp DATETIME, payload BLOB);
CREATE TABLE notes (text TEXT);
INSERT INTO current_apps VALUES (1, 'org.example.gone', '5', 634017907, 2, 0, 0, 0, 8, 'Gone', '1.0', 634017906, 'V');
INSERT INTO current_apps_crossfire VALUES (1, 'org.example.app', NULL);
INSERT INTO purchase_history_apps VALUES (1, 'org.example.app', 634017906, 'Dev', 0, 1, 'Example app',
  'https://apps.example.org/1', 100, 8, 'Example', NULL);
INSERT INTO account_events VALUES (1, 100, 'person@example.org', 3, 634017906.5);
INSERT INTO app_events VALUES ('org.example.app', 634017906, X'01'), (NULL, NULL, NULL);
INSERT INTO notes VALUES ('of other@example.org'), (NULL);
