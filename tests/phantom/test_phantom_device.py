import json
import plistlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from phantoms import ITERATIONS, PASSWORD, decrypt_backup, file_id, opened, stored, tree

from bridle.formats import keyed_archive, plist, typedstream
from bridle.phantom import device
from bridle.phantom.attack import infrastructure
from bridle.phantom.truth import Truth

SMS = ("HomeDomain", "Library/SMS/sms.db")
HISTORY = ("HomeDomain", "Library/Safari/History.db")
DATA_USAGE = ("WirelessDomain", "Library/Databases/DataUsage.sqlite")
LOOK_UPS = ("HomeDomain", "Library/Preferences/com.apple.identityservices.idstatuscache.plist")
TCC = ("HomeDomain", "Library/TCC/TCC.db")


def make(
    root: Path, state: str, *, encrypted: bool = False, kind: str = "ios-backup", seed: int = 3, scale: int = 1
) -> Truth:
    password = PASSWORD if encrypted else None
    return device.write(kind, state, encrypted, password, seed, root, scale, iterations=ITERATIONS)


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One device in each state, and the infected one encrypted and as a file system."""
    root = tmp_path_factory.mktemp("phones")
    for state in ("clean", "targeted", "infected"):
        make(root / state, state)
    make(root / "encrypted", "infected", encrypted=True)
    make(root / "files", "infected", kind="ios-file-system")
    yield root


def truth(root: Path) -> dict[str, object]:
    return json.loads(root.with_name(f"{root.name}.truth.json").read_text("utf-8"))


FIRST = {
    "ios.sms.message", "ios.id_status_cache.look_up", "ios.safari_history.item", "ios.data_usage.process",
    "ios.data_usage.usage", "ledger",
}  # fmt: skip
"""Tables of the traces that these tests follow; the others are followed in test_phantom_kinds.py."""


def earlier(root: Path) -> list[dict[str, object]]:
    return [t for t in truth(root)["traces"] if t["table"] in FIRST]


def times(root: Path) -> dict[str, datetime]:
    return {t["value"]: datetime.fromisoformat(t["time"]) for t in earlier(root)}


@pytest.mark.parametrize(
    ("kind", "encrypted"), [("ios-backup", False), ("ios-backup", True), ("ios-file-system", False)]
)
def test_equal_seeds_give_equal_bytes(tmp_path: Path, kind: str, encrypted: bool) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        make(tmp_path / name, "infected", kind=kind, encrypted=encrypted, seed=seed)
    a, b, c = (tree(tmp_path / n) for n in "abc")
    assert a == b
    assert a != c
    assert (tmp_path / "a.truth.json").read_bytes() == (tmp_path / "b.truth.json").read_bytes()


def test_encrypted_and_plain_hold_the_same(phones: Path) -> None:
    plain, opened_again = tree(phones / "infected"), decrypt_backup(phones / "encrypted", PASSWORD)
    rows = []
    for manifest in (plain.pop("Manifest.db"), opened_again.pop("Manifest.db")):
        with opened(manifest) as db:
            rows.append(db.execute("SELECT rowid, fileID, domain, relativePath, flags FROM Files").fetchall())
    assert rows[0] == rows[1]
    described = {"Info.plist", "Manifest.plist", "Status.plist"}
    assert opened_again == {k: v for k, v in plain.items() if k not in described}
    assert (phones / "encrypted/Info.plist").read_bytes() == plain["Info.plist"]


def test_nothing_of_the_content_is_readable_in_the_encrypted_backup(phones: Path) -> None:
    for name, data in tree(phones / "encrypted").items():
        if not name.endswith(".plist"):
            assert b"SQLite format" not in data
            assert b"bplist" not in data


def test_a_wrong_password_opens_nothing(phones: Path) -> None:
    with pytest.raises(InvalidUnwrap):
        decrypt_backup(phones / "encrypted", "another")


def test_manifest_lists_what_is_there(phones: Path) -> None:
    root = phones / "infected"
    with opened((root / "Manifest.db").read_bytes()) as db:
        rows = db.execute("SELECT fileID, domain, relativePath, flags, file FROM Files").fetchall()
    listed = {(domain, path): flags for _, domain, path, flags, _ in rows}
    for name, domain, path, flags, blob in rows:
        attributes = keyed_archive.unarchive(plist.loads(blob))
        assert name == file_id(domain, path)
        assert attributes["$class"] == "MBFile"
        assert attributes["RelativePath"] == path
        assert attributes["Size"] == (len(stored(root, domain, path)) if flags == 1 else 0)
        assert attributes["Mode"] == (0o100644 if flags == 1 else 0o040755)
        if path:
            assert listed[domain, path.rpartition("/")[0]] == 2
    files = {f"{n[:2]}/{n}" for n, _, _, flags, _ in rows if flags == 1}
    assert files == tree(root).keys() - {"Info.plist", "Manifest.db", "Manifest.plist", "Status.plist"}


@pytest.mark.parametrize("place", [SMS, HISTORY, DATA_USAGE, TCC])
@pytest.mark.parametrize("state", ["clean", "infected"])
def test_databases_are_sound(phones: Path, state: str, place: tuple[str, str]) -> None:
    with opened(stored(phones / state, *place)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA page_size").fetchone() == (4096,)


def test_what_is_planted_in_each_state(phones: Path) -> None:
    by = infrastructure(3)
    planted = {
        state: [(t["stage"], t["table"]) for t in earlier(phones / state)]
        for state in ("clean", "targeted", "infected")
    }
    lures = [("targeting", "ios.sms.message")] * 2 + [("targeting", "ios.id_status_cache.look_up")]
    assert planted["clean"] == []
    assert planted["targeted"] == lures
    assert planted["infected"] == [
        *lures,
        ("exploitation", "ios.safari_history.item"), ("exploitation", "ios.safari_history.item"),
        ("execution", "ios.data_usage.process"), ("tampering", "ledger"), ("execution", "ios.data_usage.process"),
        ("exploitation", "ledger"), ("execution", "ios.data_usage.process"), ("exfiltration", "ios.data_usage.usage"),
        ("tampering", "ios.data_usage.usage"),
    ]  # fmt: skip
    every = truth(phones / "infected")["traces"]
    assert [t["order"] for t in every] == list(range(1, len(every) + 1))
    assert [t["time"] for t in every] == sorted(t["time"] for t in every)
    found = earlier(phones / "infected")
    assert [found[i]["value"] for i in (0, 1, 2, 5, 7, 9)] == [
        by.lure, by.hidden_lure, by.account, "bh", by.daemon, by.resembling,
    ]  # fmt: skip


def test_no_trace_of_the_attack_in_the_clean_state(phones: Path) -> None:
    by = infrastructure(3)
    names = (by.lure, by.hidden_lure, by.server, by.account, by.daemon, by.resembling, "roleaccountd", "CrashReporter")
    for name, data in tree(phones / "clean").items():
        assert not [n for n in names if n.encode() in data], name


def test_targeted_has_no_exploitation(phones: Path) -> None:
    by = infrastructure(3)
    names = (by.server, by.daemon, by.resembling, "roleaccountd", "CrashReporter", "daily-tidings")
    for name, data in tree(phones / "targeted").items():
        assert not [n for n in names if n.encode() in data], name


def test_lures(phones: Path) -> None:
    by, when = infrastructure(3), times(phones / "targeted")
    query = """SELECT text, attributedBody, date, h.id, is_from_me FROM message m JOIN handle h ON h.ROWID = handle_id
      WHERE instr(attributedBody, ?) OR instr(attributedBody, ?) ORDER BY date"""
    with opened(stored(phones / "targeted", *SMS)) as db:
        rows = db.execute(query, (by.lure.encode(), by.hidden_lure.encode())).fetchall()
    (text, body, time, sender, mine), (hidden_text, hidden_body, hidden_time, _, _) = rows
    assert f"https://{by.lure}/" in text
    assert (typedstream.text(body), mine) == (text, 0)
    assert re.fullmatch(r"\+4477009007\d\d", sender)
    assert hidden_text is None
    (link,) = typedstream.links(hidden_body)
    assert link.startswith(f"https://{by.hidden_lure}/")
    assert typedstream.text(hidden_body).endswith(link)
    assert [nanoseconds(time), nanoseconds(hidden_time)] == [when[by.lure], when[by.hidden_lure]]


def nanoseconds(stored: int) -> datetime:
    return datetime.fromtimestamp(978307200 + stored // 10**9, tz=UTC).replace(microsecond=stored % 10**9 // 1000)


def seconds(time: datetime) -> float:
    return (time - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()


def test_look_up(phones: Path) -> None:
    by, when = infrastructure(3), times(phones / "targeted")
    found = plistlib.loads(stored(phones / "targeted", *LOOK_UPS))
    assert found["com.apple.madrid"][f"mailto:{by.account}"] == {"LookupDate": seconds(when[by.account]), "IDStatus": 1}
    assert len(found["com.apple.madrid"]) == 19


def test_redirect(phones: Path) -> None:
    by, when = infrastructure(3), times(phones / "infected")
    with opened(stored(phones / "infected", *HISTORY)) as db:
        rows = db.execute(
            "SELECT a.url, v.visit_time, b.url, w.visit_time, w.redirect_source = v.id FROM history_visits v "
            "JOIN history_items a ON a.id = v.history_item JOIN history_visits w ON w.id = v.redirect_destination "
            "JOIN history_items b ON b.id = w.history_item WHERE instr(b.url, ?)", (by.server,),
        ).fetchall()  # fmt: skip
    ((source, first, target, second, back),) = rows
    assert re.fullmatch(r"http://daily-tidings\.example/\d{4}", source)
    assert re.fullmatch(
        rf"https://[a-z0-9]{{10}}\.[a-z0-9]{{8}}\.{re.escape(by.server)}:3\d{{4}}/[a-z0-9]{{7}}", target
    )
    assert 0.2 <= second - first <= 0.8
    assert (first, second, back) == (seconds(when[source]), seconds(when[target]), 1)


def test_processes(phones: Path) -> None:
    by, found = infrastructure(3), earlier(phones / "infected")
    when = times(phones / "infected")
    with opened(stored(phones / "infected", *DATA_USAGE)) as db:
        first = dict(db.execute("SELECT ZPROCNAME, ZFIRSTTIMESTAMP FROM ZPROCESS WHERE ZBUNDLENAME IS NULL").fetchall())
        sent = db.execute(
            "SELECT ZWWANOUT FROM ZLIVEUSAGE u JOIN ZPROCESS p ON p.Z_PK = ZHASPROCESS WHERE ZPROCNAME = ?",
            (by.daemon,),
        ).fetchall()
        orphans = db.execute(
            "SELECT ZWWANOUT FROM ZLIVEUSAGE WHERE ZHASPROCESS NOT IN (SELECT Z_PK FROM ZPROCESS)"
        ).fetchall()
        numbers = [n for (n,) in db.execute("SELECT Z_PK FROM ZPROCESS")]
        (last,) = db.execute("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_NAME = 'Process'").fetchone()
    assert [first[n] for n in ("bh", by.daemon, by.resembling)] == [
        seconds(when[n]) for n in ("bh", by.daemon, by.resembling)
    ]
    assert sent == [(float(found[10]["value"]),)]
    assert orphans == [(float(found[11]["value"]),)]
    assert (last, len(numbers)) == (64, 63)
    assert len(set(range(1, 65)) - set(numbers)) == 1


def test_files_written_by_the_attack(phones: Path) -> None:
    found = {t["value"]: t["time"] for t in truth(phones / "infected")["traces"] if t["table"] == "ledger"}
    with opened((phones / "infected/Manifest.db").read_bytes()) as db:
        rows = db.execute(
            "SELECT relativePath, file FROM Files WHERE domain = 'RootDomain' AND relativePath LIKE '%/Preferences/%'"
        ).fetchall()
    got = {}
    for path, blob in rows:
        attributes = keyed_archive.unarchive(plist.loads(blob))
        assert attributes["Birth"] == attributes["LastModified"]
        got[f"/private/var/root/{path}"] = attributes["LastModified"]
    assert got == {k: int(datetime.fromisoformat(v).timestamp()) for k, v in found.items()}
    assert {p.rpartition("/")[2] for p in got} == {"com.apple.CrashReporter.plist", "roleaccountd.plist"}


def test_file_system_has_the_shutdown_too(phones: Path) -> None:
    by, path = infrastructure(3), "/private/var/db/com.apple.xpc.roleaccountd.staging/"
    (last,) = (t for t in truth(phones / "files")["traces"] if t["table"] == "ios.shutdown_log.client")
    log = (phones / "files/private/var/db/diagnostics/shutdown.log").read_text()
    path += by.daemon
    assert (last["table"], last["value"], log.count(path)) == ("ios.shutdown_log.client", path, 4)
    assert log.endswith(f"SIGTERM: [{int(datetime.fromisoformat(last['time']).timestamp())}] All buffers flushed\n")
    cache = plistlib.loads(
        (phones / "files/private/var/mobile/Library/IdentityServices/idstatuscache.plist").read_bytes()
    )
    assert f"mailto:{by.account}" in cache["com.apple.madrid"]


def test_correspondence_has_what_real_ones_have(phones: Path) -> None:
    with opened(stored(phones / "clean", *SMS)) as db:

        def count(where: str) -> int:
            return db.execute(f"SELECT count(*) FROM message WHERE {where}").fetchone()[0]

        assert count("1") == 600
        assert count("text IS NULL AND attributedBody IS NOT NULL") > 100
        assert count("handle_id = 0 AND is_from_me = 1") > 30
        assert count("item_type = 2 AND group_title IS NOT NULL AND attributedBody IS NULL") == 2
        assert db.execute("SELECT count(*) FROM deleted_messages").fetchone() == (3,)
        assert db.execute("SELECT count(*) FROM chat WHERE style = 43").fetchone() == (2,)
        attached = db.execute("SELECT filename, total_bytes FROM attachment").fetchall()
        joined = db.execute("SELECT count(*) FROM message_attachment_join").fetchone()[0]
        previews = db.execute(
            "SELECT attributedBody, payload_data FROM message WHERE payload_data IS NOT NULL"
        ).fetchall()
        bodies = db.execute("SELECT text, attributedBody FROM message WHERE text IS NOT NULL").fetchall()
    assert len(attached) == joined > 10
    for name, size in attached:
        assert len(stored(phones / "clean", "MediaDomain", name.removeprefix("~/"))) == size
    assert previews
    for body, payload in previews:
        shown = keyed_archive.unarchive(plist.loads(payload))["richLinkMetadata"]
        assert typedstream.links(body) == (shown["originalURL"],)
    assert all(typedstream.text(body) == text for text, body in bodies)


def test_scale_multiplies_the_ordinary(tmp_path: Path) -> None:
    make(tmp_path / "phone", "infected", scale=3)
    counts = {}
    for place, table in ((SMS, "message"), (HISTORY, "history_visits"), (DATA_USAGE, "ZPROCESS")):
        with opened(stored(tmp_path / "phone", *place)) as db:
            counts[table] = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert counts == {"message": 1802, "history_visits": 1202, "ZPROCESS": 183}


RESERVED_NUMBER = re.compile(rb"\+447700900\d{3}|\+120255501\d\d")
RESERVED_HOST = re.compile(rb"(?:[a-z0-9-]+\.)*(?:[a-z0-9-]+\.(?:test|example)|example\.(?:org|com|net))", re.ASCII)


def leaves(value: object) -> Iterator[bytes]:
    """All text and data in a property list."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from (*leaves(key), *leaves(below))
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below)
    elif isinstance(value, str | bytes):
        yield value.encode() if isinstance(value, str) else value


def texts(root: Path) -> Iterator[bytes]:
    """All that stands in databases, cell by cell, and in other files but pictures."""
    for data in tree(root).values():
        if data.startswith(b"SQLite format 3"):
            with opened(data) as db:
                for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    for row in db.execute(f"SELECT * FROM {table}"):
                        yield from (c.encode() if isinstance(c, str) else c for c in row if isinstance(c, str | bytes))
        elif data.startswith(b"bplist"):
            yield from leaves(plistlib.loads(data))
        elif not data.startswith(b"\xff\xd8"):
            yield data


def test_numbers_are_reserved_ones(phones: Path) -> None:
    seen = [n for data in texts(phones / "infected") for n in re.findall(rb"\+\d{7,}", data)]
    assert len(seen) > 600
    assert [n for n in seen if not RESERVED_NUMBER.match(n)] == []


def test_hosts_and_addresses_are_reserved_ones(phones: Path) -> None:
    hosts, accounts = [], []
    for data in texts(phones / "infected"):
        hosts += re.findall(rb"https?://([a-z0-9.-]+)", data)
        accounts += re.findall(rb"[a-z0-9.]+@([a-z0-9.-]+[a-z])", data)
    assert len(hosts) > 300
    assert len(accounts) > 10
    # The document type of XML property lists, and what stands behind a number in an account of WhatsApp.
    others = {b"www.apple.com", b"s.whatsapp.net"}
    assert {h for h in hosts + accounts if h not in others and not RESERVED_HOST.fullmatch(h)} == set()


@pytest.mark.parametrize("name", ["clean", "infected", "encrypted"])
def test_marker(phones: Path, name: str) -> None:
    for file in ("Info.plist", "Manifest.plist", "Status.plist"):
        assert plistlib.loads((phones / name / file).read_bytes())["BridleSynthetic"] == "BRIDLE-SYNTHETIC"
    info = plistlib.loads((phones / name / "Info.plist").read_bytes())
    assert (info["Serial Number"], info["Device Name"], info["Display Name"]) == (
        "SYNTHETIC000003", "SYNTHETIC iPhone", "SYNTHETIC iPhone",
    )  # fmt: skip
    lockdown = plistlib.loads((phones / name / "Manifest.plist").read_bytes())["Lockdown"]
    assert lockdown["SerialNumber"] == "SYNTHETIC000003"
    assert truth(phones / name)["marker"] == "BRIDLE-SYNTHETIC"
    if name != "encrypted":
        marker = plistlib.loads(stored(phones / name, "HomeDomain", "Library/Preferences/org.bridle.synthetic.plist"))
        assert marker == {"BridleSynthetic": "BRIDLE-SYNTHETIC", "Seed": 3}


@pytest.mark.parametrize(
    ("kind", "state", "encrypted", "password", "scale", "message"),
    [
        ("android", "clean", False, None, 1, "expected a kind among"),
        ("ios-backup", "cured", False, None, 1, "expected a state among"),
        ("ios-backup", "clean", True, None, 1, "only a backup or an androidqf acquisition can be encrypted"),
        ("ios-file-system", "clean", True, "x", 1, "only a backup or an androidqf acquisition can be encrypted"),
        ("ios-backup", "clean", False, None, 0, "expected a scale of 1 or more"),
    ],
)
def test_what_cannot_be_made(tmp_path: Path, kind, state, encrypted, password, scale, message) -> None:
    with pytest.raises(ValueError, match=message):
        device.write(kind, state, encrypted, password, 1, tmp_path / "phone", scale)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "phone").mkdir()
    with pytest.raises(FileExistsError):
        make(tmp_path / "phone", "clean")
