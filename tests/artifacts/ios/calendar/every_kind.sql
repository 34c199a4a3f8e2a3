-- Tables of iOS 16 and later. An invitation with everything (1), one with nothing (2), invalid UTF-8 and a
-- time that is none (4), an event of a participant that is gone. Event 3 was deleted: a change, and a number, are left.
CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, summary TEXT, location_id INTEGER, description TEXT,
  start_date REAL, start_tz TEXT, end_date REAL, end_tz TEXT, all_day INTEGER, calendar_id INTEGER, orig_item_id INTEGER,
  orig_date REAL, organizer_id INTEGER, self_attendee_id INTEGER, status INTEGER, invitation_status INTEGER,
  availability INTEGER, url TEXT, last_modified REAL, sequence_num INTEGER, external_id TEXT, unique_identifier TEXT,
  external_schedule_id TEXT, response_comment TEXT, hidden INTEGER, has_recurrences INTEGER, has_attachment INTEGER,
  has_attendees INTEGER, UUID TEXT, entity_type INTEGER, creation_date REAL, action TEXT, created_by_id INTEGER,
  modified_by_id INTEGER, junk_status INTEGER, conference_url TEXT, contact_name TEXT, conference_url_detected TEXT,
  creator_identity TEXT, creator_team_identity TEXT, priority INTEGER);
CREATE TABLE Participant (ROWID INTEGER PRIMARY KEY, entity_type INTEGER, type INTEGER, status INTEGER, role INTEGER,
  identity_id INTEGER, owner_id INTEGER, UUID TEXT, email TEXT, phone_number TEXT, is_self INTEGER, comment TEXT,
  last_modified REAL, invited_by TEXT, schedule_agent INTEGER);
CREATE TABLE Identity (display_name TEXT, address TEXT, first_name TEXT, last_name TEXT,
  UNIQUE (display_name, address, first_name, last_name));
CREATE TABLE Attachment (ROWID INTEGER PRIMARY KEY, owner_id INTEGER, file_id INTEGER);
CREATE TABLE AttachmentFile (ROWID INTEGER PRIMARY KEY, url TEXT, UUID TEXT, format TEXT, filename TEXT, local_path TEXT,
  file_size INTEGER, download_start REAL, store_id INTEGER);
CREATE TABLE Alarm (ROWID INTEGER PRIMARY KEY, trigger_date REAL, trigger_interval INTEGER, calendaritem_owner_id INTEGER,
  calendar_owner_id INTEGER, UUID TEXT, disabled INTEGER, acknowledgedDate REAL, email_address TEXT, type INTEGER);
CREATE TABLE Calendar (ROWID INTEGER PRIMARY KEY, store_id INTEGER, title TEXT, flags INTEGER, type TEXT, external_id TEXT,
  UUID TEXT, shared_owner_name TEXT, shared_owner_address TEXT, sharing_status INTEGER, published_URL TEXT,
  invitation_status INTEGER, self_identity_email TEXT, self_identity_phone_number TEXT, owner_identity_email TEXT,
  owner_identity_phone_number TEXT, notes TEXT, refresh_date REAL, subcal_url TEXT, color TEXT);
CREATE TABLE Store (ROWID INTEGER PRIMARY KEY, name TEXT, type INTEGER, disabled INTEGER, external_id TEXT,
  persistent_id TEXT, creator_bundle_id TEXT, owner_name TEXT, flags INTEGER);
CREATE TABLE Recurrence (ROWID INTEGER PRIMARY KEY, frequency INTEGER, interval INTEGER, count INTEGER, end_date REAL,
  specifier TEXT, owner_id INTEGER, UUID TEXT, week_start INTEGER);
CREATE TABLE Location (ROWID INTEGER PRIMARY KEY, title TEXT, address TEXT, latitude INTEGER, item_owner_id INTEGER);
CREATE TABLE Notification (ROWID INTEGER PRIMARY KEY, calendar_id INTEGER, external_id TEXT, UUID TEXT, summary TEXT,
  creation_date REAL, last_modified REAL, status INTEGER, host_url TEXT, in_reply_to TEXT, identity_id INTEGER,
  alerted INTEGER);
CREATE TABLE ResourceChange (ROWID INTEGER PRIMARY KEY, notification_id INTEGER, calendar_id INTEGER,
  calendar_item_id INTEGER, identity_id INTEGER, change_type INTEGER, timestamp REAL, deleted_summary TEXT,
  deleted_start_date REAL, alerted INTEGER);
CREATE TABLE CalendarItemChanges (record INTEGER, type INTEGER, sequence_number INTEGER, summary INTEGER,
  calendar_id INTEGER, external_id TEXT, unique_identifier TEXT, UUID TEXT, old_calendar_id INTEGER);
CREATE TABLE ParticipantChanges (record INTEGER, type INTEGER, sequence_number INTEGER, owner_id INTEGER, UUID TEXT,
  email TEXT, phone_number TEXT, store_id INTEGER);
CREATE TABLE EventAction (ROWID INTEGER PRIMARY KEY, event_id INTEGER, external_id TEXT, external_schedule_id TEXT,
  external_rep BLOB);
INSERT INTO CalendarItem VALUES (1, 'Meeting', 1, 'Notes', 600000000, 'Europe/London', 600003600, '_float', 0, 2, 0,
  600000000, 1, 2, 1, 3, 0, 'https://attack.test/c', 650000060, 4, 'E-1.ics', 'U-1@example.org', 'S-1', 'maybe', 1, 1, 1,
  1, 'UUID-1', 2, 650000000.5, 'open', 1, 2, 0, 'https://meet.attack.test/1', 'Bob', 'https://join.example.org/',
  'org.example.calendar', 'TEAM', 5);
INSERT INTO CalendarItem (ROWID, url, conference_url) VALUES (2, '', '');
INSERT INTO CalendarItem (ROWID, summary, start_date) VALUES (4, CAST(X'4dff' AS TEXT), 'soon');
INSERT INTO Participant VALUES (1, 8, 1, 0, 3, 1, 1, 'P-1', 'organiser@attack.test', '+15550123', 0, 'come', 650000001,
  'mailto:other@attack.test', 0);
INSERT INTO Participant (ROWID, owner_id, email, is_self) VALUES (2, 99, 'me@example.org', 1);
INSERT INTO Identity VALUES ('Organiser', 'mailto:organiser@attack.test', 'Or', 'Ganiser'), (NULL, 'tel:+15550123', NULL, NULL);
INSERT INTO Attachment VALUES (1, 1, 7);
INSERT INTO AttachmentFile VALUES (7, 'https://attack.test/f', 'F-7', 'image/gif', 'a.gif',
  '/private/var/mobile/Library/Calendar/a.gif', 748, 650000002, 1);
INSERT INTO Alarm VALUES (1, 650000000, -900, 1, -1, 'A-1', 0, 650000003, 'me@example.org', 0);
INSERT INTO Calendar VALUES (2, 1, 'Work', 3, 'caldav', 'X-2', 'C-2', 'Owner', 'mailto:owner@example.org', 2,
  'https://example.org/published', 1, 'me@example.org', '+15550100', 'owner@example.org', '+15550124', 'notes', 650000004,
  'webcal://attack.test/spam.ics', '#FF0000');
INSERT INTO Store VALUES (1, 'iCloud', 2, 0, 'X-1', 'ACC-1', 'org.example.calendar', 'Owner', 9);
INSERT INTO Recurrence VALUES (1, 2, 1, 0, 660000000, 'D=0MO', 1, 'R-1', 1);
INSERT INTO Location VALUES (1, 'https://join.attack.test/', '1 Example Street', 12, 1);
INSERT INTO Notification VALUES (1, 2, 'X-9', 'N-1', 'Shared', 650000005, 650000006, 1, 'https://host.attack.test/', 'N-0', 2,
  1);
INSERT INTO ResourceChange VALUES (1, 1, 2, 3, 1, 2, 650000007, 'Gone', 640000000, 0);
INSERT INTO CalendarItemChanges VALUES (3, 2, 12, 1, 2, 'E-3.ics', 'U-3', 'UUID-3', -1);
INSERT INTO ParticipantChanges VALUES (9, 2, 13, 3, 'P-9', 'gone@attack.test', '+15550125', 1);
INSERT INTO EventAction VALUES (1, 3, 'E-3', 'S-3', X'00');
