-- iOS 12 and 13: an answer and a time. The second answer is neither 0 nor 1.
CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, allowed INTEGER NOT NULL,
  prompt_count INTEGER NOT NULL, csreq BLOB, policy_id INTEGER, indirect_object_identifier TEXT, flags INTEGER,
  last_modified INTEGER NOT NULL, PRIMARY KEY (service, client, client_type, indirect_object_identifier));
INSERT INTO access VALUES ('kTCCServicePhotos', '/usr/libexec/exampled', 1, 0, 2, X'fade', NULL, 'UNUSED', 0, 1577836800);
INSERT INTO access VALUES ('kTCCServiceCamera', 'org.example.app', 0, 5, 1, NULL, NULL, 'UNUSED', NULL, 1577836801);
