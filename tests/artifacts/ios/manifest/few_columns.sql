-- A store without attributes; the same file twice.
CREATE TABLE Files (fileID TEXT, domain TEXT, relativePath TEXT);
INSERT INTO Files VALUES ('00', 'HomeDomain', 'a'), ('00', 'HomeDomain', 'a'), (NULL, NULL, NULL);
