CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT NOT NULL, lastSeen REAL NOT NULL,
  hadUserInteraction INTEGER NOT NULL);
INSERT INTO ObservedDomains VALUES (1, 'example.org', 1578268800, 1);
