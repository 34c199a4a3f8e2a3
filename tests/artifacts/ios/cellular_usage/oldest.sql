-- A single slot, columns without a type, numbers stored as integers.
CREATE TABLE subscriber_info (subscriber_id, subscriber_mdn, last_update_time);
INSERT INTO subscriber_info VALUES (8900000000000000001, 15550100, 600000000);
