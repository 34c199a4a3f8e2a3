-- No metadata and no sources; the columns of the time it was stored are not there.
CREATE TABLE ZOBJECT (Z_PK INTEGER PRIMARY KEY, ZSTARTDATE TIMESTAMP, ZSTREAMNAME VARCHAR, ZVALUESTRING VARCHAR);
INSERT INTO ZOBJECT VALUES (1, 600000000, '/app/usage', 'two words');
