-- One app with its folders, one deletion, and what is odd: no property list, no value, an app without a row, bad UTF-8.
CREATE TABLE application_identifier_tab (id INTEGER PRIMARY KEY, application_identifier TEXT NOT NULL);
CREATE TABLE key_tab (id INTEGER PRIMARY KEY, key TEXT NOT NULL);
CREATE TABLE kvs (id INTEGER PRIMARY KEY, application_identifier INTEGER, key INTEGER, value BLOB);
INSERT INTO application_identifier_tab VALUES (1, 'org.example.app'), (2, CAST(X'6fff' AS TEXT));
INSERT INTO key_tab VALUES (1, 'compatibilityInfo'), (2, '_UninstallDate'), (3, 'SBApplicationShortcutItems');
INSERT INTO kvs VALUES (1, 1, 1, bplist('{"$bplist": {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}},
  "$objects": ["$null", {"$class": {"$uid": 5}, "bundleIdentifier": {"$uid": 2}, "bundlePath": {"$uid": 3}, "sandboxPath": {"$uid": 4}},
   "org.example.app", "/private/var/containers/Bundle/Application/0A1B/Example.app", "/private/var/mobile/Containers/Data/Application/0A1C",
   {"$classname": "XBApplicationLaunchCompatibilityInfo", "$classes": ["XBApplicationLaunchCompatibilityInfo", "NSObject"]}]}}'));
INSERT INTO kvs VALUES (2, 1, 2, bplist('{"$date": "2021-02-03T04:05:06"}'));
INSERT INTO kvs VALUES (3, 1, 3, bplist('[]')), (4, 9, 3, bplist('true')), (5, 1, 3, X'62706c6973743030'), (6, 1, NULL, NULL), (7, 1, 3, 'text'), (8, 'odd', 3, NULL);
