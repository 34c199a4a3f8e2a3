"""What tests of feeds over HTTPS share: a throw-away authority, a local server, no proxy of the machine."""

import socket

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
    try:
        socket.create_connection(("127.0.0.1", made.port), 5).close()
    except OSError:
        made.close()
        pytest.skip("this machine has no loopback network")
    yield made
    made.close()
