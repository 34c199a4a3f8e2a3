from __future__ import annotations

import pytest

from bridle.formats.secret import is_secret


@pytest.mark.parametrize("name", ["Password", "authToken", "wifi psk", "PrivateKey", "private-key", "HTTPCookies"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


def test_names_of_other_values() -> None:
    assert not any(map(is_secret, ("ServerName", "pskMode", "Key", "")))
    assert is_secret("PasswordSalt", "salt") and is_secret("Salt", "salt") and not is_secret("Salt")
