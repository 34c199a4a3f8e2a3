-- A name and a use that are no UTF-8: it must not look as if it were trusted for everything.
CREATE TABLE tsettings (sha1 BLOB NOT NULL DEFAULT '', subj BLOB NOT NULL DEFAULT '', tset BLOB, data BLOB, PRIMARY KEY (sha1));
INSERT INTO tsettings VALUES (X'01', X'310a300806035504030c01ff', CAST('<?xml version="1.0"?><plist version="1.0"><array>
<dict><key>kSecTrustSettingsPolicyName</key><string>s' || X'ff' || '</string></dict></array></plist>' AS BLOB), NULL);
