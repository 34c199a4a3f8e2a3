CREATE TABLE download (pid INTEGER, artist_name TEXT, bundle_id TEXT, bundle_version TEXT, cancel_url TEXT,
  client_id TEXT, download_permalink TEXT, is_automatic INTEGER, is_from_store INTEGER, is_private INTEGER, kind TEXT,
  podcast_feed_url TEXT, ref_app TEXT, ref_url TEXT, store_account_id INTEGER, store_account_name TEXT,
  store_item_id INTEGER, store_purchase_date INTEGER, store_url TEXT, thumbnail_url TEXT, timestamp INTEGER,
  title TEXT, priority INTEGER, PRIMARY KEY (pid));
CREATE TABLE asset (pid INTEGER, download_id INTEGER, asset_type TEXT, bytes_total INTEGER, url TEXT, local_path TEXT,
  destination_url TEXT, is_external INTEGER, sinfs_data BLOB, PRIMARY KEY (pid));
CREATE TABLE client (pid INTEGER, client_type INTEGER, client_id TEXT NOT NULL, PRIMARY KEY (pid));
CREATE TABLE persistent_manager (pid INTEGER, client_id TEXT, PRIMARY KEY (pid));
CREATE TABLE finished_download (pid INTEGER, finish_url TEXT, store_account_id INTEGER, store_item_id INTEGER,
  store_transaction_id TEXT, PRIMARY KEY (pid));
CREATE TABLE application_id (effective_client_id INTEGER, bundle_id TEXT NOT NULL, UNIQUE (bundle_id));
CREATE TABLE application_workspace_state (pid INTEGER, bundle_id TEXT, download_id INTEGER, expected_phase TEXT,
  time_updated INTEGER, PRIMARY KEY (pid));
CREATE TABLE trnsaction (pid INTEGER, bundle_id TEXT, type INTEGER, PRIMARY KEY (pid));
CREATE TABLE purchase (pid INTEGER, encoded_data BLOB, PRIMARY KEY (pid));
INSERT INTO download VALUES (1, 'Vendor', 'org.example.app', '2', 'https://buy.example.org/c', 'com.apple.AppStore',
  'https://example.org/p', 0, 1, 0, 'software', 'https://feed.example.org/', 'org.example.browser',
  'https://attack.test/ref', 100, 'person@example.org', 8, 1612325107, 'https://apps.example.org/8',
  'https://icons.example.org/t', 1612325106, 'Example', 5);
INSERT INTO download (pid, timestamp, is_from_store, bundle_id) VALUES (2, 'x', 7, CAST(X'ff' AS TEXT));
INSERT INTO asset VALUES (1, 1, 'media', 10, 'https://packages.example.org/a.ipa', '/private/var/mobile/Media/a',
  'file:///private/var/mobile/b', 1, X'0102'), (2, 99, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO client VALUES (1, 0, 'com.apple.AppStore');
INSERT INTO persistent_manager VALUES (1, 'org.example.app');
INSERT INTO finished_download VALUES (1, 'https://buy.example.org/done', 100, 8, 'T');
INSERT INTO application_id VALUES (5, 'org.example.app');
INSERT INTO application_workspace_state VALUES (1, 'org.example.app', 1, 'installed', 1612325106);
INSERT INTO trnsaction VALUES (1, 'org.example.app', 2);
INSERT INTO purchase VALUES (1, bplist('{"account": "person@example.org"}'));
