-- A property whose name, one whose value and one whose value inside a list is no UTF-8; a kind of account likewise.
CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY);
CREATE TABLE ZACCOUNTPROPERTY (Z_PK INTEGER PRIMARY KEY, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB);
CREATE TABLE ZACCOUNTTYPE (Z_PK INTEGER PRIMARY KEY, ZIDENTIFIER VARCHAR);
INSERT INTO ZACCOUNTPROPERTY VALUES (1, 1, CAST(X'6bff' AS TEXT), 'v');
INSERT INTO ZACCOUNTPROPERTY VALUES (2, 1, 'name',
  CAST('<plist version="1.0"><string>a' || CAST(X'ff' AS TEXT) || '</string></plist>' AS BLOB));
INSERT INTO ZACCOUNTPROPERTY VALUES (3, 1, 'list',
  CAST('<plist version="1.0"><array><string>person@example.org</string><string>' || CAST(X'ff' AS TEXT) || '</string></array></plist>' AS BLOB));
INSERT INTO ZACCOUNTTYPE VALUES (9, CAST(X'63ff' AS TEXT));
