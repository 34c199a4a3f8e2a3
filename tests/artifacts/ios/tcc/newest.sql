-- The newest columns, and every other table. One client is no UTF-8, one program has no row in `access`.
CREATE TABLE admin (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL);
CREATE TABLE policies (id INTEGER NOT NULL PRIMARY KEY, bundle_id TEXT NOT NULL, uuid TEXT NOT NULL,
  display TEXT NOT NULL, UNIQUE (bundle_id, uuid));
CREATE TABLE active_policy (client TEXT NOT NULL, client_type INTEGER NOT NULL, policy_id INTEGER NOT NULL,
  PRIMARY KEY (client, client_type));
CREATE TABLE access_overrides (service TEXT NOT NULL PRIMARY KEY);
CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL,
  auth_value INTEGER NOT NULL, auth_reason INTEGER NOT NULL, auth_version INTEGER NOT NULL, csreq BLOB,
  policy_id INTEGER, indirect_object_identifier_type INTEGER,
  indirect_object_identifier TEXT NOT NULL DEFAULT 'UNUSED', indirect_object_code_identity BLOB, flags INTEGER,
  last_modified INTEGER NOT NULL, pid INTEGER, pid_version INTEGER, boot_uuid TEXT NOT NULL DEFAULT 'UNUSED',
  last_reminded INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (service, client, client_type, indirect_object_identifier));
INSERT INTO admin VALUES ('version', 30);
INSERT INTO policies VALUES (4, 'org.example.manager', '0A1B2C3D-0000-4000-8000-000000000001', 'Example');
INSERT INTO active_policy VALUES ('org.example.gone', 0, 4), ('/usr/libexec/exampled', 1, 9);
INSERT INTO access_overrides VALUES ('kTCCServiceAddressBook');
INSERT INTO access VALUES ('kTCCServiceAppleEvents', 'org.example.app', 0, 2, 3, 1, X'fade0c00', 4, 0,
  'org.example.other', X'00ff', 0, 1612325106, 77, 1, '0A1B2C3D-0000-4000-8000-000000000002', 1612325107);
INSERT INTO access VALUES ('kTCCServiceCamera', CAST(X'6f7267ff' AS TEXT), 0, 3, 2, 1, NULL, NULL, NULL, 'UNUSED', NULL, NULL,
  1612325108, NULL, NULL, 'UNUSED', 0);
INSERT INTO access VALUES ('kTCCServiceLiverpool', 'org.example.odd', 0, 2, 2, 1, 'text', NULL, NULL, 'UNUSED', NULL, NULL,
  'soon', NULL, NULL, 'UNUSED', -1);
