-- From iOS 14: a value and a reason. One client is a path though its type says otherwise, one permission expired.
CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL,
  auth_value INTEGER NOT NULL, auth_reason INTEGER NOT NULL, auth_version INTEGER NOT NULL, csreq BLOB,
  policy_id INTEGER, indirect_object_identifier TEXT NOT NULL DEFAULT 'UNUSED', flags INTEGER,
  last_modified INTEGER NOT NULL, PRIMARY KEY (service, client, client_type, indirect_object_identifier));
CREATE TABLE expired (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, csreq BLOB,
  last_modified INTEGER NOT NULL, expired_at INTEGER NOT NULL, PRIMARY KEY (service, client, client_type));
INSERT INTO access VALUES ('kTCCServiceMicrophone', '/private/var/db/example', 0, 2, 4, 1, NULL, NULL, 'UNUSED', NULL, 1612325106);
INSERT INTO access VALUES ('kTCCServiceCamera', 'org.example.app', 0, 0, 2, 1, NULL, 3, 'UNUSED', 0, 1612325107);
INSERT INTO expired VALUES ('kTCCServicePhotos', 'org.example.app', 0, NULL, 1600000000, 1612325108);
