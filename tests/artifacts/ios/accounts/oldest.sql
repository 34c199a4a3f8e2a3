-- One table with few columns; the rest of the store is not there.
CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY, ZDATE TIMESTAMP, ZUSERNAME VARCHAR);
INSERT INTO ZACCOUNT VALUES (1, 634017906, 'person@example.org'), (2, NULL, NULL);
