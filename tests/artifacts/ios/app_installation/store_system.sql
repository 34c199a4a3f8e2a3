CREATE TABLE app_install (pid INTEGER, account_id INTEGER, apple_id TEXT, artwork_url URL, automatic_type INTEGER,
  bundle_id TEXT, bundle_name TEXT, bundle_url URL, bundle_version TEXT, cancel_download_url URL,
  companion_bundle_id TEXT, client_id TEXT, download_path TEXT, evid INTEGER, item_id INTEGER,
  last_start_date DATETIME, optimal_download_start INTEGER, phase INTEGER, policy JSON, placeholder_path TEXT,
  receipt BLOB, redownload INTEGER, source_type INTEGER, store_cohort TEXT, store_metadata BLOB, timestamp DATETIME,
  transaction_id TEXT, update_type INTEGER, vendor_name TEXT, priority INTEGER, PRIMARY KEY (pid));
CREATE TABLE app_package (pid INTEGER, bytes_total INTEGER, clear_hash_array JSON, disk_usage INTEGER, dp_info BLOB,
  hash_array JSON, odr_manifest_url URL, package_type INTEGER, package_url URL, parent_id UUID,
  provisioning_profiles JSON, sinf BLOB, timestamp DATETIME, variant_id TEXT, PRIMARY KEY (pid));
CREATE TABLE app_updates (pid INTEGER, bundle_id TEXT, current_version_release_date DATETIME, install_date DATETIME,
  is_offloaded INTEGER, is_profile_validated INTEGER, metrics_data JSON, release_date DATETIME, store_item_data JSON,
  store_item_id INTEGER, store_software_version_id INTEGER, timestamp DATETIME, update_state INTEGER,
  UNIQUE (bundle_id), PRIMARY KEY (pid));
CREATE TABLE beta_app_info (pid INTEGER PRIMARY KEY, bundle_id TEXT, bundle_version TEXT, email TEXT,
  expiration_date DATETIME, last_seen_date DATETIME);
CREATE TABLE odr_manifest (pid INTEGER PRIMARY KEY, bundle_id TEXT, version TEXT);
CREATE TABLE schema_version (schema_name TEXT, schema_version INTEGER, PRIMARY KEY (schema_name));
INSERT INTO app_install VALUES (-7, 100, 'person@example.org', 'https://icons.example.org/i.png', 0, 'org.example.app',
  'Example', 'file:///private/var/containers/Bundle/Application/U/Example.app/', '1.2', 'https://buy.example.org/c',
  'org.example.watch', 'com.apple.AppStore', '/private/var/mobile/d', 9, 8, 634017907.25, 634017908, 10,
  CAST('{"a":1}' AS BLOB), '/private/var/mobile/p', X'3082', 1, 0, '10|x', bplist('{"$archiver": "NSKeyedArchiver",
  "$version": 100000, "$top": {"root": {"$uid": 1}}, "$objects": ["$null", {"NS.keys": [{"$uid": 2}],
  "NS.objects": [{"$uid": 3}], "$class": {"$uid": 4}}, "referrerURL", "https://attack.test/r",
  {"$classname": "NSDictionary", "$classes": ["NSDictionary", "NSObject"]}]}'), 634017906, 'T', 1, 'Vendor', -2);
INSERT INTO app_install (pid, bundle_id, timestamp, last_start_date, store_metadata, redownload)
  VALUES (8, CAST(X'ff' AS TEXT), 'x', 0, X'00', 2);
INSERT INTO app_package VALUES (1, 10, '["h"]', 20, X'0102', CAST('["g"]' AS BLOB), 'https://odr.example.org/', 0,
  'https://packages.example.org/a.ipa', -7, '[]', X'00', 634017906, 'v');
INSERT INTO app_updates VALUES (1, 'org.example.app', 634017906, 634017907.5, 0, 1, '{"d":1}', 634017908,
  '{"name":"Example"}', 8, 9, 634017909, 4);
INSERT INTO beta_app_info VALUES (1, 'org.example.beta', '3', 'beta@example.org', 634017906, NULL);
INSERT INTO odr_manifest VALUES (1, 'org.example.game', '2');
INSERT INTO schema_version VALUES ('app_installs', 16100);
