-- 60 s are to be added from 12:26:40 on the log's clock, 3600.5 s from 12:43:20. Process starts: before the first
-- offset, at it, just before the second, at that, without a time, with a text as time, with a name that is no UTF-8.
CREATE TABLE PLStorageOperator_EventForward_TimeOffset (ID INTEGER PRIMARY KEY, timestamp REAL, baseband REAL,
  kernel REAL, system REAL);
INSERT INTO PLStorageOperator_EventForward_TimeOffset VALUES (8, 1600001000, NULL, NULL, 3600.5);
INSERT INTO PLStorageOperator_EventForward_TimeOffset VALUES (7, 1600000000, 0.25, -1500000000.5, 60);
INSERT INTO PLStorageOperator_EventForward_TimeOffset VALUES (9, 1600002000, NULL, NULL, NULL);
CREATE TABLE PLConfigAgent_EventNone_Config (ID INTEGER PRIMARY KEY, timestamp REAL, Build TEXT, Device TEXT,
  DeviceBootTime REAL, LastBackupTimestamp REAL, LastBuild TEXT, LastUpgradeTimestamp REAL);
INSERT INTO PLConfigAgent_EventNone_Config VALUES (1, 1600000000, '19A404', 'J210', 1599999900.5, 1590000000, '18H17',
  1595000000);
CREATE TABLE PLProcessMonitorAgent_EventForward_ProcessID (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  CoalitionID INTEGER, PID INTEGER, ProcessName TEXT);
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (1, 1599999990, NULL, 7, 66, 'bh');
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (2, 1600000000, 'org.example.app', 8, 67, 'Example');
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (3, 1600000999.5, NULL, NULL, NULL, NULL);
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (4, 1600001000, NULL, NULL, 68, 'late');
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (5, NULL, NULL, NULL, 69, 'timeless');
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (6, 'soon', NULL, NULL, 70, 'odd');
INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID VALUES (7, 1600000000, NULL, NULL, 71, CAST(X'6261ff' AS TEXT));
CREATE TABLE PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval (ID INTEGER PRIMARY KEY, timestamp REAL,
  timestampEnd REAL);
INSERT INTO PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval VALUES (11, 1600000000, 1600001000);
CREATE TABLE PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic (ID INTEGER PRIMARY KEY, FK_ID INTEGER,
  BundleID TEXT, PID INTEGER, ProcessName TEXT, unit TEXT, value REAL);
INSERT INTO PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic VALUES (21, 11, NULL, 66, 'bh', 's', 1.5);
INSERT INTO PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic VALUES (22, 99, 'org.example.app', 67,
  'Example', 's', NULL);
CREATE TABLE PLCoalitionAgent_EventInterval_CoalitionInterval (ID INTEGER PRIMARY KEY, timestamp REAL, BundleId TEXT,
  LaunchdCoalitionId INTEGER, LaunchdName TEXT, bytesread REAL, byteswritten REAL, cpu_time REAL, tasks_started REAL,
  energy INTEGER, timestampEnd REAL);
INSERT INTO PLCoalitionAgent_EventInterval_CoalitionInterval VALUES (1, 1600000000, '', 7, 'com.example.exampled', 100.0,
  200.0, 0.5, 4.0, 12, 1600000300);
CREATE TABLE PLProcessNetworkAgent_EventInterval_UsageDiff (ID INTEGER PRIMARY KEY, timestamp REAL, BundleName TEXT,
  CellIn INTEGER, CellOut INTEGER, ProcessName TEXT, WifiIn INTEGER, WifiOut INTEGER, timestampEnd REAL);
INSERT INTO PLProcessNetworkAgent_EventInterval_UsageDiff VALUES (1, 1600000000, 'bh', 1, 2, 'bh', 3, 4, 1600001000);
CREATE TABLE PLProcessNetworkAgent_EventPoint_Connection (ID INTEGER PRIMARY KEY, timestamp REAL, EventType INTEGER,
  InterfaceName TEXT, LocalAddress TEXT, LocalPort INTEGER, ProcessName TEXT, ProcessPID INTEGER, RemoteAddress TEXT,
  RemotePort INTEGER, TrafficClass TEXT);
INSERT INTO PLProcessNetworkAgent_EventPoint_Connection VALUES (1, 1600000000, 2, 'en0', '192.0.2.7', 50000, 'bh', 66,
  '198.51.100.9', 443, 'BE');
CREATE TABLE PLMDNSAgent_EventPoint_MDNSEvent (ID INTEGER PRIMARY KEY, timestamp REAL, clientName TEXT,
  clientPID INTEGER, eventName INTEGER, recordType TEXT, service TEXT);
INSERT INTO PLMDNSAgent_EventPoint_MDNSEvent VALUES (1, 1600000000, 'exampled', 80, 3, 'PTR', '_example._tcp');
CREATE TABLE PLWifiAgent_EventPoint_Wake (ID INTEGER PRIMARY KEY, timestamp REAL, PID INTEGER, ProcessName TEXT,
  WakeReason TEXT, seqNo INTEGER);
INSERT INTO PLWifiAgent_EventPoint_Wake VALUES (1, 1600000000, 113, 'networkservicepr', 'DataFrame', 0);
CREATE TABLE PLNetworkAgent_EventPoint_Wake (ID INTEGER PRIMARY KEY, timestamp REAL, EffectivePID INTEGER,
  EffectiveProcessName TEXT, Interface TEXT, PID INTEGER, ProcessName TEXT);
INSERT INTO PLNetworkAgent_EventPoint_Wake VALUES (1, 1600000000, 66, 'bh', 'en0', 113, 'exampled');
CREATE TABLE PLXPCAgent_EventPoint_BackgroundTransfer (ID INTEGER PRIMARY KEY, timestamp REAL, bundleID TEXT,
  bytesReceived INTEGER, bytesSent INTEGER, errorCode INTEGER, errorDomain TEXT, errorFailingURL TEXT,
  interfaceName TEXT, state INTEGER, taskKind INTEGER, taskUUID TEXT, willRetry INTEGER);
INSERT INTO PLXPCAgent_EventPoint_BackgroundTransfer VALUES (1, 1600000000,
  'com.apple.appstored:[com.apple.AppStore:org.example.app]', 10, 20, -1001, 'NSURLErrorDomain',
  'https://beacon.example.org/a', 'en0', 3, 1, '0A1B2C3D-0000-4000-8000-000000000000', 1);
INSERT INTO PLXPCAgent_EventPoint_BackgroundTransfer VALUES (2, 1600000000, 'exampled:[exampled:(null)]', 0, 0, NULL,
  NULL, NULL, NULL, 5, 1, NULL, NULL);
CREATE TABLE PLPushAgent_EventPoint_ReceivedPush (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  ConnectionType TEXT, IsDropped INTEGER, Priority INTEGER, ServerHostname TEXT, ServerIP TEXT, Topic TEXT, Size INTEGER);
INSERT INTO PLPushAgent_EventPoint_ReceivedPush VALUES (1, 1600000000, 'org.example.app', 'wifi', 0, 10,
  'courier.example.org', '203.0.113.5', 'org.example.app', 1300);
CREATE TABLE PLPushAgent_EventPoint_SentPush (ID INTEGER PRIMARY KEY, timestamp REAL, ConnectionType INTEGER,
  ServerHostname TEXT, ServerIP TEXT, Topic TEXT, Size INTEGER);
INSERT INTO PLPushAgent_EventPoint_SentPush VALUES (1, 1600000000, 2, NULL, NULL, 'org.example.app', 4400);
CREATE TABLE PLCameraAgent_EventForward_Camera (ID INTEGER PRIMARY KEY, timestamp REAL, BundleId TEXT,
  CameraType INTEGER, State INTEGER);
INSERT INTO PLCameraAgent_EventForward_Camera VALUES (1, 1600000000, 'org.example.app', 1, 1);
CREATE TABLE PLAudioAgent_EventPoint_AudioApp (ID INTEGER PRIMARY KEY, timestamp REAL, timestampLogged REAL,
  ApplicationName TEXT, AssertionID INTEGER, AssertionName TEXT, AudioRoute TEXT, Operation TEXT, PID INTEGER);
INSERT INTO PLAudioAgent_EventPoint_AudioApp VALUES (1, 1600000000, 1600001000, 'bh', 5,
  'com.apple.audio.recording', 'MicrophoneBuiltIn', 'Activate', 66);
CREATE TABLE PLAudioAgent_EventForward_NowPlaying (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT, State INTEGER);
INSERT INTO PLAudioAgent_EventForward_NowPlaying VALUES (1, 1600000000, 'org.example.app', 1);
CREATE TABLE PLAudioAgent_EventInterval_ShazamRecording (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  timestampEnd REAL);
INSERT INTO PLAudioAgent_EventInterval_ShazamRecording VALUES (1, 1600000000, 'org.example.app', 1600000010);
CREATE TABLE PLAudioAgent_EventForward_Routing (ID INTEGER PRIMARY KEY, timestamp REAL, Active INTEGER,
  ActivePID INTEGER, ActiveRoute TEXT, HeadphonesConnected INTEGER, HeadsetHasInput INTEGER, OutputCategory TEXT);
INSERT INTO PLAudioAgent_EventForward_Routing VALUES (1, 1600000000, 1, 66, 'Speaker', 0, 0, 'PlayAndRecord');
CREATE TABLE PLLocationAgent_EventForward_ClientStatus (ID INTEGER PRIMARY KEY, timestamp REAL, timestampLogged REAL,
  BundleId TEXT, Client TEXT, Executable TEXT, InUseLevel INTEGER, LocationDesiredAccuracy REAL, Type TEXT,
  timestampEnd REAL);
INSERT INTO PLLocationAgent_EventForward_ClientStatus VALUES (1, 1600000000, 1600000001, NULL, 'org.example.app',
  '/private/var/db/example/bh', 1, -1.0, 'Location', 1600001000);
CREATE TABLE PLXPCAgent_EventForward_AirDrop (ID INTEGER PRIMARY KEY, timestamp REAL, State TEXT, Subevent TEXT,
  bundleId TEXT, pid INTEGER);
INSERT INTO PLXPCAgent_EventForward_AirDrop VALUES (1, 1600000000, 'Start', 'Transfer', 'org.example.app', 90);
CREATE TABLE PLSpringBoardAgent_EventForward_SBLock (ID INTEGER PRIMARY KEY, timestamp REAL, Locked INTEGER);
INSERT INTO PLSpringBoardAgent_EventForward_SBLock VALUES (1, 1600000000, 1), (2, 1600000000, 2);
CREATE TABLE PLScreenStateAgent_EventForward_ScreenState (ID INTEGER PRIMARY KEY, timestamp REAL, AppRole INTEGER,
  Display INTEGER, Level REAL, bundleID TEXT);
INSERT INTO PLScreenStateAgent_EventForward_ScreenState VALUES (1, 1600000000, 1, 0, 1050.0, 'com.apple.lock-screen');
CREATE TABLE PLApplicationAgent_EventForward_Application (ID INTEGER PRIMARY KEY, timestamp REAL, Identifier TEXT,
  pid INTEGER, State INTEGER, Reason INTEGER);
INSERT INTO PLApplicationAgent_EventForward_Application VALUES (1, 1600000000, 'org.example.app', 67, 8, 0);
CREATE TABLE PLApplicationAgent_EventPoint_AppPrewarm (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  PID INTEGER);
INSERT INTO PLApplicationAgent_EventPoint_AppPrewarm VALUES (1, 1600000000, 'org.example.app', 67);
CREATE TABLE PLApplicationAgent_EventNone_AllApps (ID INTEGER PRIMARY KEY, timestamp REAL, AppBuildVersion TEXT,
  AppBundleId TEXT, AppBundleVersion TEXT, AppDeletedDate INTEGER, AppExecutable TEXT, AppIs3rdParty INTEGER,
  AppIsBeta INTEGER, AppItemID INTEGER, AppName TEXT, AppType INTEGER);
INSERT INTO PLApplicationAgent_EventNone_AllApps VALUES (1, 1600000000, '229', 'org.example.app', '1.0', 0, 'Example', 1,
  0, 42, 'Example', 1);
INSERT INTO PLApplicationAgent_EventNone_AllApps VALUES (2, 1600000000, NULL, 'org.example.gone', NULL, 1600000500, NULL,
  NULL, NULL, NULL, NULL, NULL);
CREATE TABLE PLApplicationAgent_EventNone_AppVersions (ID INTEGER PRIMARY KEY, timestamp REAL, AppBundleId TEXT,
  AppBundleVersion TEXT, AppUpdatedDate INTEGER);
INSERT INTO PLApplicationAgent_EventNone_AppVersions VALUES (1, 1600000000, 'org.example.app', '0.9', 1599999000);
CREATE TABLE PLApplicationAgent_EventForward_ApplicationDidUninstall (ID INTEGER PRIMARY KEY, timestamp REAL,
  AppBundleId TEXT, AppName TEXT);
INSERT INTO PLApplicationAgent_EventForward_ApplicationDidUninstall VALUES (1, 1600001000, 'org.example.gone', 'Gone');
CREATE TABLE PLApplicationAgent_EventNone_AllPlugins (ID INTEGER PRIMARY KEY, timestamp REAL, PluginDeletedDate INTEGER,
  PluginExecutableName TEXT, PluginId TEXT, PluginParentApp TEXT, PluginType TEXT);
INSERT INTO PLApplicationAgent_EventNone_AllPlugins VALUES (1, 1600000000, 0, 'ExampleShare', 'org.example.app.Share',
  'org.example.app', 'com.apple.share-services');
