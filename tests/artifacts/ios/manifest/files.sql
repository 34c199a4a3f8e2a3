-- A file with all its attributes, a folder, a link, a row without attributes, one whose attributes are broken, one whose
-- path is invalid UTF-8 and whose size is a text, one whose attributes are text, and invalid UTF-8 at that; then one with
-- extended attributes, unknown ones and another path in its attributes, and one whose extended attributes are damaged.
CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB, newest TEXT);
CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('3d0d7e5fb2ce288813306e4d4636395e047a3d28', 'HomeDomain', 'Library/SMS/sms.db', 1,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"LastModified": 1610659523, "Flags": 0, "GroupID": 501, "$class": {"$uid": 6}, "LastStatusChange": 1610659524,
     "RelativePath": {"$uid": 2}, "Birth": 1610659522, "EncryptionKey": {"$uid": 3}, "Size": 28672, "Mode": 33188,
     "UserID": 501, "InodeNumber": 55569, "ProtectionClass": 3, "Digest": {"$uid": 5}},
    "Library/SMS/sms.db", {"NS.data": {"$data": "03000000aaaa"}, "$class": {"$uid": 4}},
    {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]},
    {"$data": "000102030405060708090a0b0c0d0e0f10111213"},
    {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('865e565f7ee3b2842ce05bf30d5cbc3d68352edd', 'AppDomain-org.example.app', '', 2,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"LastModified": 1610674669, "Flags": 0, "GroupID": 501, "$class": {"$uid": 3}, "LastStatusChange": 1610674669,
     "RelativePath": {"$uid": 2}, "Birth": 0, "Size": 0, "InodeNumber": 184673, "Mode": 16877, "UserID": 501,
     "ProtectionClass": 0}, "", {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('b61844dd930352ebc9be6ed807e26325cc92625d', 'AppDomain-org.example.app', 'Library/link', 4,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"LastModified": 1621536228, "Target": {"$uid": 3}, "$class": {"$uid": 4}, "RelativePath": {"$uid": 2},
     "Mode": 41453, "Size": 0}, "Library/link", "/var/mobile/Library/Example",
    {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('0000000000000000000000000000000000000000', 'RootDomain', 'Library/Example', 1, NULL);
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('1111111111111111111111111111111111111111', 'RootDomain', 'Library/Broken', 1, X'62706c697374');
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('2222222222222222222222222222222222222222', 'RootDomain', CAST(X'4cff' AS TEXT), 1,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"Size": {"$uid": 2}, "$class": {"$uid": 3}}, "large", {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('3333333333333333333333333333333333333333', 'RootDomain', 'Library/Text', 1, CAST(X'62ff' AS TEXT));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('4444444444444444444444444444444444444444', 'RootDomain', 'Library/Extended', 1,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"Size": 5, "RelativePath": {"$uid": 2}, "ExtendedAttributes": {"$uid": 3}, "Cloned": 1, "Odd": {"$uid": 5},
     "$class": {"$uid": 6}}, "Library/Other", {"NS.data": {"$bplist": {"org.example.mark": {"$data": "6f6e"}}}, "$class": {"$uid": 4}},
    {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]}, ["a"],
    {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES ('5555555555555555555555555555555555555555', 'RootDomain', 'Library/Damaged', 1,
  bplist('{"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": {"$uid": 1}}, "$objects": ["$null",
    {"ExtendedAttributes": {"$uid": 2}, "$class": {"$uid": 3}}, {"$data": "00ff"},
    {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]}'));
INSERT INTO Properties VALUES ('iTunesVersion', 'x'), ('salt', X'0102'), ('passwordHash', X'030405'), ('Number', 7),
  ('Bytes', X'00ff');
UPDATE Files SET newest = 'seen' WHERE fileID LIKE '555%';
