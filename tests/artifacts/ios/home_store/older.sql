CREATE TABLE record (id INTEGER PRIMARY KEY, store_id INTEGER, data BLOB, note TEXT);
CREATE TABLE empty (a);
INSERT INTO record VALUES (1, 1, bplist('{"HM.users": [{"HM.userID": "stranger@example.org"}, {"tel:+15550100": {}}]}'), NULL);
INSERT INTO record VALUES (2, 1, X'120f622e63406578616d706c652e6f726700', 'a@example.org and b@example.org');
INSERT INTO record VALUES (3, NULL, X'62706c6973743030', 5), (4, NULL, NULL, CAST(X'ff' AS TEXT));
