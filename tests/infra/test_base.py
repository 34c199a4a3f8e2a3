"""The knowledge base: what is recorded, what is taken back, and what is refused."""

import sqlite3
from dataclasses import replace

import pytest

from bridle.infra import base as bases
from bridle.infra.base import BaseError, Claim, Fact, Relation, Value
from bridle.infra.writing import Origin, imported, writing

MONDAY, TUESDAY = "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"
ORIGIN = Origin(
    source="Example Lab", list_name="lures.csv", file="lures.csv", sha256="a" * 64, form="csv", recorded=MONDAY,
    complete=True,
)  # fmt: skip
NEWER = replace(ORIGIN, sha256="b" * 64, recorded=TUESDAY)


def write(folder, origin, *claims):
    with writing(folder, origin) as writer:
        for n, (value, about) in enumerate(claims, 2):
            writer.claim("domain", value, f"line {n}", **about)
    return writer.counts


def standing(folder, **asked):
    with bases.read(folder) as base:
        return list(base.claims(**asked))


def test_a_claim_has_its_whole_lineage(tmp_path):
    about = {
        "vendor": "NSO Group", "product": "Pegasus", "generation": "v3", "campaign": "KINGDOM", "confidence": 80,
        "observed_first": "2017-05-01T00:00:00Z", "reference": "https://example.org/report", "port": 443,
    }  # fmt: skip
    with writing(tmp_path / "base", ORIGIN) as writer:
        writer.claim("domain", "lure.example", "line 2", shown="lure[.]example", **about)
    assert standing(tmp_path / "base") == [
        Claim(
            kind="domain", value="lure.example", source="Example Lab", list_name="lures.csv", says="attacker",
            shown="lure[.]example", recorded_from=MONDAY, recorded_to=None, file="lures.csv", sha256="a" * 64,
            locator="line 2", **about,
        )
    ]  # fmt: skip


def test_the_same_again_changes_nothing(tmp_path):
    rows = [("b.example", {"vendor": "NSO Group"}), ("a.example", {})]
    assert write(tmp_path / "base", ORIGIN, *rows)["claim"] == 2
    before = standing(tmp_path / "base")
    counts = write(tmp_path / "base", NEWER, *reversed(rows))
    assert counts == {"claim": 0, "relation": 0, "fact": 0, "known": 2, "retracted": 0}
    assert standing(tmp_path / "base") == before
    assert [c.value for c in before] == ["a.example", "b.example"]


def test_what_a_newer_copy_leaves_out_is_taken_back_and_shows(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("kept.example", {}), ("wrong.example", {"vendor": "NSO Group"}))
    other = replace(ORIGIN, list_name="other.csv")
    write(folder, other, ("elsewhere.example", {}))
    assert write(folder, NEWER, ("kept.example", {}), ("new.example", {}))["retracted"] == 1
    assert [c.value for c in standing(folder)] == ["elsewhere.example", "kept.example", "new.example"]
    (gone,) = standing(folder, retracted=True)
    assert (gone.value, gone.recorded_from, gone.recorded_to) == ("wrong.example", MONDAY, TUESDAY)
    then = standing(folder, known_at="2026-03-02T12:00:00Z")
    assert [c.value for c in then] == ["elsewhere.example", "kept.example", "wrong.example"]
    assert standing(folder, known_at="2026-03-01T00:00:00Z") == []


def test_what_was_taken_back_may_be_said_again(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("a.example", {}))
    write(folder, NEWER)
    write(folder, replace(ORIGIN, recorded="2026-03-04T10:00:00Z"), ("a.example", {}))
    assert [c.recorded_from for c in standing(folder)] == ["2026-03-04T10:00:00Z"]
    assert [c.recorded_to for c in standing(folder, retracted=True)] == [TUESDAY]


def test_observations_take_nothing_back(tmp_path):
    folder = tmp_path / "base"
    seen = replace(ORIGIN, complete=False)
    write(folder, seen, ("a.example", {"says": "observed"}))
    write(folder, replace(NEWER, complete=False), ("b.example", {"says": "observed"}))
    assert [c.value for c in standing(folder)] == ["a.example", "b.example"]


def test_relations_and_facts(tmp_path):
    folder = tmp_path / "base"
    domain, address = Value("domain", "a.example"), Value("ip-address", "192.0.2.1")
    with writing(folder, ORIGIN) as writer:
        writer.relation(domain, "resolves-to", address, "line 1", first="2018-01-01T00:00:00Z", count=3)
        writer.fact("domain", "a.example", "registered", "2017-12-31T09:00:00Z", "line 1")
    with bases.read(folder) as base:
        expected = Relation(
            one=domain, type="resolves-to", other=address, source="Example Lab", list_name="lures.csv",
            first="2018-01-01T00:00:00Z", last=None, count=3, recorded_from=MONDAY, file="lures.csv",
            sha256="a" * 64, locator="line 1",
        )  # fmt: skip
        assert list(base.relations()) == [expected]
        assert list(base.relations("resolves-to", other=address)) == [expected]
        assert list(base.relations(one=address)) == []
        assert list(base.facts("registered")) == [
            Fact(kind="domain", value="a.example", name="registered", text="2017-12-31T09:00:00Z",
                 source="Example Lab", list_name="lures.csv", recorded_from=MONDAY, file="lures.csv", sha256="a" * 64,
                 locator="line 1")
        ]  # fmt: skip
        assert base.counts() == {"values": 2, "claims": 0, "relations": 1, "facts": 1, "retracted": 0}
        (run,) = base.runs()
        assert (run.source, run.form, run.claims, run.relations, run.facts) == ("Example Lab", "csv", 0, 1, 1)


def test_the_order_of_imports_does_not_show(tmp_path):
    other = replace(ORIGIN, source="Another Lab", sha256="c" * 64)
    write(tmp_path / "one", ORIGIN, ("a.example", {}), ("b.example", {}))
    write(tmp_path / "one", other, ("a.example", {"vendor": "NSO Group"}))
    write(tmp_path / "two", replace(other, recorded=TUESDAY), ("a.example", {"vendor": "NSO Group"}))
    write(tmp_path / "two", ORIGIN, ("b.example", {}), ("a.example", {}))
    with bases.read(tmp_path / "one") as one, bases.read(tmp_path / "two") as two:
        assert [c.source for c in one.claims(value="a.example")] == ["Another Lab", "Example Lab"]
        digest = one.digest()
        assert digest != two.digest(), "the locators differ"
    write(tmp_path / "three", other, ("a.example", {"vendor": "NSO Group"}))
    write(tmp_path / "three", ORIGIN, ("a.example", {}), ("b.example", {}))
    with bases.read(tmp_path / "three") as three:
        assert three.digest() == digest


def test_an_import_that_fails_leaves_the_base_as_it_was(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("a.example", {}))
    with pytest.raises(RuntimeError), writing(folder, NEWER) as writer:
        writer.claim("domain", "b.example", "line 2")
        raise RuntimeError
    assert [c.value for c in standing(folder)] == ["a.example"]
    with bases.read(folder) as base:
        assert len(list(base.runs())) == 1


def test_whether_a_file_was_imported_last(tmp_path):
    write(tmp_path / "base", replace(ORIGIN, options={"vendor": "NSO Group"}), ("a.example", {}))
    assert imported(tmp_path / "base", "Example Lab", "lures.csv", "a" * 64, {"vendor": "NSO Group"})
    assert not imported(tmp_path / "base", "Example Lab", "lures.csv", "a" * 64, {})
    assert not imported(tmp_path / "base", "Example Lab", "lures.csv", "b" * 64, {"vendor": "NSO Group"})


def test_a_reader_cannot_write(tmp_path):
    write(tmp_path / "base", ORIGIN, ("a.example", {}))
    with bases.read(tmp_path / "base") as base, pytest.raises(sqlite3.OperationalError, match="readonly"):
        base._db.execute("DELETE FROM claim")


def refused(folder):
    with pytest.raises(BaseError) as e, bases.read(folder) as base:
        list(base.claims())
    return str(e.value)


def test_what_is_no_base_is_refused(tmp_path):
    assert "is no knowledge base: it has no base.sqlite3" in refused(tmp_path)
    (tmp_path / "base.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(4000))
    assert "damaged" in refused(tmp_path)
    (tmp_path / "base.sqlite3").unlink()
    sqlite3.connect(tmp_path / "base.sqlite3").execute("CREATE TABLE claim (x)").connection.commit()
    assert "is not a knowledge base of bridle" in refused(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("x")
    with pytest.raises(BaseError, match="holds other files"), writing(tmp_path / "other", ORIGIN):
        pass


def test_tables_or_triggers_of_somebody_else_are_refused(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("a.example", {}))
    db = sqlite3.connect(folder / "base.sqlite3")
    db.execute("CREATE TRIGGER evil AFTER INSERT ON claim BEGIN DELETE FROM claim; END")
    db.commit()
    assert "its tables are not those that bridle makes (evil)" in refused(folder)


def test_a_table_whose_name_is_no_text_is_told(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("a.example", {}))
    whole = (folder / "base.sqlite3").read_bytes()
    assert whole.count(b"tablefactfact") == 1
    bad = whole.replace(b"tablefactfact", b"table\xffact\xffact").replace(b"CREATE TABLE fact", b"CREATE VIEWS fact")
    (folder / "base.sqlite3").write_bytes(bad)
    assert refused(folder).endswith("is damaged (a name is not UTF-8); restore a copy, or import the files again")


def test_values_of_a_wrong_type_and_cut_files_are_told(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, *((f"host-{n}.example", {}) for n in range(2000)))
    whole = (folder / "base.sqlite3").read_bytes()
    (folder / "base.sqlite3").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refused(folder)
    (folder / "base.sqlite3").write_bytes(whole)
    db = sqlite3.connect(folder / "base.sqlite3")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'claim'")
    db.commit()
    db.close()
    db = sqlite3.connect(folder / "base.sqlite3")
    db.execute("UPDATE claim SET source = x'00ff'")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = sql || 'STRICT' WHERE name = 'claim'")
    db.commit()
    db.close()
    assert "damaged" in refused(folder)


def test_a_killed_run_is_undone_by_the_next_reader(tmp_path):
    folder = tmp_path / "base"
    write(folder, ORIGIN, ("a.example", {}))
    db = sqlite3.connect(folder / "base.sqlite3", isolation_level=None)
    db.execute("PRAGMA cache_size = 1")
    db.execute("BEGIN IMMEDIATE")
    for n in range(3000):
        db.execute("INSERT INTO value (kind, value) VALUES ('domain', ?)", (f"half-{n}.example",))
    half = {f.name: f.read_bytes() for f in folder.iterdir()}
    db.rollback()
    db.close()
    assert set(half) == {"base.sqlite3", "base.sqlite3-journal"}
    for name, data in half.items():
        (folder / name).write_bytes(data)
    with bases.read(folder) as base:
        assert [v.value for v in base.values()] == ["a.example"]


def test_more_rows_than_one_batch(tmp_path):
    folder = tmp_path / "base"
    counts = write(folder, ORIGIN, *((f"host-{n}.example", {}) for n in range(12_001)))
    assert counts["claim"] == 12_001
    counts = write(folder, NEWER, *((f"host-{n}.example", {}) for n in range(12_000)))
    assert (counts["known"], counts["retracted"]) == (12_000, 1)
