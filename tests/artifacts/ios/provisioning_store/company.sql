-- A company's profile with one developer, a team that was trusted, one profile that cannot be read, one NULL.
CREATE TABLE profiles (uuid TEXT, team_id TEXT, install_time INTEGER, name TEXT, expires INTEGER, is_for_all_devices INTEGER,
  is_apple_internal INTEGER, is_local INTEGER, is_beta INTEGER, cms_blob BLOB, is_der INTEGER);
CREATE TABLE trusted_team_ids (team_id TEXT, signature BLOB);
CREATE TABLE team_id_info (team_id TEXT, team_name TEXT);
CREATE TABLE online_auth (uuid TEXT, cdhash BLOB, grace_period INTEGER, is_rejected INTEGER, is_rejected_by_whole_profile INTEGER);
INSERT INTO profiles VALUES ('0A1B2C3D-0000-4000-8000-000000000001', 'EXAMPLE123', 1612325106, 'Example Enterprise', 1643861106, 1, 0, 0, 0,
  CAST('0<?xml version="1.0"?><plist version="1.0"><dict><key>TeamName</key><string>Example SRL</string><key>DeveloperCertificates</key><array><data>MIGKMHmgAwIBAgIBBzAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxFeGFtcGxlIFJvb3QwHhcNMjEwMjAzMDQwNTA2WhcNMzEwMjAzMDQwNTA2WjAZMRcwFQYDVQQDDA5FeGFtcGxlIFNpZ25lcjAPMAoGCCqGSM49BAMCAwEAMAoGCCqGSM49BAMCAwEA</data></array></dict></plist>' AS BLOB), 0);
INSERT INTO profiles VALUES ('0A1B2C3D-0000-4000-8000-000000000002', CAST(X'ff41' AS TEXT), NULL, NULL, NULL, 5, NULL, 1, NULL, X'3003020100', NULL);
INSERT INTO profiles VALUES (NULL, NULL, NULL, 'gone', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO trusted_team_ids VALUES ('EXAMPLE123', X'00ff');
INSERT INTO team_id_info VALUES ('EXAMPLE123', 'Example SRL');
INSERT INTO online_auth VALUES ('0A1B2C3D-0000-4000-8000-000000000009', X'abcd', 60, 1, 0);
