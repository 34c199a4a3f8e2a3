CREATE TABLE incoming_message (ROWID INTEGER PRIMARY KEY, guid TEXT, from_id TEXT, topic TEXT, date REAL,
  identity BLOB, top_level_message BLOB);
CREATE TABLE outgoing_message (ROWID INTEGER PRIMARY KEY, guid TEXT, destinations BLOB, queue_one_identifier TEXT,
  date REAL);
CREATE TABLE firewall_record (record_id INTEGER PRIMARY KEY, handle TEXT, service TEXT, last_seen_date INTEGER,
  last_modified_date REAL);
CREATE TABLE persistent_map (ROWID INTEGER PRIMARY KEY, uri TEXT, note BLOB);
INSERT INTO incoming_message VALUES (1, 'G', 'mailto:attacker@example.org', 'com.apple.madrid', 634017906.5, X'0102',
  bplist('{"sP": "mailto:attacker@example.org", "tP": "tel:+15550100"}'));
INSERT INTO incoming_message VALUES (2, NULL, CAST(X'ff' AS TEXT), NULL, 'x', NULL, NULL);
INSERT INTO outgoing_message VALUES (1, 'H', bplist('{"$archiver": "NSKeyedArchiver", "$version": 100000,
  "$top": {"root": {"$uid": 1}}, "$objects": ["$null", "mailto:b@example.org"]}'), 'com.apple.private.alloy', 0);
INSERT INTO firewall_record VALUES (7, 'tel:+15550103', 'com.apple.madrid', 1612325106, 634017907), (8, NULL, NULL, NULL, 'x');
INSERT INTO persistent_map VALUES (1, 'tel:+15550104', X'00'), (2, NULL, NULL), (3, 'no account', NULL);
