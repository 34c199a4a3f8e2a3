"""Events of Android's intrusion logging: the 46 tags of `android.app.admin.SecurityLog` with the names of their values.

Names are those that Play services write into the exported JSON; where they write or wrote another one, `ALIASES` has
it. Values of another name are kept by whoever reads the event.

Sources: https://developer.android.com/reference/android/app/admin/SecurityLog ;
AOSP core/java/android/app/admin/SecurityLogTags.logtags, https://android.googlesource.com/platform/frameworks/base/ ;
https://developers.google.com/android/management/reference/rest/v1/BatchUsageLogEvents
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_ADMIN = ("package", "admin_user", "target_user")
_KEY = ("success", "key_id", "uid")
_PACKAGE = ("package_name", "version_code", "user_id")
_COMPLEXITY = (
    "length", "quality", "num_letters", "num_non_letters", "num_numeric", "num_uppercase", "num_lowercase",
    "num_symbols",
)  # fmt: skip

TAGS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "adb_shell_interactive": (210001, ()),
    "adb_shell_cmd": (210002, ("command",)),
    "adb_sync_recv_file": (210003, ("path",)),
    "adb_sync_send_file": (210004, ("path",)),
    "app_process_start": (210005, ("process", "start_time", "uid", "pid", "seinfo", "sha256")),
    "keyguard_dismissed": (210006, ()),
    "keyguard_dismiss_auth_attempt": (210007, ("success", "method_strength")),
    "keyguard_secured": (210008, ()),
    "os_startup": (210009, ("boot_state", "verity_mode")),
    "os_shutdown": (210010, ()),
    "logging_started": (210011, ()),
    "logging_stopped": (210012, ()),
    "media_mounted": (210013, ("path", "label")),
    "media_unmounted": (210014, ("path", "label")),
    "log_buffer_size_critical": (210015, ()),
    "password_expiration_set": (210016, (*_BY_ADMIN, "timeout")),
    "password_complexity_set": (210017, (*_BY_ADMIN, *_COMPLEXITY)),
    "password_history_length_set": (210018, (*_BY_ADMIN, "length")),
    "max_screen_lock_timeout_set": (210019, (*_BY_ADMIN, "timeout")),
    "max_password_attempts_set": (210020, (*_BY_ADMIN, "num_failures")),
    "keyguard_disabled_features_set": (210021, (*_BY_ADMIN, "features")),
    "remote_lock": (210022, _BY_ADMIN),
    "wipe_failure": (210023, ()),
    "key_generated": (210024, _KEY),
    "key_imported": (210025, _KEY),
    "key_destruction": (210026, _KEY),
    "user_restriction_added": (210027, ("package", "admin_user", "restriction")),
    "user_restriction_removed": (210028, ("package", "admin_user", "restriction")),
    "cert_authority_installed": (210029, ("success", "subject", "target_user")),
    "cert_authority_removed": (210030, ("success", "subject", "target_user")),
    "crypto_self_test_completed": (210031, ("success",)),
    "key_integrity_violation": (210032, ("key_id", "uid")),
    "cert_validation_failure": (210033, ("reason",)),
    "camera_policy_set": (210034, (*_BY_ADMIN, "disabled")),
    "password_complexity_required": (210035, (*_BY_ADMIN, "complexity")),
    "password_changed": (210036, ("password_complexity", "target_user")),
    "wifi_connection": (210037, ("ssid", "bssid", "event_type", "success", "reason")),
    "wifi_disconnection": (210038, ("ssid", "bssid", "reason")),
    "bluetooth_connection": (210039, ("addr", "success", "reason")),
    "bluetooth_disconnection": (210040, ("addr", "reason")),
    "package_installed": (210041, _PACKAGE),
    "package_updated": (210042, _PACKAGE),
    "package_uninstalled": (210043, _PACKAGE),
    "backup_service_toggled": (210044, ("package", "admin_user", "enabled")),
    "nfc_enabled": (210045, ()),
    "nfc_disabled": (210046, ()),
}
"""By the name of an event in JSON: its tag, and the names of its values."""

ALIASES: Mapping[str, str] = {
    "adb_shell_command": "adb_shell_cmd", "adb_sync_recv": "adb_sync_recv_file", "adb_sync_send": "adb_sync_send_file",
    "sync_recv_file": "adb_sync_recv_file", "sync_send_file": "adb_sync_send_file", "media_mount": "media_mounted",
    "media_unmount": "media_unmounted", "wipe_failed": "wipe_failure", "key_import": "key_imported",
    "key_destroyed": "key_destruction",
}  # fmt: skip
"""Names of events that other writers use for one of `TAGS`."""

_VALUES: Mapping[str, str] = {
    "verified_boot_state": "boot_state", "dm_verity_mode": "verity_mode", "mac_address": "addr",
    "admin_package_name": "package", "admin_user_id": "admin_user", "target_user_id": "target_user",
    "key_alias": "key_id", "application_uid": "uid", "process_name": "process", "process_uid": "uid",
    "process_pid": "pid", "apk_sha256_hash": "sha256", "shell_cmd": "command", "file_path": "path",
    "mount_point": "path", "volume_label": "label", "failure_reason": "reason",
}  # fmt: skip
"""Names of values by the vocabulary of the Android Management API and of SecurityLog's own documentation."""
_PER_TAG: Mapping[str, Mapping[str, str]] = {
    "package": {"package": "package_name", "target_user": "user_id"},
    "cert": {"user_id": "target_user"},
    "password": {"complexity": "password_complexity", "user_id": "target_user"},
}


def named(tag: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an event by the names of `TAGS`; a value whose own name is there goes before an alias."""
    own = TAGS[tag][1]
    special = _PER_TAG.get(tag.partition("_")[0], {})
    out: dict[str, Any] = {}
    for key, value in payload.items():
        name = key if key in own else special.get(key) or _VALUES.get(key, key)
        if name == key or name not in payload:
            out[name] = value
        else:
            out[key] = value
    return out
