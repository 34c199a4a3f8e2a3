"""The shipped chains over floods of rows: what they ask grows no faster than the rows, and nothing fails."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pyarrow as pa
import pytest

from bridle.detect.chain import load_chains
from bridle.detect.chains import follow
from bridle.detect.examples import catalogue
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules
from bridle.detect.steps import Given

ROWS = 100_000
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = [BEGIN + timedelta(seconds=7 * n) for n in range(ROWS)]
NUMBERS = list(range(ROWS))
PARSER = "/System/Library/PrivateFrameworks/IMTranscoding.framework/IMTranscoderAgent"
FLOODS = {
    "chain-ios-zero-click": {
        "ios.id_status_cache.look_up": {
            "service": "com.apple.madrid", "account": [f"mailto:u{n}@example.org" for n in NUMBERS], "time": TIMES,
        },
        "ios.sms.handle": {"id": [f"v{n}@example.org" for n in NUMBERS]},
        "ios.crash_report.crash": {"process_name": "IMTranscoderAgent", "path": PARSER, "time": TIMES},
        "ios.data_usage.process": {
            "process_id": NUMBERS, "name": [f"zz{n % 9000}x" for n in NUMBERS], "first_used": TIMES,
        },
        "ios.data_usage.usage": {"process_id": NUMBERS, "time": TIMES, "wifi_out": 9_000_000.0, "wifi_in": 1.0},
    },
    "chain-android-custody-install": {
        "android.adb.key": {"last_connection": TIMES},
        "android.intrusion_log.keyguard": {"time": TIMES, "success": [n % 2 == 0 for n in NUMBERS]},
        "android.package.install_session": {
            "created": TIMES, "package_name": [f"org.example.p{n % 9000}" for n in NUMBERS],
            "original_installer_uid": 2000,
        },
        "android.accessibility.service": {
            "package_name": [f"org.example.p{n}" for n in NUMBERS], "state": "enabled",
        },
        "android.appops.access": {
            "package_name": [f"org.example.p{n % 9000}" for n in NUMBERS], "op": "CAMERA", "kind": "access",
            "state": "bg", "time": [t.replace(tzinfo=None) for t in TIMES],
        },
    },
}  # fmt: skip


def flood(name: str, columns: dict) -> pa.Table:
    stamps = {"_source": "S1", "_path": f"/{name}", "_sha256": "ab", "locator": [f"r:{n}" for n in NUMBERS]}
    given = stamps | columns
    arrays = []
    for field in catalogue()[name]:
        value = given.get(field.name)
        if isinstance(value, list):
            arrays.append(pa.array(value, field.type))
        else:
            arrays.append(
                pa.nulls(ROWS, field.type) if value is None else pa.repeat(pa.scalar(value, field.type), ROWS)
            )
    return pa.table(arrays, schema=catalogue()[name])


@pytest.mark.parametrize("chain_id", FLOODS)
def test_a_flood_is_followed_in_bounded_time(chain_id: str) -> None:
    case = Memory({name: flood(name, columns) for name, columns in FLOODS[chain_id].items()})
    chain = next(c for c in load_chains() if c.id == chain_id)
    begun = process_time()
    told, lacking = follow(case, [], [chain], Given(rules={r.id: r for r in load_rules()}))
    assert process_time() - begun < 120
    assert lacking == []
    assert [f.rule for f in told] == [chain_id]
    assert len(told[0].legs) >= chain.minimum
    assert told[0].count <= 50 * len(chain.step)
