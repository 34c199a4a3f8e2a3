-- CloudTabs.db: a tab of a device, one of a device that is gone, a wish to close one; the newest columns, and one more.
CREATE TABLE cloud_tab_devices(device_uuid TEXT PRIMARY KEY NOT NULL, system_fields BLOB NOT NULL, device_name TEXT,
  device_type_identifier TEXT, has_duplicate_device_name BOOLEAN DEFAULT 0, is_ephemeral_device BOOLEAN DEFAULT 0,
  last_modified REAL NOT NULL);
CREATE TABLE cloud_tabs(tab_uuid TEXT PRIMARY KEY NOT NULL, system_fields BLOB NOT NULL, device_uuid TEXT NOT NULL,
  position BLOB NOT NULL, title TEXT, url TEXT NOT NULL, is_showing_reader BOOLEAN DEFAULT 0, is_pinned BOOLEAN DEFAULT 0,
  reader_scroll_position_page_index INTEGER, scene_id TEXT, last_viewed_time REAL DEFAULT 0, topic_title TEXT);
CREATE TABLE cloud_tab_close_requests(close_request_uuid TEXT PRIMARY KEY NOT NULL, system_fields BLOB NOT NULL,
  destination_device_uuid TEXT NOT NULL, url TEXT NOT NULL, tab_uuid TEXT NOT NULL);
INSERT INTO cloud_tab_devices VALUES ('D-1', x'00', 'Computer', 'com.apple.mac', 0, 0, 600000000);
INSERT INTO cloud_tabs VALUES ('C-1', x'00', 'D-1', x'1f8b', 'Example', 'https://www.example.org/', 0, 1, NULL, NULL, 600000060, NULL);
INSERT INTO cloud_tabs VALUES ('C-2', x'', 'D-9', 'here', NULL, CAST(x'68ff' AS TEXT), 0, 0, NULL, NULL, 0, 'Topic');
INSERT INTO cloud_tab_close_requests VALUES ('R-1', x'0000', 'D-1', 'https://attack.test/', 'C-1');
