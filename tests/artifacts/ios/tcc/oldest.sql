-- Before iOS 12: no time at all.
CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, allowed INTEGER NOT NULL,
  prompt_count INTEGER NOT NULL, csreq BLOB, PRIMARY KEY (service, client, client_type));
INSERT INTO access VALUES ('kTCCServiceMicrophone', 'org.example.app', 0, 1, 1, NULL);
