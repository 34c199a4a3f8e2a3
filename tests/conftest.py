"""What tests of feeds over HTTPS share: a throw-away authority, a local server, no proxy of the machine."""

import pytest


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    from https_server import Authority

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority, monkeypatch):
    from https_server import HttpsServer

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = HttpsServer(authority.context())
    yield made
    made.close()
