"""The tables of sms.db on iOS 14, as far as they are filled or read."""

_INTEGERS = """replace handle_id version type error is_delivered is_finished is_emote is_from_me is_empty is_delayed
is_auto_reply is_prepared is_read is_system_message is_sent has_dd_results is_service_message is_forward was_downgraded
is_archive cache_has_attachments was_data_detected was_deduplicated is_audio_message is_played item_type other_handle
group_action_type share_status share_direction is_expirable expire_state message_action_type message_source
associated_message_type associated_message_range_location associated_message_range_length ck_sync_state
sr_ck_sync_state is_corrupt sort_id is_spam has_unseen_mention""".split()
_OTHERS = {
    "guid": "TEXT UNIQUE NOT NULL", "date": "INTEGER", "date_read": "INTEGER", "date_delivered": "INTEGER",
    "date_played": "INTEGER", "time_expressive_send_played": "INTEGER", "attributedBody": "BLOB",
    "payload_data": "BLOB", "message_summary_info": "BLOB",
}  # fmt: skip
_ORDER = """guid text replace service_center handle_id subject country attributedBody version type service account
account_guid error date date_read date_delivered is_delivered is_finished is_emote is_from_me is_empty is_delayed
is_auto_reply is_prepared is_read is_system_message is_sent has_dd_results is_service_message is_forward was_downgraded
is_archive cache_has_attachments cache_roomnames was_data_detected was_deduplicated is_audio_message is_played
date_played item_type other_handle group_title group_action_type share_status share_direction is_expirable expire_state
message_action_type message_source associated_message_guid associated_message_type balloon_bundle_id payload_data
expressive_send_style_id associated_message_range_location associated_message_range_length time_expressive_send_played
message_summary_info ck_sync_state ck_record_id ck_record_change_tag destination_caller_id sr_ck_sync_state
sr_ck_record_id sr_ck_record_change_tag is_corrupt reply_to_guid sort_id is_spam has_unseen_mention
thread_originator_guid thread_originator_part""".split()


def _column(name: str) -> str:
    return f"{name} {_OTHERS.get(name, 'INTEGER DEFAULT 0' if name in _INTEGERS else 'TEXT')}"


SCHEMA = f"""
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT,
  service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT, UNIQUE (id, service));
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER,
  account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT,
  is_archived INTEGER DEFAULT 0, last_addressed_handle TEXT, display_name TEXT, group_id TEXT,
  is_filtered INTEGER DEFAULT 0, successful_query INTEGER, engram_id TEXT, server_change_token TEXT,
  ck_sync_state INTEGER DEFAULT 0, original_group_id TEXT, last_read_message_timestamp INTEGER DEFAULT 0,
  cloudkit_record_id TEXT, last_addressed_sim_id TEXT, is_blackholed INTEGER DEFAULT 0);
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_column(n) for n in _ORDER)});
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL,
  created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT,
  transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, user_info BLOB, transfer_name TEXT,
  total_bytes INTEGER DEFAULT 0, is_sticker INTEGER DEFAULT 0, sticker_user_info BLOB, attribution_info BLOB,
  hide_attachment INTEGER DEFAULT 0, ck_sync_state INTEGER DEFAULT 0, ck_server_change_token_blob BLOB,
  ck_record_id TEXT, original_guid TEXT UNIQUE NOT NULL, sr_ck_sync_state INTEGER DEFAULT 0,
  sr_ck_server_change_token_blob BLOB, sr_ck_record_id TEXT);
CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE(chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, message_date INTEGER DEFAULT 0,
  PRIMARY KEY (chat_id, message_id));
CREATE TABLE message_attachment_join (message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE,
  attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE(message_id, attachment_id));
CREATE INDEX message_idx_date ON message(date);
CREATE INDEX message_idx_handle ON message(handle_id, date);
CREATE INDEX chat_message_join_idx_message_id_only ON chat_message_join(message_id);
"""
