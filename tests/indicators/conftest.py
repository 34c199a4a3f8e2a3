"""What the tests of feeds over HTTPS share: a throw-away authority, a local server, no proxy of the machine."""

import pytest

from https_server import Authority, HttpsServer


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = HttpsServer(authority.context())
    yield made
    made.close()
