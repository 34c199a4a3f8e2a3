"""The numbers behind the names of Android's users: fixed ones of the system, and those of apps.

Sources: AOSP `system/core/libcutils/include/private/android_filesystem_config.h`, bionic `grp_pwd.cpp`,
https://android.googlesource.com/platform/system/core/+/refs/heads/main/libcutils/include/private/android_filesystem_config.h
"""

from __future__ import annotations

from functools import lru_cache

from bridle.formats.android_values import uid

_FIXED = {
    "root": 0, "daemon": 1, "bin": 2, "system": 1000, "radio": 1001, "bluetooth": 1002, "graphics": 1003, "input": 1004,
    "audio": 1005, "camera": 1006, "log": 1007, "compass": 1008, "mount": 1009, "wifi": 1010, "adb": 1011,
    "install": 1012, "media": 1013, "dhcp": 1014, "sdcard_rw": 1015, "vpn": 1016, "keystore": 1017, "usb": 1018,
    "drm": 1019, "mdnsr": 1020, "gps": 1021, "media_rw": 1023, "mtp": 1024, "drmrpc": 1026, "nfc": 1027,
    "sdcard_r": 1028, "clat": 1029, "loop_radio": 1030, "media_drm": 1031, "package_info": 1032, "sdcard_pics": 1033,
    "sdcard_av": 1034, "sdcard_all": 1035, "logd": 1036, "shared_relro": 1037, "dbus": 1038, "tlsdate": 1039,
    "mediaex": 1040, "media_ex": 1040, "audioserver": 1041, "metrics_coll": 1042, "metricsd": 1043, "webserv": 1044,
    "debuggerd": 1045, "mediacodec": 1046, "media_codec": 1046, "cameraserver": 1047, "firewall": 1048, "trunks": 1049,
    "nvram": 1050, "dns": 1051, "dns_tether": 1052, "webview_zygote": 1053, "vehicle_network": 1054,
    "media_audio": 1055, "media_video": 1056, "media_image": 1057, "tombstoned": 1058, "media_obb": 1059, "ese": 1060,
    "ota_update": 1061, "automotive_evs": 1062, "lowpan": 1063, "lmkd": 1064, "llkd": 1065, "statsd": 1066,
    "incidentd": 1067, "secure_element": 1068, "iorapd": 1071, "gpu_service": 1072, "network_stack": 1073,
    "gsid": 1074, "fsverity_cert": 1075, "credstore": 1076, "external_storage": 1077, "ext_data_rw": 1078,
    "ext_obb_rw": 1079, "context_hub": 1080, "virtmanager": 1081, "artd": 1082, "uwb": 1083, "thread_network": 1084,
    "diced": 1085, "dmesgd": 1086, "shell": 2000, "cache": 2001, "diag": 2002, "nobody": 9999, "everybody": 9997,
}  # fmt: skip


@lru_cache(maxsize=4096)
def number(name: str) -> int | None:
    """The number of a user written as number, as `u0_a12`, as old `app_12` or by its fixed name; None for others."""
    if (fixed := _FIXED.get(name)) is not None:
        return fixed
    try:
        return 10_000 + uid(name[4:]) if name.startswith("app_") else uid(name)
    except ValueError:
        return None
