"""Somebody on the way who has every signed file there ever was, and answers with any of them, or with none.

After every update the store has one published version, whole, and never an older one than before. `COUNT` sequences.
"""

import os
import random

import pytest
from test_update import Publisher, sign

from bridle.indicators import store, trust
from https_server import answer, chunked
from indicator_keys import key

COUNT = int(os.environ.get("COUNT", "8"))
VERSIONS, STEPS = range(1, 5), 8
BROKEN = (
    answer(b"", "500 Oops"), answer(b"v9.example.org\n"), answer(b"v1.example.org\n", length=9), b"",
    b"HTTP/1.1 200 OK\r\n", chunked(b"v1.example.org\n", b"x" * 5000), answer(b"\x1b[31m\x00" * 9),
    answer(b"", "302 Found", ("Location: /a1.txt",)),
)  # fmt: skip


def feeds(version):
    """Two feeds that are of one version together."""
    return {name: f"v{version}.{name}.example.org\nall.{name}.example.org\n".encode() for name in ("a", "b")}


def values(version):
    return sorted(line for data in feeds(version).values() for line in data.decode().split())


@pytest.fixture
def publisher(server, tmp_path, authority):
    return Publisher(server, tmp_path, authority)


def recorded(publisher, signer):
    """Every answer that was ever right, by its path."""
    known = {path: [] for path in ("/index.json", "/index.json.sig", "/a.txt", "/b.txt")}
    for version in VERSIONS:
        publisher.own(version, signer=signer, **feeds(version))
        for path, seen in known.items():
            seen.append(publisher.server.plays[path])
    return known


@pytest.mark.parametrize("seed", range(COUNT))
def test_no_sequence_of_answers_turns_the_store_back_or_mixes_it(publisher, server, tmp_path, seed):
    chance, (signer, _) = random.Random(seed), key(tmp_path)
    known = recorded(publisher, signer)
    index = publisher.own(1, signer=signer, **feeds(1))
    assert publisher.update(index)[0].status == "updated"
    before = 1
    for _ in range(STEPS):
        meant = chance.choice(VERSIONS) - 1
        for path, seen in known.items():
            some = chance.random()
            server.plays[path] = (
                seen[meant] if some < 0.75 else chance.choice(seen) if some < 0.9 else chance.choice(BROKEN)
            )
            if some > 0.98:
                del server.plays[path]
        publisher.update(seconds=1)
        (source,) = store.state_of(publisher.folder).sources
        assert source.version >= before
        assert publisher.values() == values(source.version)
        before = source.version
    for path, seen in known.items():
        server.plays[path] = seen[-1]
    publisher.update()
    assert publisher.values() == values(4), "whoever attacked keeps nobody from the newest one for good"


def test_a_signature_of_another_version_is_seen(publisher, server, tmp_path):
    """An index of the attacker's own, with a signature that was right for another, or of their own key."""
    signer, _ = key(tmp_path)
    known = recorded(publisher, signer)
    index = publisher.own(1, signer=signer, **feeds(1))
    publisher.update(index)
    forged = known["/index.json"][3].replace(b'"version": 4', b'"version": 5')
    server.plays["/index.json"], server.plays["/index.json.sig"] = forged, known["/index.json.sig"][3]
    assert "the signature does not fit" in publisher.update()[0].reason
    mine, _ = key(tmp_path, "other", b"3" * 32)
    body = forged.partition(b"\r\n\r\n")[2]
    server.plays["/index.json.sig"] = answer(sign(body, mine, trust.INDEX))
    assert publisher.update()[0].status == "refused"
    assert publisher.values() == values(1)
