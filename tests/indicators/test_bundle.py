"""Bundles: what one machine packs another has, byte for byte; and what was changed, lacks, or is old is refused."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import replace

import pytest

from bridle.indicators import bundle_file, load, store, trust
from bridle.indicators.bundle import pack, unpack
from bridle.indicators.bundle_file import BundleError
from bridle.indicators.feed_change import Rules
from bridle.indicators.feed_state import Source, State, StoredFeed
from bridle.indicators.source_change import RefusedError
from bridle.indicators.ssh_signature import sign
from bridle.indicators.store import StoreError
from bridle.indicators.trust import TrustError
from indicator_keys import key

ONE = b"one.example.org\n"
TWO = b"one.example.org\ntwo.example.org\n"
OTHER = b"other.example.org\n"
INDEX = "https://example.org/index.json"
LIST = "https://example.org/indicators.yaml"
EARLY, LATE = "2026-01-02T03:04:05Z", "2026-02-02T03:04:05Z"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def own(version, signer=None, expires=None, **feeds):
    """A source with our form of index, and the objects it needs."""
    rows = [{"name": f"{n}.txt", "url": f"{n}.txt", "sha256": sha256(d)} for n, d in feeds.items()]
    data = json.dumps(
        {"format": "bridle-feeds", "schema": 1, "version": version, "expires": expires, "feeds": rows}
    ).encode()
    return made(INDEX, data, signer, version=version, expires=expires, checked=EARLY, **feeds)


def published(checked=EARLY, listed=None, **feeds):
    """A source with the field's form of index."""
    rows = [f"- download_url: https://example.org/{n}.txt" for n in listed or feeds]
    return made(LIST, "\n".join(["indicators:", *rows]).encode(), checked=checked, **feeds)


def made(source, index, signer=None, version=None, expires=None, checked=EARLY, **feeds):
    signature = sign(index, signer, trust.INDEX) if signer else None
    stored = tuple(
        StoredFeed(f"{n}.txt", f"https://example.org/{n}.txt?key=secret", sha256(d), len(d), 1, EARLY)
        for n, d in feeds.items()
    )
    found = Source(
        source=source, kind="index", checked=checked, sha256=sha256(index), version=version, expires=expires,
        signature=sha256(signature) if signature else None, feeds=stored,
        signed_by=trust.judged(index, signature, trust.INDEX, (), None, "it"),
    )  # fmt: skip
    return found, [
        (index, "index"),
        *((d, f"{n}.txt") for n, d in feeds.items()),
        *([(signature, "s")] if signer else []),
    ]


def stored(folder, *sources, **more):
    """A store with these sources."""
    with store.writing(folder), store.staging(folder) as staged:
        for _, objects in sources:
            for data, name in objects:
                staged.put(data, name)
        store.commit(folder, State(tuple(s for s, _ in sources), **more), staged)
    return folder


def values(folder):
    return sorted(i.shown for i in load([folder]).indicators)


@pytest.fixture
def online(tmp_path):
    return tmp_path / "online"


@pytest.fixture
def offline(tmp_path):
    return tmp_path / "offline"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "a.bridle-feeds"


def members(file):
    with file.open("rb") as opened:
        return dict(bundle_file.read(opened))


def rewritten(file, change, name="changed.bridle-feeds"):
    """The same bundle with its members changed."""
    found = members(file)
    change(found)
    target = file.with_name(name)
    bundle_file.write(target, found.items())
    return target


def test_what_one_machine_packs_another_has(online, offline, file):
    stored(online, own(3, a=ONE, b=OTHER), published(c=TWO))
    packed = pack(online, file)
    assert (packed.feeds, packed.signed_by, packed.left_out, packed.size) == (3, None, (), file.stat().st_size)
    unpacked = unpack(offline, file)
    assert [(c.source, c.status, c.version, [(f.name, f.status) for f in c.feeds]) for c in unpacked.changes] == [
        (INDEX, "updated", 3, [("a.txt", "taken"), ("b.txt", "taken")]),
        (LIST, "updated", None, [("c.txt", "taken")]),
    ]
    assert unpacked.sha256 == packed.sha256
    assert [(f.name, f.digest) for f in load([offline]).feeds] == [(f.name, f.digest) for f in load([online]).feeds]
    assert values(offline) == ["one.example.org", "other.example.org", "two.example.org"]
    assert [s.checked for s in store.state_of(offline).sources] == [EARLY, EARLY]
    assert {c.status for c in unpack(offline, file).changes} == {"unchanged"}
    again = file.with_name("again")
    pack(offline, again)
    assert {n for n in members(again) if n.startswith("objects/")} == {
        n for n in members(file) if n.startswith("objects/")
    }


def test_equal_feeds_give_equal_bytes(online, file):
    stored(online, own(3, a=ONE, b=OTHER))
    pack(online, file)
    pack(online, file.with_name("again"))
    assert file.read_bytes() == file.with_name("again").read_bytes()


def test_a_bundle_is_a_tar_and_holds_nothing_secret(online, file):
    stored(online, own(3, a=ONE))
    pack(online, file)
    with tarfile.open(file) as tar:
        names = tar.getnames()
        assert {(m.mtime, m.uid, m.uname, m.mode, m.type) for m in tar} == {(0, 0, "", 0o644, tarfile.REGTYPE)}
    assert names == ["manifest.json", *sorted(n for n in names if n.startswith("objects/"))]
    assert (len(names), b"secret" in file.read_bytes()) == (3, False)


def test_files_that_people_put_there_are_named(online, file):
    stored(online, own(3, a=ONE))
    (online / "mine.txt").write_text("mine.example.org\n")
    assert pack(online, file).left_out == ("mine.txt",)


def test_what_is_not_packed(online, file, tmp_path):
    with pytest.raises(BundleError, match="there are no feeds to pack; run `bridle indicators update` first"):
        pack(online, file)
    stored(online, own(3, a=ONE))
    file.write_text("precious")
    with pytest.raises(BundleError, match="exists already; name a new file"):
        pack(online, file)
    assert file.read_text() == "precious"
    with pytest.raises(BundleError, match="cannot be written: No such file or directory"):
        pack(online, tmp_path / "no" / "x")
    store.object_of(online, sha256(ONE)).write_bytes(b"damaged")
    with pytest.raises(StoreError, match="is damaged; run `bridle indicators update` first"):
        pack(online, tmp_path / "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.bridle-feeds", "online"]


def test_signatures_of_bundles(online, offline, file, tmp_path):
    mine, public = key(tmp_path)
    other, other_public = key(tmp_path, "other", b"2" * 32)
    stored(online, own(3, a=ONE))
    pack(online, file)
    pack(online, tmp_path / "mine", mine)
    assert pack(online, tmp_path / "others", other).signed_by == other_public.fingerprint
    with pytest.raises(TrustError, match="is not signed, and you trust only what SHA256"):
        unpack(offline, file, [public])
    with pytest.raises(TrustError, match=r"is signed by SHA256:.*, and you trust only SHA256"):
        unpack(offline, tmp_path / "others", [public])
    assert values(offline) == []
    assert unpack(offline, tmp_path / "mine").signed_by == public.fingerprint
    for wrong, said in (
        (file, "is not signed; until now it was, by"),
        (tmp_path / "others", "; until now it was SHA256"),
    ):
        with pytest.raises(TrustError, match=said):
            unpack(offline, wrong)
    (offline / trust.FILE).write_text(trust.line(trust.BUNDLES, other_public))
    assert unpack(offline, tmp_path / "others").signed_by == other_public.fingerprint


@pytest.mark.skipif(not (shutil.which("ssh-keygen") and shutil.which("tar")), reason="ssh-keygen and tar are not here")
def test_a_signed_bundle_is_checked_without_bridle(online, file, tmp_path):
    mine, public = key(tmp_path)
    stored(online, own(3, a=ONE))
    pack(online, file, mine)
    signature, manifest = (
        subprocess.run(["tar", "xOf", file, name], capture_output=True, check=True).stdout
        for name in ("manifest.json.sig", "manifest.json")
    )
    (tmp_path / "sig").write_bytes(signature)
    command = ["ssh-keygen", "-Y", "check-novalidate", "-n", "bridle-bundle", "-s", tmp_path / "sig"]
    said = subprocess.run(command, input=manifest, capture_output=True, timeout=20)
    assert (said.returncode, public.fingerprint.encode() in said.stdout) == (0, True)


def test_a_manifest_that_was_changed_after_it_was_signed(online, offline, file, tmp_path):
    stored(online, own(3, a=ONE))
    pack(online, file, key(tmp_path)[0])

    def change(found):
        found["manifest.json"] = found["manifest.json"].replace(b"a.txt", b"b.txt")

    with pytest.raises(TrustError, match="the signature does not fit"):
        unpack(offline, rewritten(file, change))
    assert values(offline) == []


def test_the_publishers_signature_is_checked_where_the_bundle_arrives(online, offline, file, tmp_path):
    mine, public = key(tmp_path)
    other, _ = key(tmp_path, "other", b"2" * 32)
    stored(online, own(3, signer=other, a=ONE))
    pack(online, file)
    offline.mkdir()
    (offline / trust.FILE).write_text(trust.line(INDEX, public))
    with pytest.raises(TrustError, match=r"the index https://example.org/index.json in the bundle is signed by SHA256"):
        unpack(offline, file)
    stored(online, own(3, signer=mine, a=ONE))
    pack(online, tmp_path / "mine")
    assert unpack(offline, tmp_path / "mine").changes[0].signed_by == public.fingerprint


def test_an_index_does_not_become_a_single_feed_to_get_around_its_key(online, offline, file, tmp_path):
    mine, public = key(tmp_path)
    feed = StoredFeed("a.txt", INDEX, sha256(OTHER), len(OTHER), 1, LATE)
    forged = Source(source=INDEX, kind="feed", checked=LATE, sha256=sha256(OTHER), feeds=(feed,))
    stored(online, (forged, [(OTHER, "a.txt")]))
    pack(online, file)
    stored(offline, own(3, signer=mine, a=ONE))
    with pytest.raises(RefusedError, match="is an index, and a single feed in the bundle; ask who packed it"):
        unpack(offline, file)
    assert values(offline) == ["one.example.org"]
    other = tmp_path / "other"
    other.mkdir()
    (other / trust.FILE).write_text(trust.line(INDEX, public))
    with pytest.raises(RefusedError, match="is an index, and a single feed in the bundle; ask who packed it"):
        unpack(other, file)


def test_rollback(online, offline, file):
    stored(offline, own(3, a=TWO))
    stored(online, own(2, a=ONE))
    pack(online, file)
    with pytest.raises(RefusedError, match=r"the index is of version 2, and version 3 was seen before: an old copy"):
        unpack(offline, file)
    assert values(offline) == ["one.example.org", "two.example.org"]
    unpack(offline, file, rules=Rules(older=True))
    assert values(offline) == ["one.example.org"]


def test_an_old_bundle_of_an_index_without_versions(online, offline, file):
    stored(offline, published(checked=LATE, a=TWO))
    stored(online, published(checked=EARLY, a=ONE))
    pack(online, file)
    with pytest.raises(
        RefusedError, match=f"as of {EARLY}, the store as of {LATE}: an old bundle; ask for a newer one"
    ):
        unpack(offline, file)
    unpack(offline, file, rules=Rules(older=True))
    assert values(offline) == ["one.example.org"]


def test_a_bundle_from_the_future_blocks_no_later_one(online, offline, file):
    stored(online, published(checked="2099-01-01T00:00:00Z", a=ONE))
    pack(online, file)
    unpack(offline, file)
    assert store.state_of(offline).sources[0].checked < "2099"


def test_freeze(online, offline, file):
    stored(online, own(3, expires=LATE, a=ONE))
    pack(online, file)
    with pytest.raises(RefusedError, match=f"the index was valid until {LATE}"):
        unpack(offline, file)
    unpack(offline, file, rules=Rules(older=True))


def test_shrunk_and_lacking(online, offline, file):
    stored(offline, published(a=b"".join(b"%d.example.org\n" % n for n in range(5)), b=OTHER))
    stored(online, published(a=ONE, b=OTHER))
    pack(online, file)
    with pytest.raises(RefusedError, match=r"a.txt: it has 1 indicators and had 5"):
        unpack(offline, file)
    stored(online, published(listed=["a", "b"], b=OTHER))
    pack(online, file.with_name("2"))
    with pytest.raises(RefusedError, match=r"the bundle lacks a.txt, which its index lists and the store has"):
        unpack(offline, file.with_name("2"))
    assert len(values(offline)) == 6
    stored(online, published(b=OTHER))
    pack(online, file.with_name("3"))
    (change,) = unpack(offline, file.with_name("3")).changes
    assert [(f.name, f.status) for f in change.feeds] == [("b.txt", "same"), ("a.txt", "gone")]
    assert values(offline) == ["other.example.org"]


def test_other_sources_stay(online, offline, file):
    stored(offline, published(c=OTHER))
    stored(online, own(3, a=ONE))
    pack(online, file)
    assert unpack(offline, file).kept == (LIST,)
    assert values(offline) == ["one.example.org", "other.example.org"]


def test_a_dry_run(online, offline, file):
    stored(online, own(3, a=ONE))
    pack(online, file)
    assert unpack(offline, file, dry_run=True).changes[0].status == "updated"
    assert not offline.exists()


def test_every_flipped_byte_is_seen(online, offline, file):
    """Without any signature, no byte can change unseen: it is in a header, or its digest is in the manifest."""
    stored(online, own(3, a=ONE))
    packed = pack(online, file)
    whole = file.read_bytes()
    taken = []
    for at in range(0, len(whole), 41):
        changed = file.with_name("changed")
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        try:
            unpacked = unpack(offline, changed, dry_run=True)
        except (BundleError, RefusedError, TrustError):
            continue
        if unpacked.sha256 == packed.sha256:
            taken.append(at)
    assert len(whole) > 4000
    assert taken == []


def test_every_truncation_is_seen(online, offline, file):
    stored(online, own(3, a=ONE))
    pack(online, file)
    whole = file.read_bytes()
    cut = file.with_name("cut")
    for size in (*range(0, len(whole), 128), len(whole) - 1):
        cut.write_bytes(whole[:size])
        with pytest.raises(BundleError, match=r"ends early|is no bundle"):
            unpack(offline, cut)
    cut.write_bytes(whole + b"x")
    with pytest.raises(BundleError, match="it goes on after its end"):
        unpack(offline, cut)
    assert values(offline) == []


def change_manifest(**more):
    def change(found):
        made = json.loads(found["manifest.json"])
        for place, value in more.items():
            *inner, last = place.split("__")
            at = made
            for part in inner:
                at = at[int(part) if part.isdigit() else part]
            at[last] = value
        found["manifest.json"] = json.dumps(made).encode()

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_manifest(format="x"), "expected bridle-feeds-bundle, schema 1; use a newer bridle"),
        (change_manifest(schema=2), "expected bridle-feeds-bundle, schema 1; use a newer bridle"),
        (change_manifest(sources=[]), "its manifest names no source, or one twice"),
        (change_manifest(sources={}), "its manifest names no source, or one twice"),
        (change_manifest(sources__0__feeds__0__name="../../x"), "expected a name such as pegasus.stix2"),
        (change_manifest(sources__0__feeds__0__name="/etc/x.txt"), "expected a name such as pegasus.stix2"),
        (change_manifest(sources__0__feeds__0__sha256="../x"), "expected a SHA-256, got '../x'"),
        (change_manifest(sources__0__feeds__0__sha256="0" * 64), "which its manifest does not name"),
        (
            change_manifest(sources__0__feeds__0__name="c.txt"),
            "c.txt is not as its index lists it; pack the bundle aga",
        ),
        (change_manifest(sources__0__source=f"{INDEX}?x"), "expected a source without a name, query or fragment"),
        (change_manifest(sources__0__version=9), "is not what the bundle says of it; pack it again"),
        (change_manifest(sources__0__signed_by="SHA256:x"), "is not what the bundle says of it; pack it again"),
        (change_manifest(sources__0__expires=LATE), "is not what the bundle says of it; pack it again"),
        (change_manifest(sources__0__kind="feed"), "which its manifest does not name"),
        (lambda found: found.update({"objects/" + "0" * 64: b"x"}), "which its manifest does not name; copy it again"),
        (lambda found: found.update({"../../x": b"x"}), "it holds '../../x', which its manifest does not name"),
        (lambda found: found.update({f"objects/{sha256(ONE)}": b"evil.example.org"}), "is not what its digest says"),
        (lambda found: found.pop(f"objects/{sha256(ONE)}"), "it lacks "),
        (lambda found: found.update({"manifest.json": b"[" * 100_000}), "nested too deeply"),
        (lambda found: found.update({"manifest.json": b"\xff"}), "its manifest is none: UnicodeDecodeError("),
        (lambda found: found.pop("manifest.json"), "it is no bundle of feeds"),
        (lambda found: found.update({"manifest.json": b" " * (9 << 20)}), "it is no bundle of feeds"),
    ],
)
def test_hostile_bundles(online, offline, file, tmp_path, change, said):
    stored(offline, published(c=OTHER))
    stored(online, own(3, a=ONE, b=TWO))
    pack(online, file)
    before = (offline / store.FILE).read_bytes()
    with pytest.raises((BundleError, RefusedError)) as e:
        unpack(offline, rewritten(file, change))
    assert said.removesuffix("; copy it again") in str(e.value)
    assert (offline / store.FILE).read_bytes() == before
    assert values(offline) == ["other.example.org"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.bridle-feeds", "changed.bridle-feeds", "offline", "online"]


def tar_of(*infos):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, data in infos:
            tar.addfile(info, io.BytesIO(data) if data else None)
    return out.getvalue()


def info(name="manifest.json", size=0, **more):
    made = tarfile.TarInfo(name)
    made.size = size
    for attribute, value in more.items():
        setattr(made, attribute, value)
    return made


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "ends early"),
        (b"x" * 5000, "it is no bundle, or a damaged one"),
        (b"\0" * 5120, "it goes on after its end"),
        (b"\0" * 1024, "it is no bundle of feeds"),
        (tar_of((info(type=tarfile.SYMTYPE, linkname="/x"), b"")), "is not what `bridle indicators pack` writes"),
        (tar_of((info(type=tarfile.DIRTYPE), b"")), "is not what `bridle indicators pack` writes"),
        (tar_of((info("x" * 300), b"")), "is not what `bridle indicators pack` writes"),
        (info(size=1 << 40).tobuf(), "is not what `bridle indicators pack` writes"),
        (info(size=65 << 20).tobuf(tarfile.USTAR_FORMAT), "it is larger than a bundle may be (64 MiB a feed)"),
        (info(size=60 << 20).tobuf(tarfile.USTAR_FORMAT), "it ends early"),
    ],
)  # fmt: skip
def test_files_that_are_no_bundles(offline, file, data, said):
    file.write_bytes(data)
    with pytest.raises(BundleError) as e:
        unpack(offline, file)
    assert said in str(e.value)


def test_the_whole_of_a_bundle_is_bounded(file, monkeypatch):
    monkeypatch.setattr(bundle_file, "LARGEST_UPDATE", 30)
    bundle_file.write(file, [("a", b"x" * 20), ("b", b"x" * 20)])
    with pytest.raises(BundleError, match="it is larger than a bundle may be"):
        members(file)
    bundle_file.write(file.with_name("twice"), [("a", b""), ("a", b"")])
    with pytest.raises(BundleError, match="it has 'a' twice"):
        members(file.with_name("twice"))


def test_a_file_that_cannot_be_read(offline, tmp_path):
    with pytest.raises(BundleError, match="cannot be read: Is a directory"):
        unpack(offline, tmp_path)


def test_a_single_feed_in_a_bundle(online, offline, file):
    source = "https://example.org/a.txt?key=secret"
    feed = StoredFeed("a.txt", source, sha256(ONE), len(ONE), 1, EARLY)
    single = Source(source=source, kind="feed", checked=EARLY, sha256=sha256(ONE), feeds=(feed,))
    stored(online, (single, [(ONE, "a.txt")]))
    pack(online, file)
    assert unpack(offline, file).changes[0].source == "https://example.org/a.txt"
    assert values(offline) == ["one.example.org"]
    stored(online, (replace(single, feeds=(feed, replace(feed, name="b.txt"))), [(ONE, "a.txt")]))
    pack(online, file.with_name("2"))
    with pytest.raises(RefusedError, match=r"b.txt is not as its index lists it"):
        unpack(offline, file.with_name("2"))
