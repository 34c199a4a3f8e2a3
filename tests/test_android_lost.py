"""Evidence that other readers of Android acquisitions lose or get wrong, and the test that holds bridle to it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LOST = [
    ("a zip with one report and no main_entry.txt", "evidence/test_androidqf_examined.py",
     "test_a_bugreport_without_a_main_entry_is_examined"),
    ("processes.txt and processes.json", "evidence/test_androidqf_examined.py",
     "test_the_list_of_processes_is_read_under_both_of_its_names"),
    ("dumpsys.txt without a bugreport", "evidence/test_androidqf_examined.py",
     "test_the_dump_of_services_is_examined_without_a_bugreport"),
    ("the direction of a text message", "test_artifacts_android_crashes.py",
     "test_type_1_is_received_and_type_2_is_sent"),
    ("the date of a multimedia message", "test_artifacts_android_crashes.py",
     "test_an_mms_has_its_time_in_seconds_and_an_sms_in_milliseconds"),
    ("changes of packages on the current day", "test_artifacts_android_usage.py",
     "test_package_changes_of_the_current_day_are_kept"),
    ("operations of Android 8.1", "test_artifacts_android_usage.py", "test_operations_of_android_8_have_times"),
    ("times of operations of Android 9", "test_artifacts_android_usage.py",
     "test_operations_of_android_9_have_times_in_every_state"),
    ("a keystore with two roots", "test_artifacts_android_device.py",
     "test_a_keystore_of_several_roots_is_read_whole"),
    ("keys of Android 9", "test_artifacts_android_device.py", "test_keys_of_android_9_stand_in_usb"),
    ("keys of Android 8.1", "test_artifacts_android_device.py", "test_keys_of_android_8_stand_in_usb"),
    ("the offset of a tombstone's time", "test_artifacts_android_crashes.py",
     "test_the_offset_of_a_crash_is_kept"),
    ("an archive with its members at the top", "evidence/test_androidqf_stream.py",
     "test_a_streamed_archive_with_its_members_at_the_top"),
    ("absolute times of the battery's history", "test_artifacts_android_usage.py",
     "test_the_battery_history_has_absolute_times"),
    ("paths that only begin like a published one", "test_artifacts_android_androidqf.py",
     "test_a_listed_file_meets_only_the_folder_that_an_indicator_names"),
]  # fmt: skip


@pytest.mark.parametrize(("lost", "file", "name"), LOST, ids=[lost for lost, _, _ in LOST])
def test_each_is_held_by_a_test(lost: str, file: str, name: str) -> None:
    tree = ast.parse((HERE / file).read_bytes())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
