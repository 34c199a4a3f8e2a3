"""Updates against a local server that is honest, slow, damaged, old or hostile; and what the store has afterwards."""

import gzip
import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridle.indicators import load, store, trust
from bridle.indicators.feed_change import Rules
from bridle.indicators.feed_index import FeedIndexError
from bridle.indicators.fetch import Fetcher
from bridle.indicators.source_change import exit_code
from bridle.indicators.ssh_signature import sign
from bridle.indicators.store import StoreError
from bridle.indicators.trust import TrustError
from bridle.indicators.update import Wanted, update
from https_server import answer, chunked, slowly
from indicator_keys import key

ONE = b"one.example.org\n"
TWO = b"one.example.org\ntwo.example.org\n"
OTHER = b"other.example.org\n"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Publisher:
    """Publishes feeds and their index on the test's server, and a store that follows them."""

    def __init__(self, server, folder, authority):
        self.server, self.folder, self.authority = server, folder / "feeds", authority
        self.said = []

    def yaml(self, *paths):
        """The field's form of index."""
        rows = [f"  - name: Feed {p}\n    download_url: {self.server.url(p)}" for p in paths]
        return self.server.serve("/indicators.yaml", "\n".join(["indicators:", *rows]).encode())

    def own(self, version, signer=None, expires=None, **feeds):
        """Our form of index, of feeds by name, each served with its bytes."""
        rows = []
        for name, data in feeds.items():
            self.server.serve(f"/{name}.txt", data)
            rows.append({"name": f"{name}.txt", "url": f"{name}.txt", "sha256": sha256(data), "size": len(data)})
        made = {"format": "bridle-feeds", "schema": 1, "version": version, "expires": expires, "feeds": rows}
        data = json.dumps(made).encode()
        self.server.plays.pop("/index.json.sig", None)
        if signer:
            self.server.serve("/index.json.sig", sign(data, signer, trust.INDEX))
        return self.server.serve("/index.json", data)

    def update(self, *indices, feeds=(), seconds=5, seconds_of_all=60, dry_run=False, **rules):
        wanted = Wanted(tuple(map(str, indices)), tuple(feeds), Rules(**rules), dry_run)
        fetcher = Fetcher(self.authority.file, seconds=seconds, seconds_of_all=seconds_of_all)
        return update(self.folder, wanted, fetcher, self.said.append)

    def values(self):
        return sorted(i.shown for i in load([self.folder]).indicators)

    def history(self):
        return store.state_of(self.folder).history


@pytest.fixture
def publisher(server, tmp_path, authority):
    return Publisher(server, tmp_path, authority)


def told(changes):
    """Of each source its status, of each feed name, status, added and removed."""
    return [(c.status, [(f.name, f.status, f.added, f.removed) for f in c.feeds]) for c in changes]


def test_the_first_update_and_the_next(publisher, server):
    server.serve("/lists/a.txt", ONE)
    server.serve("/lists/b.txt", OTHER)
    index = publisher.yaml("/lists/a.txt", "/lists/b.txt")
    changes = publisher.update(index)
    assert told(changes) == [("updated", [("lists/a.txt", "taken", 1, 0), ("lists/b.txt", "taken", 1, 0)])]
    assert (exit_code(changes), publisher.values()) == (0, ["one.example.org", "other.example.org"])
    assert publisher.said == [f"index {index}", "feed 1 of 2: lists/a.txt", "feed 2 of 2: lists/b.txt"]

    server.serve("/lists/a.txt", b"two.example.org\nthree.example.org\n")
    changes = publisher.update()
    assert told(changes) == [("updated", [("lists/a.txt", "taken", 2, 1), ("lists/b.txt", "same", 0, 0)])]
    assert publisher.values() == ["other.example.org", "three.example.org", "two.example.org"]
    assert (changes[0].feeds[0].previous, changes[0].feeds[0].sha256) == (
        sha256(ONE), sha256(b"two.example.org\nthree.example.org\n"),
    )  # fmt: skip

    assert told(publisher.update()) == [("unchanged", [("lists/a.txt", "same", 0, 0), ("lists/b.txt", "same", 0, 0)])]
    assert [[(f["name"], f["added"], f["removed"]) for f in e["sources"][0]["feeds"]] for e in publisher.history()] == [
        [("lists/a.txt", 1, 0), ("lists/b.txt", 1, 0)],
        [("lists/a.txt", 2, 1)],
    ]


def test_feeds_and_digests_are_those_a_case_names(publisher, server):
    server.serve("/lists/a.txt", ONE)
    publisher.update(publisher.yaml("/lists/a.txt"))
    assert [(f.name, f.digest, f.indicators) for f in load([publisher.folder]).feeds] == [
        ("lists/a.txt", sha256(ONE), 1)
    ]


def test_a_feed_that_is_no_longer_listed_is_no_longer_current(publisher, server):
    server.serve("/lists/a.txt", ONE)
    server.serve("/lists/b.txt", OTHER)
    publisher.update(publisher.yaml("/lists/a.txt", "/lists/b.txt"))
    publisher.yaml("/lists/b.txt")
    changes = publisher.update()
    assert told(changes) == [("updated", [("lists/b.txt", "same", 0, 0), ("lists/a.txt", "gone", 0, 1)])]
    assert publisher.values() == ["other.example.org"]
    assert publisher.history()[-1]["sources"][0]["feeds"][0]["sha256"] == sha256(ONE)
    assert exit_code(changes) == 0


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (answer(b"<!doctype html><p>log in"), "answered with a web page, not a feed"),
        (answer(b"\x00\xff\xfe binary"), "it is no feed that can be read: not UTF-8: byte 1"),
        (answer(b'{"a": 1}'), "it is no feed that can be read: "),
        (answer(b""), "it is no feed that can be read: empty"),
        (answer(b"no indicator\n"), "it is no feed that can be read: "),
        (answer(b"", "404 Not Found"), "the server has no such file (404)"),
        (answer(b"", "503 Busy"), "the server answered 503 'Busy'; try again later"),
        (answer(TWO, length=99), "it ended after 32 of 99 bytes; try again"),
        (chunked(TWO, end=False), "it broke off after 32 bytes; try again"),
        (answer(b"", length=1 << 40), "it declares 1,099,511,627,776 bytes, more than 64 MiB"),
        (b"junk", "no whole answer"),
    ],
)
def test_a_feed_that_fails_keeps_its_last_good(publisher, server, bad, reason):
    server.serve("/lists/a.txt", ONE)
    server.serve("/lists/b.txt", OTHER)
    publisher.update(publisher.yaml("/lists/a.txt", "/lists/b.txt"))
    server.plays["/lists/a.txt"] = bad
    server.serve("/lists/b.txt", TWO)
    changes = publisher.update()
    assert told(changes) == [("partly", [("lists/a.txt", "held", 0, 0), ("lists/b.txt", "taken", 2, 1)])]
    assert reason in changes[0].feeds[0].reason
    assert exit_code(changes) == 3
    assert publisher.values() == ["one.example.org", "two.example.org"]
    assert publisher.history()[-1]["sources"][0]["feeds"][0]["status"] == "held"


def test_a_feed_that_never_came_is_missing(publisher, server):
    server.serve("/lists/a.txt", ONE)
    changes = publisher.update(publisher.yaml("/lists/a.txt", "/lists/none.txt"))
    assert told(changes) == [("partly", [("lists/a.txt", "taken", 1, 0), ("lists/none.txt", "missing", 0, 0)])]
    assert (exit_code(changes), publisher.values()) == (3, ["one.example.org"])


def test_nothing_at_all(publisher, server):
    (change,) = changes = publisher.update(publisher.yaml("/none.txt"))
    assert (change.status, exit_code(changes)) == ("refused", 1)
    assert change.reason.startswith(
        f"none of its 1 feeds could be had; the first: {server.url('/none.txt')}: the serve"
    )
    assert publisher.values() == []
    (change,) = publisher.update(server.url("/no-index.yaml"))
    assert change.reason == f"{server.url('/no-index.yaml')}: the server has no such file (404)"


def test_a_drip_costs_one_feed_and_a_bounded_time(publisher, server):
    server.plays["/lists/a.txt"] = slowly(server, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"x")
    server.serve("/lists/b.txt", OTHER)
    changes = publisher.update(publisher.yaml("/lists/a.txt", "/lists/b.txt"), seconds=0.4)
    assert told(changes) == [("partly", [("lists/a.txt", "missing", 0, 0), ("lists/b.txt", "taken", 1, 0)])]


def test_drips_everywhere_end_with_the_time_of_the_update(publisher, server):
    paths = [f"/lists/{n}.txt" for n in range(200)]
    for path in paths:
        server.plays[path] = slowly(server, b"HTTP/1.1 200 OK\r\n\r\n", b"x")
    index = publisher.yaml(*paths)
    (change,) = publisher.update(index, seconds=0.2, seconds_of_all=0.6)
    assert change.status == "refused"
    assert len(server.paths) < 6


def test_a_feed_that_shrinks_is_held(publisher, server):
    server.serve("/lists/a.txt", b"".join(b"%d.example.org\n" % n for n in range(5)))
    publisher.update(publisher.yaml("/lists/a.txt"))
    server.serve("/lists/a.txt", TWO)
    (change,) = publisher.update()
    assert (change.status, change.feeds[0].status) == ("partly", "held")
    assert change.feeds[0].reason == (
        "it has 2 indicators and had 5; if its publisher removed them, run again with --accept-shrunk"
    )
    assert len(publisher.values()) == 5
    assert told(publisher.update(shrunk=True)) == [("updated", [("lists/a.txt", "taken", 2, 5)])]
    assert publisher.values() == ["one.example.org", "two.example.org"]


def test_an_index_that_shrinks_is_refused(publisher, server):
    for name in "abc":
        server.serve(f"/lists/{name}.txt", name.encode() + ONE)
    publisher.update(publisher.yaml("/lists/a.txt", "/lists/b.txt", "/lists/c.txt"))
    publisher.yaml("/lists/a.txt")
    (change,) = publisher.update()
    assert (change.status, change.reason) == (
        "refused",
        "the index lists 1 feeds and listed 3; if its publisher removed them, run again with --accept-shrunk",
    )
    assert len(publisher.values()) == 3
    assert publisher.update(shrunk=True)[0].status == "updated"
    assert publisher.values() == ["aone.example.org"]


def test_an_old_copy_of_a_feed_is_held(publisher, server):
    server.serve("/lists/a.txt", ONE)
    publisher.update(publisher.yaml("/lists/a.txt"))
    server.serve("/lists/a.txt", TWO)
    publisher.update()
    server.serve("/lists/a.txt", ONE)
    (change,) = publisher.update()
    assert (change.status, change.feeds[0].status) == ("partly", "held")
    assert change.feeds[0].reason.startswith(f"it is again what it was before ({sha256(ONE)[:12]}…): an old copy")
    assert publisher.values() == ["one.example.org", "two.example.org"]
    assert told(publisher.update(older=True)) == [("updated", [("lists/a.txt", "taken", 0, 1)])]
    assert publisher.values() == ["one.example.org"]


def test_an_index_with_versions(publisher, server):
    index = publisher.own(1, a=ONE, b=OTHER)
    assert told(publisher.update(index)) == [("updated", [("a.txt", "taken", 1, 0), ("b.txt", "taken", 1, 0)])]
    publisher.own(2, a=TWO, b=OTHER)
    (change,) = publisher.update()
    assert change.version == 2
    assert told([change]) == [("updated", [("a.txt", "taken", 1, 0), ("b.txt", "same", 0, 0)])]
    assert server.paths.count("/b.txt") == 1
    assert [s.version for s in store.state_of(publisher.folder).sources] == [2]


def test_rollback(publisher):
    index = publisher.own(2, a=TWO)
    publisher.update(index)
    publisher.own(1, a=ONE)
    (change,) = changes = publisher.update()
    assert (change.status, exit_code(changes)) == ("refused", 1)
    assert change.reason == (
        "the index is of version 1, and version 2 was seen before: an old copy; "
        "if its publisher really went back, run again with --accept-older"
    )
    assert publisher.values() == ["one.example.org", "two.example.org"]
    assert publisher.update(older=True)[0].status == "updated"
    assert publisher.values() == ["one.example.org"]


def test_two_contents_of_one_version(publisher):
    publisher.update(publisher.own(2, a=ONE))
    publisher.own(2, a=TWO)
    (change,) = publisher.update()
    assert change.reason == "the index is another one than before under the same version 2; ask its publisher"
    assert publisher.values() == ["one.example.org"]


def test_an_index_that_loses_its_versions(publisher, server):
    index = publisher.own(2, a=ONE)
    publisher.update(index)
    server.plays["/index.json"] = answer(f"indicators:\n- download_url: {server.url('/a.txt')}\n".encode())
    server.serve("/a.txt", b"evil.example.org\n")
    (change,) = publisher.update()
    assert change.reason == ("the index had versions until now (the last was 2) and has none; ask its publisher")
    assert publisher.values() == ["one.example.org"]


def test_freeze(publisher, monkeypatch):
    past, soon = (datetime.now(UTC) + timedelta(hours=h) for h in (-1, 1))
    publisher.update(publisher.own(1, a=ONE, expires=soon.isoformat()))
    publisher.own(2, a=TWO, expires=past.isoformat(timespec="seconds"))
    (change,) = publisher.update()
    assert change.status == "refused"
    assert change.reason.startswith(
        f"the index was valid until {past.isoformat(timespec='seconds').replace('+00:00', 'Z')}: its publisher did not"
    )
    assert publisher.values() == ["one.example.org"]
    assert publisher.update(older=True)[0].status == "updated"


def last_had(publisher, when):
    """Say that the store's first source was last had whole at another time."""
    state = store.state_of(publisher.folder)
    with store.writing(publisher.folder), store.staging(publisher.folder) as staged:
        store.commit(publisher.folder, replace(state, sources=(replace(state.sources[0], checked=when),)), staged)


def test_a_clock_set_back_makes_no_index_valid_again(publisher):
    publisher.update(publisher.own(1, a=ONE))
    last_had(publisher, (datetime.now(UTC) + timedelta(days=30)).isoformat())
    publisher.own(2, a=TWO, expires=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert publisher.update()[0].reason.startswith("the index was valid until ")


def test_an_update_in_part_is_not_whole(publisher, server):
    """Whoever keeps one feed back does not make the source look fresh."""
    server.serve("/lists/a.txt", ONE)
    publisher.update(publisher.yaml("/lists/a.txt"))
    last_had(publisher, "2026-01-02T03:04:05Z")
    served = server.plays.pop("/lists/a.txt")
    assert publisher.update()[0].status == "partly"
    assert store.state_of(publisher.folder).sources[0].checked == "2026-01-02T03:04:05Z"
    server.plays["/lists/a.txt"] = served
    assert publisher.update()[0].status == "unchanged"
    assert store.state_of(publisher.folder).sources[0].checked > "2026-02"


def test_mix_and_match(publisher, server):
    """A new index with one old feed: neither feed changes."""
    publisher.update(publisher.own(1, a=ONE, b=OTHER))
    publisher.own(2, a=TWO, b=OTHER + b"more.example.org\n")
    server.serve("/b.txt", OTHER)
    (change,) = publisher.update()
    assert change.status == "refused"
    assert change.reason.startswith(
        f"nothing of version 2 was taken: b.txt: its SHA-256 is {sha256(OTHER)}, expected "
        f"{sha256(OTHER + b'more.example.org' + bytes([10]))}: it was changed on the way"
    )
    assert publisher.values() == ["one.example.org", "other.example.org"]
    server.serve("/b.txt", OTHER + b"more.example.org\n")
    assert publisher.update()[0].status == "updated"
    assert publisher.values() == ["more.example.org", "one.example.org", "other.example.org", "two.example.org"]


def test_a_new_feed_of_a_versioned_index_may_come_later(publisher, server):
    publisher.update(publisher.own(1, a=ONE))
    publisher.own(2, a=TWO, b=OTHER)
    served = server.plays.pop("/b.txt")
    assert told(publisher.update()) == [("partly", [("a.txt", "taken", 1, 0), ("b.txt", "missing", 0, 0)])]
    server.plays["/b.txt"] = served
    assert told(publisher.update()) == [("updated", [("a.txt", "same", 0, 0), ("b.txt", "taken", 1, 0)])]


def test_a_feed_larger_than_its_index_says(publisher, server):
    index = publisher.own(1, a=ONE)
    server.plays["/a.txt"] = chunked(ONE, b"x" * 100_000)
    (change,) = publisher.update(index)
    assert "larger than 16 bytes" in change.reason


def test_a_gzip_bomb(publisher, server):
    index = publisher.own(1, a=ONE)
    server.plays["/a.txt"] = answer(gzip.compress(bytes(20_000_000))[:16], headers=("Content-Encoding: gzip",))
    assert publisher.update(index)[0].status == "refused"
    server.plays["/big.txt"] = answer(gzip.compress(bytes(70_000_000)), headers=("Content-Encoding: gzip",))
    (change,) = publisher.update(feeds=[server.url("/big.txt")])
    assert "larger than 64 MiB; the limit is there so that no server can fill your disk" in change.reason


def test_signatures(publisher, tmp_path):
    mine, public = key(tmp_path)
    other, other_public = key(tmp_path, "other", b"2" * 32)
    index = publisher.own(1, signer=mine, a=ONE)
    (change,) = publisher.update(index)
    assert (change.status, change.signed_by) == ("updated", public.fingerprint)

    publisher.own(2, a=TWO)
    assert publisher.update()[0].reason.startswith(f"the index {index} is not signed; until now it was, by SHA256:")
    publisher.own(2, signer=other, a=TWO)
    assert publisher.update()[0].reason.startswith(
        f"the index {index} is signed by {other_public.fingerprint}; until now it was {public.fingerprint}."
    )
    publisher.own(2, signer=mine, a=TWO)
    signature = publisher.server.plays["/index.json.sig"]
    publisher.own(2, a=TWO, b=OTHER)
    publisher.server.plays["/index.json.sig"] = signature
    assert "the signature does not fit" in publisher.update()[0].reason
    assert publisher.values() == ["one.example.org"]
    publisher.server.plays["/index.json.sig"] = answer(b"", "500 Oops")
    assert "the server answered 500" in publisher.update()[0].reason

    (publisher.folder / trust.FILE).write_text(trust.line(index, other_public))
    publisher.own(2, signer=other, a=TWO)
    assert publisher.update()[0].status == "updated"
    publisher.own(3, signer=mine, a=ONE)
    assert f"you trust only {other_public.fingerprint}" in publisher.update()[0].reason
    (publisher.folder / trust.FILE).write_text("nonsense")
    with pytest.raises(TrustError, match="allowed_signers, line 1"):
        publisher.update()


def test_a_published_index_with_a_trusted_key_must_be_signed(publisher, server, tmp_path):
    _, public = key(tmp_path)
    server.serve("/lists/a.txt", ONE)
    index = publisher.yaml("/lists/a.txt")
    publisher.folder.mkdir()
    (publisher.folder / trust.FILE).write_text(trust.line(index, public))
    assert publisher.update(index)[0].reason == (
        f"the index {index} is not signed, and you trust only what {public.fingerprint} signed; ask its publisher"
    )


def test_single_feeds(publisher, server):
    address = server.serve("/x/a.txt", ONE)
    pinned = f"{server.serve('/x/b.txt', OTHER)}#sha256={sha256(OTHER)}"
    assert told(publisher.update(feeds=[address, pinned])) == [
        ("updated", [("x/a.txt", "taken", 1, 0)]), ("updated", [("x/b.txt", "taken", 1, 0)]),
    ]  # fmt: skip
    server.serve("/x/a.txt", TWO)
    server.serve("/x/b.txt", TWO)
    changes = publisher.update()
    assert told(changes)[0] == ("updated", [("x/a.txt", "taken", 1, 0)])
    assert (changes[1].status, exit_code(changes)) == ("unchanged", 0)
    os.unlink(store.object_of(publisher.folder, sha256(OTHER)))
    changes = publisher.update()
    assert (changes[1].status, exit_code(changes)) == ("refused", 3)
    assert changes[1].reason.startswith(f"its SHA-256 is {sha256(TWO)}, expected {sha256(OTHER)}: it was changed on")


def test_an_index_is_no_feed_nor_a_feed_an_index(publisher, server):
    server.serve("/lists/a.txt", ONE)
    index = publisher.yaml("/lists/a.txt")
    publisher.update(index, feeds=[server.url("/lists/a.txt")])
    for changes in (publisher.update(feeds=[index]), publisher.update(server.url("/lists/a.txt"))):
        assert [(c.status, c.reason.split(";")[0]) for c in changes] == [
            ("refused", "it is followed as the other of index and feed")
        ]


def test_an_index_from_a_file(publisher, server, tmp_path):
    server.serve("/lists/a.txt", ONE)
    publisher.yaml("/lists/a.txt")
    file = tmp_path / "my index.yaml"
    file.write_bytes(server.plays["/indicators.yaml"].partition(b"\r\n\r\n")[2])
    assert publisher.update(file)[0].source == "file:my index.yaml"
    assert publisher.values() == ["one.example.org"]
    assert str(tmp_path) not in (publisher.folder / store.FILE).read_text()
    (change,) = publisher.update()
    assert (change.status, change.told) == (
        "unchanged", ("it came from a file; name that with --index to renew it",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("indices", "feeds", "reason"),
    [
        (("none.yaml",), (), "none.yaml is neither an https:// address nor a file"),
        ((), ("http://example.org/a",), "only https:// addresses are fetched, got 'http://example.org/a'"),
        ((), ("https://example.org/a#sha256=1",), "expected #sha256= and 64 hexadecimal digits, got '#sha256=1'"),
    ],
)
def test_wrong_use(publisher, indices, feeds, reason):
    with pytest.raises(FeedIndexError) as said:
        publisher.update(*indices, feeds=feeds)
    assert str(said.value) == reason


@pytest.mark.parametrize("index", [
    b"indicators:\n- download_url: https://example.org/../../etc/passwd\n",
    b"indicators:\n- download_url: https://example.org/%00\n",
    b"indicators:\n- download_url: file:///etc/passwd\n",
    b"indicators:\n" + b"- download_url: https://example.org/x\n" * 10_000,
    b"[" * 100_000,
    b"\xff",
    b"<html>",
])  # fmt: skip
def test_hostile_indices_change_nothing(publisher, server, index):
    server.serve("/lists/a.txt", ONE)
    address = publisher.yaml("/lists/a.txt")
    publisher.update(address)
    before = (publisher.folder / store.FILE).read_bytes()
    server.serve("/indicators.yaml", index)
    (change,) = publisher.update()
    assert change.status == "refused"
    assert publisher.values() == ["one.example.org"]
    after = json.loads((publisher.folder / store.FILE).read_bytes())
    assert after["sources"] == json.loads(before)["sources"]
    assert after["history"][-1]["sources"][0]["reason"] == change.reason


def test_redirects_to_elsewhere_are_told(publisher, server):
    server.serve("/lists/a.txt", ONE)
    server.plays["/lists/b.txt"] = answer(b"", "302 Found", (f"Location: {server.url('/lists/a.txt', '127.0.0.1')}",))
    (change,) = publisher.update(publisher.yaml("/lists/b.txt"))
    assert change.told == (f"{server.url('/lists/b.txt')} sends to 127.0.0.1",)
    server.plays["/lists/b.txt"] = answer(b"", "302 Found", ("Location: http://localhost/a",))
    assert "only https:// addresses are fetched" in publisher.update()[0].feeds[0].reason


def test_a_secret_in_an_address_is_shown_nowhere(publisher, server):
    server.serve("/lists/a.txt?key=secret", ONE)
    (change,) = publisher.update(feeds=[server.url("/lists/a.txt?key=secret")])
    assert publisher.values() == ["one.example.org"]
    assert "secret" not in repr(change) + repr(publisher.history()) + repr(publisher.said)
    publisher.update()
    assert server.paths == ["/lists/a.txt?key=secret"] * 2
    assert (publisher.folder / store.FILE).stat().st_mode & 0o077 == 0


def test_a_dry_run_changes_nothing(publisher, server):
    server.serve("/lists/a.txt", ONE)
    index = publisher.yaml("/lists/a.txt")
    assert told(publisher.update(index, dry_run=True)) == [("updated", [("lists/a.txt", "taken", 1, 0)])]
    assert not publisher.folder.exists()
    publisher.update(index)
    before = sorted((p, p.stat().st_mtime_ns) for p in publisher.folder.rglob("*"))
    server.serve("/lists/a.txt", TWO)
    assert told(publisher.update(dry_run=True)) == [("updated", [("lists/a.txt", "taken", 1, 0)])]
    assert sorted((p, p.stat().st_mtime_ns) for p in publisher.folder.rglob("*")) == before


def test_a_damaged_object_is_fetched_again(publisher, server):
    server.serve("/lists/a.txt", ONE)
    publisher.update(publisher.yaml("/lists/a.txt"))
    store.object_of(publisher.folder, sha256(ONE)).write_bytes(b"damaged")
    assert publisher.values() == []
    publisher.update()
    assert publisher.values() == ["one.example.org"]


def test_two_updates_at_once(publisher, server, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    server.serve("/lists/a.txt", ONE)
    with store.writing(publisher.folder), pytest.raises(StoreError, match="another run is changing the feeds"):
        publisher.update(publisher.yaml("/lists/a.txt"))


def test_two_sources_may_name_a_feed_alike(publisher, server):
    a, b = server.serve("/x/a.txt", ONE), server.serve("/x/a.txt?2", OTHER)
    publisher.update(feeds=[a, b])
    assert publisher.values() == ["one.example.org", "other.example.org"]
    assert len(publisher.update()) == 2


RESTRICTS = b"""
[[indicator]]
kind = "domain"
values = ["one.example.org"]
surfaces = ["visited"]
why = "an attacker says so"
"""


@pytest.mark.parametrize("name", ["surfaces.toml", "my-Surfaces.TOML"])
def test_no_publisher_says_where_indicators_mean_something(publisher, server, name):
    server.serve("/lists/a.txt", ONE)
    server.serve(f"/lists/{name}", RESTRICTS)
    (change,) = publisher.update(publisher.yaml("/lists/a.txt", f"/lists/{name}"))
    assert change.feeds[1].reason == "where indicators mean something is for you to say, so no surfaces.toml is taken"
    assert told([change]) == [("partly", [("lists/a.txt", "taken", 1, 0), (f"lists/{name}", "missing", 0, 0)])]
    assert [(f.name, f.format) for f in load([publisher.folder]).feeds] == [("lists/a.txt", "list")]


def test_equal_bytes_under_two_names_are_read_by_their_own(publisher, server):
    """A file's name says what a bare list holds."""
    server.serve("/lists/domains.txt", b"one.example.org\n")
    index = publisher.yaml("/lists/domains.txt")
    publisher.update(index)
    server.serve("/lists/processes.txt", b"one.example.org\n")
    publisher.yaml("/lists/processes.txt")
    publisher.update()
    assert [(i.kind, i.shown) for i in load([publisher.folder]).indicators] == [("process-name", "one.example.org")]
    publisher.yaml("/lists/domains.txt")
    publisher.update()
    assert [(i.kind, i.shown) for i in load([publisher.folder]).indicators] == [("domain", "one.example.org")]


def test_patterns_of_several_values_count(publisher, server):
    pattern = "[domain-name:value = 'a.example.org'] FOLLOWEDBY [domain-name:value = 'b.example.org']"
    rows = [{"type": "indicator", "id": f"indicator--{n}", "pattern_type": "stix", "pattern": pattern} for n in "1"]
    server.serve("/lists/a.stix2", json.dumps({"type": "bundle", "objects": rows}).encode())
    (change,) = publisher.update(publisher.yaml("/lists/a.stix2"))
    assert [(f.status, f.indicators) for f in change.feeds] == [("taken", 1)]
