-- A domain that was used, a third party, one without times, an odd one; each kind of relation, one to a domain that is gone.
CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT NOT NULL UNIQUE ON CONFLICT FAIL,
  lastSeen REAL NOT NULL, hadUserInteraction INTEGER NOT NULL, mostRecentUserInteractionTime REAL NOT NULL,
  grandfathered INTEGER NOT NULL, isPrevalent INTEGER NOT NULL, isVeryPrevalent INTEGER NOT NULL,
  dataRecordsRemoved INTEGER NOT NULL, timesAccessedAsFirstPartyDueToUserInteraction INTEGER NOT NULL,
  isScheduledForAllButCookieDataRemoval INTEGER NOT NULL, mostRecentWebPushInteractionTime REAL NOT NULL);
CREATE TABLE TopLevelDomains (topLevelDomainID INTEGER PRIMARY KEY);
CREATE TABLE StorageAccessUnderTopFrameDomains (domainID INTEGER NOT NULL, topLevelDomainID INTEGER NOT NULL);
CREATE TABLE TopFrameUniqueRedirectsTo (sourceDomainID INTEGER NOT NULL, toDomainID INTEGER NOT NULL);
CREATE TABLE TopFrameUniqueRedirectsToSinceSameSiteStrictEnforcement (sourceDomainID INTEGER NOT NULL, toDomainID INTEGER NOT NULL);
CREATE TABLE TopFrameUniqueRedirectsFrom (targetDomainID INTEGER NOT NULL, fromDomainID INTEGER NOT NULL);
CREATE TABLE TopFrameLinkDecorationsFrom (toDomainID INTEGER NOT NULL, lastUpdated REAL NOT NULL, fromDomainID INTEGER NOT NULL);
CREATE TABLE TopFrameLoadedThirdPartyScripts (topFrameDomainID INTEGER NOT NULL, subresourceDomainID INTEGER NOT NULL);
CREATE TABLE SubframeUnderTopFrameDomains (subFrameDomainID INTEGER NOT NULL, lastUpdated REAL NOT NULL, topFrameDomainID INTEGER NOT NULL);
CREATE TABLE SubresourceUnderTopFrameDomains (subresourceDomainID INTEGER NOT NULL, lastUpdated REAL NOT NULL, topFrameDomainID INTEGER NOT NULL);
CREATE TABLE SubresourceUniqueRedirectsTo (subresourceDomainID INTEGER NOT NULL, lastUpdated REAL NOT NULL, toDomainID INTEGER NOT NULL);
CREATE TABLE SubresourceUniqueRedirectsFrom (subresourceDomainID INTEGER NOT NULL, fromDomainID INTEGER NOT NULL);
INSERT INTO ObservedDomains VALUES (1, 'example.org', 1578268800, 1, 1578307200.5, 0, 0, 0, 2, 4, 0, 1578307260);
INSERT INTO ObservedDomains VALUES (2, 'attack.test', 1578268800, 0, -1, 0, 1, 0, 0, 0, 1, -1);
INSERT INTO ObservedDomains VALUES (3, 'never.test', -1, 0, 0, 1, 0, 1, 0, 0, 0, -1);
INSERT INTO ObservedDomains VALUES (4, CAST(x'ff' AS TEXT), 'then', 5, -1, 0, 0, 0, 0, 0, 0, -1);
INSERT INTO TopLevelDomains VALUES (1);
INSERT INTO StorageAccessUnderTopFrameDomains VALUES (2, 1);
INSERT INTO TopFrameUniqueRedirectsTo VALUES (1, 2);
INSERT INTO TopFrameUniqueRedirectsToSinceSameSiteStrictEnforcement VALUES (1, 99);
INSERT INTO TopFrameUniqueRedirectsFrom VALUES (2, 1);
INSERT INTO TopFrameLinkDecorationsFrom VALUES (1, 1578268800, 2);
INSERT INTO TopFrameLoadedThirdPartyScripts VALUES (1, 2);
INSERT INTO SubframeUnderTopFrameDomains VALUES (2, 1578268800, 1);
INSERT INTO SubresourceUnderTopFrameDomains VALUES (2, 1578268801.5, 1);
INSERT INTO SubresourceUniqueRedirectsTo VALUES (2, 1578268800, 3);
INSERT INTO SubresourceUniqueRedirectsFrom VALUES (3, 2);
