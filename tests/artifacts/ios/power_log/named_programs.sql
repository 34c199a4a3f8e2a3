-- 60 s are to be added to the log's clock. What names a program, a call or a use of the network, a table each.
CREATE TABLE PLStorageOperator_EventForward_TimeOffset (ID INTEGER PRIMARY KEY, timestamp REAL, system REAL);
INSERT INTO PLStorageOperator_EventForward_TimeOffset VALUES (7, 1600000000, 60);
CREATE TABLE PLIPSecAgent_EventPoint_IPSecWake (ID INTEGER PRIMARY KEY, timestamp REAL, PID INTEGER,
  ProcessName TEXT, spi INTEGER);
INSERT INTO PLIPSecAgent_EventPoint_IPSecWake VALUES (1, 1600000000, 66, 'bh', 5);
CREATE TABLE PLLocaleAgent_EventForward_TimeZone (ID INTEGER PRIMARY KEY, timestamp REAL, CountryCode TEXT,
  LocaleId TEXT, SecondsFromGMT INTEGER, TimeZoneIsInDST INTEGER, TimeZoneName TEXT, Trigger TEXT);
INSERT INTO PLLocaleAgent_EventForward_TimeZone VALUES (1, 1600000000, 'CA', 'en_CA', -14400, 1, 'America/Toronto',
  'powerlog');
CREATE TABLE PLStorageOperator_EventPoint_Archive (ID INTEGER PRIMARY KEY, timestamp REAL, EndDate REAL,
  RemovedDate REAL, Stage INTEGER, StartDate REAL, SyncedOffDate REAL, UUID TEXT);
INSERT INTO PLStorageOperator_EventPoint_Archive VALUES (1, 1600000000, 1599998340, 0.0, 5, 1599911940,
  1599999000.5, '0A1B2C3D');
CREATE TABLE PLProcessMonitorAgent_EventPoint_FreezerStats (ID INTEGER PRIMARY KEY, timestamp REAL,
  Balance INTEGER, PID INTEGER, ProcessName TEXT);
INSERT INTO PLProcessMonitorAgent_EventPoint_FreezerStats VALUES (1, 1600000000, 9872, 66, 'bh');
INSERT INTO PLProcessMonitorAgent_EventPoint_FreezerStats VALUES (2, 1600000000, NULL, NULL, NULL);
CREATE TABLE PLPerformanceAgent_EventPoint_JetsamPriority (ID INTEGER PRIMARY KEY, timestamp REAL, name TEXT,
  pid INTEGER, priority INTEGER);
INSERT INTO PLPerformanceAgent_EventPoint_JetsamPriority VALUES (1, 1600000000, 'bh', 66, 10);
CREATE TABLE PLSleepWakeAgent_EventForward_PowerState_Dynamic (ID INTEGER PRIMARY KEY, FK_ID INTEGER, AppName TEXT,
  PID INTEGER, value REAL);
INSERT INTO PLSleepWakeAgent_EventForward_PowerState_Dynamic VALUES (1, 3, 'bh', 66, 0.5);
CREATE TABLE PLXPCService_EventPoint_ClientLogging (ID INTEGER PRIMARY KEY, timestamp REAL, clientID INTEGER,
  event TEXT, "process-name" TEXT);
INSERT INTO PLXPCService_EventPoint_ClientLogging VALUES (1, 1600000000, 14, 'Example', 'bh');
CREATE TABLE PLSleepWakeAgent_EventPoint_ScheduledWake (ID INTEGER PRIMARY KEY, timestamp REAL, EventTime REAL,
  PID INTEGER, ProcessName TEXT, SleepWakeUUID TEXT, Type TEXT, WakeInfo TEXT);
INSERT INTO PLSleepWakeAgent_EventPoint_ScheduledWake VALUES (1, 1600000000, 1600000060.25, 28,
  'com.apple.persistentconnection[bh,28,0x1,Beacon]', '5FD665FC-0000-4000-8000-000000000000', 'wake', 'Beacon,28');
INSERT INTO PLSleepWakeAgent_EventPoint_ScheduledWake VALUES (2, 1600000000, 'soon', 95,
  'com.apple.alarm.user-visible-example', NULL, NULL, NULL);
CREATE TABLE PLPowerAssertionAgent_EventForward_Assertion (ID INTEGER PRIMARY KEY, timestamp REAL, Action INTEGER,
  AssertName TEXT, AssertType INTEGER, AssertionOnBehalfOfPID INTEGER, GlobalUniqueID INTEGER, pid INTEGER,
  timestampActionOffset INTEGER);
INSERT INTO PLPowerAssertionAgent_EventForward_Assertion VALUES (1, 1600000000, 0,
  'com.apple.persistentconnection[bh,66,schedulingwake-x]', 1, 70, 41, 66, 59500);
INSERT INTO PLPowerAssertionAgent_EventForward_Assertion VALUES (2, 1600000000, 0,
  'application<org.example.app>31-60-286:FBApplicationProcess', 3, NULL, 42, 60, NULL);
INSERT INTO PLPowerAssertionAgent_EventForward_Assertion VALUES (3, 1600000000, 4, NULL, 1, NULL, 41, 66, -60000);
INSERT INTO PLPowerAssertionAgent_EventForward_Assertion VALUES (4, 1600000000, 0,
  'xpcservice<org.example.app.widget([daemon<com.example.d>:117])>31:[x]', 3, NULL, 43, 60, 60000);
CREATE TABLE PLAppTimeService_Aggregate_Metrics (ID INTEGER PRIMARY KEY, timestamp REAL, timeInterval REAL,
  BundleId TEXT, bytesread INTEGER, byteswritten INTEGER);
INSERT INTO PLAppTimeService_Aggregate_Metrics VALUES (1, 1600000000, 3600, 'bh', 348160, 12288);
CREATE TABLE PLCoalitionAgent_Aggregate_NANDStats (ID INTEGER PRIMARY KEY, timestamp REAL, timeInterval REAL,
  BundleId TEXT, LogicalWrites INTEGER);
INSERT INTO PLCoalitionAgent_Aggregate_NANDStats VALUES (1, 1600000000, 86400, 'org.example.app', 647168);
CREATE TABLE PLAccountingOperator_EventNone_Nodes (ID INTEGER PRIMARY KEY, timestamp REAL, IsPermanent INTEGER,
  Name TEXT);
INSERT INTO PLAccountingOperator_EventNone_Nodes VALUES (33, 1600000000, 1, 'backupd');
INSERT INTO PLAccountingOperator_EventNone_Nodes VALUES (11303, 1600000000, 0, 'bh');
CREATE TABLE PLAccountingOperator_Aggregate_RootNodeEnergy (ID INTEGER PRIMARY KEY, timestamp REAL,
  timeInterval REAL, Energy INTEGER, NodeID INTEGER, RootNodeID INTEGER);
INSERT INTO PLAccountingOperator_Aggregate_RootNodeEnergy VALUES (1, 1600000000, 3600, 829.5, 11303, 7);
CREATE TABLE PLAccountingOperator_Aggregate_QualificationEnergy (ID INTEGER PRIMARY KEY, timestamp REAL,
  timeInterval REAL, Energy INTEGER, NodeID INTEGER, QualificationID INTEGER, RootNodeID INTEGER);
INSERT INTO PLAccountingOperator_Aggregate_QualificationEnergy VALUES (1, 1600000000, 3600, 310, 11303, 2, 10);
CREATE TABLE PLDuetService_Aggregate_DuetEnergyAccumulator (ID INTEGER PRIMARY KEY, timestamp REAL,
  timeInterval REAL, BundleID TEXT, Energy REAL, QualificationID INTEGER);
INSERT INTO PLDuetService_Aggregate_DuetEnergyAccumulator VALUES (1, 1600000000, 314496000, 'bh', 5.75, 11);
CREATE TABLE PLAccountingOperator_EventInterval_EnergyEstimateEvents (ID INTEGER PRIMARY KEY, timestamp REAL,
  EndOffset INTEGER, Energy INTEGER, NodeID INTEGER, RootNodeID INTEGER, StartOffset INTEGER);
INSERT INTO PLAccountingOperator_EventInterval_EnergyEstimateEvents VALUES (1, 1600000000, -2592, 4, 11303, 10,
  -60000);
CREATE TABLE PLProcessNetworkAgent_EventBackward_NetworkBitmap (ID INTEGER PRIMARY KEY, timestamp REAL,
  BundleName TEXT, Cellular BLOB, IPSec BLOB, MachAbsoluteEndTime INTEGER, MachAbsoluteStartTime INTEGER,
  WiFi BLOB);
INSERT INTO PLProcessNetworkAgent_EventBackward_NetworkBitmap VALUES (1, 1600000000, 'bh', X'0014', X'01', 2048,
  1024, X'000080');
INSERT INTO PLProcessNetworkAgent_EventBackward_NetworkBitmap VALUES (2, 1600000000, 'org.example.app', NULL, NULL,
  NULL, NULL, 'none');
CREATE TABLE PLNetworkAgent_EventBackward_CumulativeNetworkUsage (ID INTEGER PRIMARY KEY, timestamp REAL,
  DownBytes INTEGER, Interface TEXT, UpBytes INTEGER);
INSERT INTO PLNetworkAgent_EventBackward_CumulativeNetworkUsage VALUES (1, 1600000000, 150779161, 'en0', 2797779);
CREATE TABLE PLDuetService_EventNone_DASActivity (ID INTEGER PRIMARY KEY, timestamp REAL, application TEXT,
  endTime REAL, networkTaskSize INTEGER, priority INTEGER, startTime REAL, taskName TEXT, bundleID TEXT,
  involvedProcesses TEXT);
INSERT INTO PLDuetService_EventNone_DASActivity VALUES (1, 1600000000, 'com.apple.AppStore, org.example.app',
  1600000120, 5120, 30, 1600000060.5, 'com.example.upload', 'com.apple.AppStore', 'bh');
CREATE TABLE PLXPCAgent_EventPoint_MailFetch (ID INTEGER PRIMARY KEY, timestamp REAL, account TEXT, cause TEXT,
  duration TEXT, rx INTEGER, tx INTEGER, wifi INTEGER);
INSERT INTO PLXPCAgent_EventPoint_MailFetch VALUES (1, 1600000000, 'example/4867DA37', 'poll', '2.43s', 2702, 749,
  0);
INSERT INTO PLXPCAgent_EventPoint_MailFetch VALUES (2, 1600000000, NULL, NULL, 'long', NULL, NULL, NULL);
CREATE TABLE PLXPCAgent_EventPoint_DASyncStart (ID INTEGER PRIMARY KEY, timestamp REAL, AccountClass TEXT,
  AccountID TEXT, AccountName TEXT);
INSERT INTO PLXPCAgent_EventPoint_DASyncStart VALUES (1, 1600000000, 'CardDAVDaemonAccount', 'A-1', 'Example');
CREATE TABLE PLPushAgent_Aggregate_SentPushes (ID INTEGER PRIMARY KEY, timestamp REAL, timeInterval REAL,
  ConnectionType INTEGER, Count INTEGER, Priority INTEGER, Topic TEXT, Size INTEGER);
INSERT INTO PLPushAgent_Aggregate_SentPushes VALUES (1, 1600000000, 60, 2, 1, 2, 'org.example.app', 4400);
CREATE TABLE PLPushAgent_Aggregate_SuppressedPushes (ID INTEGER PRIMARY KEY, timestamp REAL, timeInterval REAL,
  BundleID TEXT, Count INTEGER);
INSERT INTO PLPushAgent_Aggregate_SuppressedPushes VALUES (1, 1600000000, 60, 'org.example.app', 3);
CREATE TABLE PLPushAgent_EventPoint_APSDConnectedEvent (ID INTEGER PRIMARY KEY, timestamp REAL,
  ConnectionType INTEGER, LinkQuality INTEGER, ServerHostname TEXT, ServerIP TEXT);
INSERT INTO PLPushAgent_EventPoint_APSDConnectedEvent VALUES (1, 1600000000, 2, 100, 'courier.example.org',
  '203.0.113.5');
CREATE TABLE PLPushAgent_EventPoint_SentKeepAlive (ID INTEGER PRIMARY KEY, timestamp REAL, ConnectionType INTEGER,
  LinkQuality INTEGER);
INSERT INTO PLPushAgent_EventPoint_SentKeepAlive VALUES (1, 1600000000, 500, 100);
CREATE TABLE PLIdentityServicesAgent_EventInterval_IDSMessagePeriodic (ID INTEGER PRIMARY KEY, timestamp REAL,
  IncomingBytes INTEGER, IncomingMessages INTEGER, OutgoingBytes INTEGER, OutgoingMessages INTEGER,
  timestampEnd REAL, topic TEXT);
INSERT INTO PLIdentityServicesAgent_EventInterval_IDSMessagePeriodic VALUES (1, 1600000000, 10, 1, 20, 2,
  1600000060, 'com.apple.private.alloy.nearby');
CREATE TABLE PLAppTimeService_Aggregate_AppRunTime (ID INTEGER PRIMARY KEY, timestamp REAL, timeInterval REAL,
  BackgroundAudioPlayingTime REAL, BackgroundLocationTime REAL, BackgroundTime REAL, BundleID TEXT,
  ScreenOnTime REAL);
INSERT INTO PLAppTimeService_Aggregate_AppRunTime VALUES (1, 1600000000, 3600, 1.5, 2.5, 60.25, 'org.example.app',
  30.5);
INSERT INTO PLAppTimeService_Aggregate_AppRunTime VALUES (2, 1600000000, 3600, NULL, NULL, NULL,
  'com.apple.cloudd:[com.apple.bird:(null)]', NULL);
CREATE TABLE PLApplicationAgent_EventBackward_ApplicationMemory (ID INTEGER PRIMARY KEY, timestamp REAL,
  AppBundleId TEXT, PeakMemory INTEGER);
INSERT INTO PLApplicationAgent_EventBackward_ApplicationMemory VALUES (1, 1600000000, 'org.example.app', 8356504);
CREATE TABLE PLSpringBoardAgent_EventPoint_SBBulletins (ID INTEGER PRIMARY KEY, timestamp REAL,
  BulletinBundleID TEXT, PostType INTEGER);
INSERT INTO PLSpringBoardAgent_EventPoint_SBBulletins VALUES (1, 1600000000, 'org.example.app', 4);
CREATE TABLE PLSpringBoardAgent_EventPoint_SBNotifications (ID INTEGER PRIMARY KEY, timestamp REAL,
  NotificationBundleID TEXT);
INSERT INTO PLSpringBoardAgent_EventPoint_SBNotifications VALUES (1, 1600000000, 'org.example.app');
CREATE TABLE PLVideoAgent_EventForward_Video (ID INTEGER PRIMARY KEY, timestamp REAL, State INTEGER,
  clientDisplayID TEXT, clientPID INTEGER);
INSERT INTO PLVideoAgent_EventForward_Video VALUES (1, 1600000000, 2, 'org.example.app', 67);
CREATE TABLE PLVideoAgent_EventInterval_GroupSession (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  timestampEnd REAL);
INSERT INTO PLVideoAgent_EventInterval_GroupSession VALUES (1, 1600000000, 'org.example.app', 1600000060);
CREATE TABLE PLXPCAgent_EventForward_AppAccessory (ID INTEGER PRIMARY KEY, timestamp REAL, SessionAppBundleID TEXT);
INSERT INTO PLXPCAgent_EventForward_AppAccessory VALUES (1, 1600000000, 'org.example.app');
CREATE TABLE PLXPCAgent_EventPoint_ShortcutsTriggerFired (ID INTEGER PRIMARY KEY, timestamp REAL,
  WFAssociatedAppBundleID TEXT, WFWorkflowName TEXT);
INSERT INTO PLXPCAgent_EventPoint_ShortcutsTriggerFired VALUES (1, 1600000000, 'org.example.app', 'Example');
CREATE TABLE PLSpringBoardAgent_Aggregate_SBBulletins_Aggregate (ID INTEGER PRIMARY KEY, timestamp REAL,
  timeInterval REAL, BulletinBundleID TEXT, Count INTEGER, PostType INTEGER);
INSERT INTO PLSpringBoardAgent_Aggregate_SBBulletins_Aggregate VALUES (1, 1600000000, 3600, 'org.example.app', 3,
  1);
CREATE TABLE PLSpringBoardAgent_Aggregate_SBNotifications_Aggregate (ID INTEGER PRIMARY KEY, timestamp REAL,
  timeInterval REAL, Count INTEGER, NotificationBundleID TEXT);
INSERT INTO PLSpringBoardAgent_Aggregate_SBNotifications_Aggregate VALUES (1, 1600000000, 3600, 2,
  'org.example.app');
CREATE TABLE PLDuetService_EventForward_DASApplicationUsagePrediction (ID INTEGER PRIMARY KEY, timestamp REAL,
  applicationBundleID TEXT, applicationPredictionArray_0 INTEGER);
INSERT INTO PLDuetService_EventForward_DASApplicationUsagePrediction VALUES (1, 1600000000, 'org.example.app', 0);
CREATE TABLE PLProcessMonitorAgent_EventPoint_AppResumePredictions (ID INTEGER PRIMARY KEY, timestamp REAL,
  BundleID TEXT);
INSERT INTO PLProcessMonitorAgent_EventPoint_AppResumePredictions VALUES (1, 1600000000, 'org.example.app');
CREATE TABLE PLXPCAgent_EventPoint_DeepScanReasons (ID INTEGER PRIMARY KEY, timestamp REAL, AppLibraryID TEXT,
  Reason TEXT);
INSERT INTO PLXPCAgent_EventPoint_DeepScanReasons VALUES (1, 1600000000, 'iCloud.org.example.app',
  'creating a new stream');
CREATE TABLE PLXPCAgent_EventForward_WebApp (ID INTEGER PRIMARY KEY, timestamp REAL, identifier TEXT, title TEXT,
  url TEXT);
INSERT INTO PLXPCAgent_EventForward_WebApp VALUES (1, 1600000000, 'W-1', 'Parcel', 'https://attack.test/parcel');
CREATE TABLE PLXPCAgent_EventForward_InCallService (ID INTEGER PRIMARY KEY, timestamp REAL, bundleID TEXT,
  kCallSubType TEXT, providerIdentifier TEXT, status TEXT, video INTEGER);
INSERT INTO PLXPCAgent_EventForward_InCallService VALUES (1, 1600000000, 'org.example.app', 'voip',
  'EXAMPLE123.org.example.app', 'callStop', 1);
