-- Nothing says what is to be added: no time can be told. The older table of traffic.
CREATE TABLE PLProcessNetworkAgent_EventBackward_Usage (ID INTEGER PRIMARY KEY, timestamp REAL, BundleName TEXT,
  CellIn INTEGER, CellOut INTEGER, ProcessName TEXT, SinceTime REAL, WifiIn INTEGER, WifiOut INTEGER);
INSERT INTO PLProcessNetworkAgent_EventBackward_Usage VALUES (1, 1600001000, NULL, 1, 2, 'bh', 1600000000, 3, 4);
