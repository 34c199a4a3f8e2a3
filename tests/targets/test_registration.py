"""Registrations: sealed once, and refused when they, or what they are held against, were changed."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridle.targets import registration
from bridle.targets.registration import RegistrationError

NOW = datetime(2026, 3, 1, 12, 0, 5, 999, tzinfo=timezone(timedelta(hours=2)))
CONFIGURATION = {"plan": {"grid": (10, 60), "alpha": 0.01}, "devices": [{"case": "ab"}]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "registered.json"
    registration.write(path, registration.sealed(CONFIGURATION, [{"q": 0.3, "jitter": 0.9}], NOW))
    return path


def test_the_digest_is_of_all_of_it(file):
    found = registration.read(file)
    text = (
        '{"configuration":{"devices":[{"case":"ab"}],"plan":{"alpha":0.01,"grid":[10,60]}},'
        '"format":"bridle correlation registration","power":[{"jitter":0.9,"q":0.3}],"time":"2026-03-01T10:00:05Z",'
        '"version":1}'
    )
    assert (found.time, found.digest) == ("2026-03-01T10:00:05Z", hashlib.sha256(text.encode()).hexdigest())
    assert found == registration.sealed(CONFIGURATION, [{"q": 0.3, "jitter": 0.9}], NOW.astimezone(UTC))
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_registered_may_run(file):
    registration.unchanged(registration.read(file), CONFIGURATION)


def test_anything_else_may_not(file):
    other = {"plan": {"grid": (10, 300), "alpha": 0.01}, "devices": [{"case": "ab"}, {"case": "cd"}]}
    with pytest.raises(
        RegistrationError, match=r"registered on 2026-03-01T10:00:05Z: devices, plan.grid\[1\]. Run what"
    ):
        registration.unchanged(registration.read(file), other)


@pytest.mark.parametrize(
    "change",
    [{"time": "2025-01-01T00:00:00Z"}, {"power": []}, {"configuration": {"plan": {}}}, {"digest": "00" * 32}],
)
def test_a_changed_file_is_refused(file, change):
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(RegistrationError, match="was changed after it was sealed"):
        registration.read(file)


def test_nothing_is_written_over(file):
    before = file.read_bytes()
    with pytest.raises(RegistrationError, match="exists already; a registration is never written over"):
        registration.write(file, registration.read(file))
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "why"),
    [("{", "is not JSON"), ("[]", "is no registration"), ('{"format": "other"}', "is no registration"),
     ('{"format": "bridle correlation registration", "version": 1}', "is not whole"), ("[" * 100_000, "is not JSON")],
)  # fmt: skip
def test_what_is_no_registration_is_refused(tmp_path, content, why):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(RegistrationError, match=why):
        registration.read(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(RegistrationError, match=r"none.json: No such file"):
        registration.read(tmp_path / "none.json")
