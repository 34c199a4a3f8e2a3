-- Events: with everything, with texts inside texts' lists, without a property list, with one that is none, with a list
-- in place of a dictionary, with a time that is none; a sample, a count, a note, the newest table.
CREATE TABLE hard_failures (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL, data BLOB);
CREATE TABLE soft_failures (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL, data BLOB);
CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL, data BLOB);
CREATE TABLE samples (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL, name STRING, value REAL);
CREATE TABLE success_count (event_type STRING PRIMARY KEY, success_count INTEGER, hard_failure_count INTEGER,
  soft_failure_count INTEGER);
CREATE TABLE rockwell (event_type STRING PRIMARY KEY, timestamp REAL, data BLOB);
INSERT INTO hard_failures VALUES (1, 1600000000.5, bplist('{"eventTime": 1599999999250, "eventType": "TLSFailure",
  "eventClass": 1, "build": "18C66", "product": "iPhone OS", "modelid": "iPhone9,3", "errorDomain": "NSOSStatusErrorDomain",
  "errorCode": -9806, "processName": "bh", "hostname": "beacon.example.org", "url": "https://beacon.example.org/a",
  "client": "org.example.app", "attempts": 3}'));
INSERT INTO hard_failures VALUES (2, 'later', bplist('{"errorChain": [{"d": "bh"}, {"d": "a text, with a comma"}]}'));
INSERT INTO hard_failures VALUES (3, 1600000001, NULL);
INSERT INTO hard_failures VALUES (4, NULL, X'626164');
INSERT INTO hard_failures VALUES (5, 1600000002, bplist('[1]'));
INSERT INTO soft_failures VALUES (1, 1600000003, bplist('{"build": 18, "eventType": "bh"}'));
INSERT INTO notes VALUES (1, 1600000004, bplist('{"eventClass": 3}'));
INSERT INTO notes VALUES (2, 1600000007, bplist('{"eventType": "trust", "server": "a.example.org", "u": "https://a.example.org/"}'));
INSERT INTO notes VALUES (3, 1600000008, bplist('{"eventType": "x", "tlsVersion": 4, "host": "b.example.org"}'));
INSERT INTO samples VALUES (1, 1600000005, 'keys', 1.5), (2, NULL, NULL, NULL);
INSERT INTO success_count VALUES ('TLSFailure', 10, 1, 0);
INSERT INTO rockwell VALUES ('daily', 1600000006, bplist('{"eventType": "daily"}'));
