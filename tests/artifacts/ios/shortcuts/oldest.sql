-- Before automations: two tables, and no more columns than these.
CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY, ZCREATIONDATE TIMESTAMP, ZMODIFICATIONDATE TIMESTAMP, ZNAME VARCHAR);
CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZDATA BLOB);
INSERT INTO ZSHORTCUT VALUES (1, 634017906, NULL, 'Example');
INSERT INTO ZSHORTCUTACTIONS VALUES (1, bplist('[{"WFWorkflowActionIdentifier": "is.workflow.actions.openurl", "WFWorkflowActionParameters": {"WFInput": ["example.org"]}}]'));
