-- The same card with two numbers, a card without a number, one without anything, one whose values are numbers, one
-- whose number is no UTF-8.
CREATE TABLE subscriber_info (ROWID INTEGER PRIMARY KEY, subscriber_id TEXT, subscriber_mdn TEXT, tag INTEGER,
  last_update_time REAL, slot_id INTEGER);
INSERT INTO subscriber_info VALUES (1, '8900000000000000001', '+15550100', 1, 600000000.25, 1);
INSERT INTO subscriber_info VALUES (2, '8900000000000000001', '+15550101', 1, 600000300, 1);
INSERT INTO subscriber_info VALUES (3, '8900000000000000002', NULL, NULL, 0, 2);
INSERT INTO subscriber_info VALUES (4, NULL, NULL, NULL, NULL, NULL);
INSERT INTO subscriber_info VALUES (6, '8900000000000000003', CAST(X'35ff' AS TEXT), NULL, 'lately', NULL);
