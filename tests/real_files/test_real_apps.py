"""Messengers, accounts and the store on real files, against counts taken from them with Python's sqlite3."""

from __future__ import annotations

from datetime import UTC, datetime

from artifact_files import gaps
from corpus import needs_corpus
from real import ILEAPP, MVT, PLASO, counts, of, read, read_zipped

pytestmark = needs_corpus

MESSAGES = ILEAPP / "whatsApp" / "testdata.whatsApp.whatsAppMessages.josh_ios15_ffs.zip"
CALLS = ILEAPP / "whatsApp" / "testdata.whatsApp.whatsAppCallHistory.josh_ios15_ffs.zip"
CONTACTS = ILEAPP / "whatsApp" / "testdata.whatsApp.whatsAppContacts.mvs_ios_2023.zip"


def test_whatsapp_of_a_phone() -> None:
    found = read_zipped("ios.whatsapp", MESSAGES, "ChatStorage.sqlite")
    assert counts(found) == {
        "Message": 32, "Media": 7, "Chat": 5, "Member": 8, "Group": 4, "PushName": 1, "Picture": 16, "PrimaryKey": 15,
    }  # fmt: skip
    messages = of(found, "Message")
    assert messages[0].time == datetime(2022, 6, 5, 0, 46, 50, tzinfo=UTC)
    assert sum(m.text is not None for m in messages) == 15
    assert sum(m.sender_number is not None for m in messages) == 11
    quoted = of(found, "Media")[0].metadata_texts
    assert quoted[2] == "Makes sense with all the test data you generate."
    assert sum(m.url is not None for m in of(found, "Media")) == 2


def test_whatsapp_calls_of_a_phone() -> None:
    found = read_zipped("ios.whatsapp_calls", CALLS, "CallHistory.sqlite")
    assert counts(found) == {"Call": 4, "Participant": 4, "Shown": 4}
    assert of(found, "Call")[0].time == datetime(2023, 5, 2, 16, 12, 10, 67211, tzinfo=UTC)
    assert [s.video for s in of(found, "Shown")] == [False, False, True, True]


def test_whatsapp_contacts_of_phones() -> None:
    assert counts(read_zipped("ios.whatsapp_contacts", CALLS, "ContactsV2.sqlite")) == {"Contact": 9}
    assert read_zipped("ios.whatsapp_contacts", CONTACTS, "ContactsV2.sqlite") == []


def test_whatsapp_of_a_backup() -> None:
    found = read("ios.whatsapp", MVT / "7c" / "7c7fba66680ef796b916b067077cc246adacf01d")
    assert counts(found) == {"Message": 3, "Chat": 2, "Group": 1}
    assert [m.sender_number or m.recipient_number for m in of(found, "Message")] == [
        "+14155550100", "+14155550100", "+14155550101",
    ]  # fmt: skip
    contacts = read("ios.whatsapp_contacts", MVT / "b8" / "b8548dc30aa1030df0ce18ef08b882cf7ab5212f")
    assert [(c.number, c.lid) for c in contacts] == [("+14155550100", "100000000000001@lid"), ("+14155550101", None)]
    pairs = read("ios.whatsapp_lid", MVT / "e7" / "e794f6ffcc3c222535f47684a63d5178da3c4500")
    assert gaps(pairs) == []
    assert [(p.lid, p.number) for p in pairs] == [("100000000000001", "+14155550100")]


def test_accounts_of_phones() -> None:
    folder = ILEAPP / "accountData"
    found = read_zipped(
        "ios.accounts", folder / "testdata.accountData.accountData.josh_ios15_ffs.zip", "Accounts3.sqlite"
    )
    assert counts(found) == {"SetUp": 19, "Property": 162, "Type": 53, "DataClass": 45, "PrimaryKey": 7}
    assert of(found, "SetUp")[0].time == datetime(2023, 4, 11, 14, 45, 47, 731093, tzinfo=UTC)
    assert of(found, "Property")[0].value == "true"
    assert of(found, "Property")[9].time == datetime(2023, 5, 20, 1, 43, 12, 492350, tzinfo=UTC)
    assert all(p.value is None for p in of(found, "Property") if p.key == "cookies")
    for name, expected in (("mvs_ios_2023", (16, 152, 54, 46)), ("belkasoft_ctf6_ios_device1", (16, 138, 54, 47))):
        found = read_zipped("ios.accounts", folder / f"testdata.accountData.accountData.{name}.zip", "Accounts3.sqlite")
        assert gaps(found) == []
        numbers = counts(found)
        assert tuple(numbers[n] for n in ("SetUp", "Property", "Type", "DataClass")) == expected


def test_accounts_of_plaso() -> None:
    found = read("ios.accounts", PLASO / "ios" / "Accounts3.sqlite")
    assert counts(found) == {"SetUp": 18, "Property": 145, "Type": 52, "DataClass": 41, "PrimaryKey": 7}


def test_app_installation_of_a_phone() -> None:
    archive = ILEAPP / "storeSystem" / "testdata.storeSystem.storeSystemAppInstalls.mvs_ios_2023.zip"
    found = read_zipped("ios.app_installation", archive, "storeSystem.db")
    assert counts(found) == {"Install": 16, "Package": 32, "Update": 19}
    game = next(i for i in of(found, "Install") if i.name == "Candy Crush Saga")
    assert (game.bundle_id, game.client_id, game.source_type) == (
        "com.midasplayer.apps.candycrushsaga", "com.apple.AppStore", 0,
    )  # fmt: skip
    assert game.time == datetime(2022, 12, 15, 22, 45, 13, tzinfo=UTC)
    assert '"sourceApp": "com.apple.AppStore"' in game.metadata
    assert {p.install_id for p in of(found, "Package")} <= {i.install_id for i in of(found, "Install")} | {None}
    assert sum(u.installed is not None for u in of(found, "Update")) == 3
