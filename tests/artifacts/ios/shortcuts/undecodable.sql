-- Parameters and an identifier of actions that are no UTF-8, and data of an automation.
CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY);
CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZSHORTCUT INTEGER, ZDATA BLOB);
CREATE TABLE ZTRIGGER (Z_PK INTEGER PRIMARY KEY, ZDATA BLOB);
INSERT INTO ZSHORTCUTACTIONS VALUES (1, 7, CAST('<?xml version="1.0"?><plist version="1.0"><array><dict><key>WFWorkflowActionIdentifier</key><string>i' || X'ff' || '</string>
  <key>WFWorkflowActionParameters</key><dict><key>a</key><string>p' || X'ff' || '</string><key>b</key><string>https://attack.test/</string>
  </dict></dict></array></plist>' AS BLOB));
INSERT INTO ZTRIGGER VALUES (1, CAST('<?xml version="1.0"?><plist version="1.0"><array><string>t' || X'ff' || '</string></array></plist>' AS BLOB));
