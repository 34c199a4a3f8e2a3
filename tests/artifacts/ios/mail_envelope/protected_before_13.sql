-- A Protected Index of iOS 12: the facts of each message as text.
CREATE TABLE messages (message_id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, _to TEXT, cc TEXT, bcc TEXT,
  summary TEXT);
INSERT INTO messages VALUES (5, 'Bank <sender@attack.test>', 'Invoice', 'me@example.org', NULL, 'b@example.org', 'Please');
