"""Package manager, compatibility changes and open databases: dumps without rows, what a dump may not do, surfaces."""

from __future__ import annotations

import time
import tracemalloc
from datetime import datetime

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, Gap, fields_of
from bridle.formats import package_blocks, package_dump, package_events, package_sessions

PACKAGE = artifacts.load("android.package")
COMPAT = artifacts.load("android.platform_compat")
DBINFO = artifacts.load("android.dbinfo")
XML = artifacts.load("android.packages_xml")


def read(text: str, artifact=PACKAGE):
    return rows(artifact, Stored(text.encode()))


def of(found, name: str):
    return [r for r in found if type(r).__name__ == name]


@pytest.mark.parametrize("artifact", [PACKAGE, COMPAT, DBINFO], ids=lambda a: a.name)
@pytest.mark.parametrize("text", ["\n\n", "\r\n", "   \n"])
def test_a_service_that_dumps_nothing(artifact, text: str) -> None:
    assert read(text, artifact) == []


def test_what_a_service_says_instead_is_kept() -> None:
    (fact,) = read("Can't find service: package\n")
    assert (fact.section, fact.text) == (None, "Can't find service: package")


def test_headings_without_lines_have_no_rows() -> None:
    assert read("Packages:\n\nQueries:\n\nActive install sessions:\n  \nLegacy install sessions:\n  {}\n") == []


@pytest.mark.parametrize(
    ("stored", "want"),
    [
        ("2025-03-28 02:22:45.340", datetime(2025, 3, 28, 2, 22, 45, 340000)),
        ("3/28/25 9:13 AM", datetime(2025, 3, 28, 9, 13)),
        ("3/28/25, 9:13\u202fPM", datetime(2025, 3, 28, 21, 13)),
        ("28/3/2025 12:05 AM", datetime(2025, 3, 28, 0, 5)),
        ("3/3/99 9:13 AM", datetime(1999, 3, 3, 9, 13)),
        ("3/4/25 9:13 AM", None),
        ("13/13/25 9:13 AM", None),
        ("1/4/2025 11:22 p.m.", None),
        ("80-1-6 上午8:09", None),
        ("31/31/25 9:13 AM", None),
    ],
)
def test_a_time_is_read_only_where_it_can_mean_one_thing(stored: str, want: datetime | None) -> None:
    (event,) = read(f"Package warning messages:\n{stored}: Recovery succeeded!\n")
    assert (event.time, event.time_stored, event.text) == (want, stored, "Recovery succeeded!")


@pytest.mark.parametrize(
    ("stored", "want"),
    [
        ("1970-01-01 01:00:00", None),
        ("1969-12-31 16:00:00", None),
        ("1970-01-01 05:45:00", None),
        ("1970-01-01 02:07:21", datetime(1970, 1, 1, 2, 7, 21)),
        ("2008-12-31 16:00:00", datetime(2008, 12, 31, 16, 0)),
    ],
)
def test_no_time_is_written_as_1970_in_the_phones_zone(stored: str, want: datetime | None) -> None:
    assert package_dump.time(stored) == want


@pytest.mark.parametrize("width", [118, 119, 120])
def test_a_session_whose_lines_are_broken_anywhere_is_read_whole(width: int) -> None:
    """Every place of the break, also before and behind a space: no name is cut, no two are joined."""
    for padding in range(1, 130):
        text = (
            f"pad={'x' * padding} appPackageName=com.example.implant appLabel=A B originatingUri=null mFinalStatus=1 "
        )
        content = [text[i : i + width - 4] for i in range(0, len(text), width - 4)]
        lines = "".join(f"    {line}\n" for line in content)
        (session,) = read(f"Historical install sessions:\n  Session 1:\n{lines}  \n")
        assert (session.package_name, session.label, session.final_status) == ("com.example.implant", "A B", 1), padding


@pytest.mark.parametrize(
    ("outcome", "installed"),
    [
        ("mFinalStatus=1", True),
        ("mFinalStatus=0 mSessionApplied=true", True),
        ("mFinalStatus=-115", False),
        ("", False),
    ],
)
def test_only_a_session_that_succeeded_shows_that_its_app_was_installed(outcome: str, installed: bool) -> None:
    (session,) = read(
        f"Historical install sessions:\n  Session 1:\n    userId=0 appPackageName=com.example.app {outcome}\n"
    )
    surface = {f.name: f.surface for f in fields_of(type(session))}
    assert (surface["package_name"], surface["wanted_package"]) == ("installed-app", "mention")
    assert (session.package_name, session.wanted_package)[not installed] == "com.example.app"
    assert (session.package_name, session.wanted_package)[installed] is None


def test_the_package_of_a_later_release_of_the_session() -> None:
    (session,) = read(
        "Historical install sessions:\n  Session 1:\n    appPackageName=null mAppPackageName=com.example.app\n"
    )
    assert session.wanted_package == "com.example.app"


def test_an_override_that_was_only_set_does_not_show_an_installed_app() -> None:
    of_raw, in_force = ({f.name: f.surface for f in fields_of(cls)}["package_name"] for cls in COMPAT.records[::-1][:2])
    assert [c.__name__ for c in COMPAT.records] == ["Change", "Override", "RawOverride"]
    assert (of_raw, in_force) == ("mention", "installed-app")


def test_the_package_of_another_user_is_told_apart() -> None:
    found = read(
        "Packages:\n  Package [com.example.app] (1):\n"
        "    User 0: installed=false enabled=0\n    User 150: installed=true enabled=2\n"
    )
    assert [(u.user, u.installed, u.enabled) for u in of(found, "PackageUser")] == [(0, False, 0), (150, True, 2)]


def test_a_line_end_in_the_name_of_a_version_cannot_take_the_place_of_what_comes_before_it() -> None:
    found = read(
        "Packages:\n  Package [com.example.app] (1):\n    codePath=/data/app/a\n    versionName=1\n"
        "    codePath=/system/app/b\n    installerPackageName=com.android.shell\n"
    )
    (package,) = of(found, "Package")
    assert package.code_path == "/data/app/a"
    assert package.extra == '{"codePath#2": "/system/app/b"}'


def test_a_message_that_looks_like_a_heading_stays_a_message() -> None:
    found = read("Package warning messages:\n2020-01-08 15:30:07: Failed\nCaused by:\n\nActive install sessions:\n")
    assert [r.text for r in found] == ["Failed\nCaused by:"]


def test_two_dumps_of_one_title_are_both_read() -> None:
    found = read(
        "Packages:\n  Package [com.example.a] (1):\n    userId=1\n\nFeatures:\n  f\n\n"
        "Packages:\n  Package [com.example.b] (1):\n    userId=2\n"
    )
    assert [p.package_name for p in of(found, "Package")] == ["com.example.a", "com.example.b"]


def test_a_line_that_is_too_long_is_a_gap() -> None:
    long = "x" * (package_dump.LONGEST + 1)
    found = read(f"Packages:\n  Package [com.example.a] (1):\n    versionName={long}\n    userId=10001\n")
    assert [g.locator for g in gaps(found)] == ["line 3"]
    assert of(found, "Package")[0].app_id == 10001


def test_values_and_lists_beyond_the_most_are_one_gap() -> None:
    head = "Packages:\n  Package [com.example.a] (1):\n"
    values = "".join(f"    key{n}=1\n" for n in range(package_blocks.MOST_KEYS + 2))
    assert [g.locator for g in gaps(read(head + values))] == [f"line {package_blocks.MOST_KEYS + 3}"]
    same = "    key=1\n" * (package_blocks.MOST_KEYS + 2)
    assert [g.locator for g in gaps(read(head + same))] == [f"line {package_blocks.MOST_KEYS + 3}"]
    listed = "    usesLibraries:\n" + "      a\n" * (package_blocks.MOST_IN_LIST + 2)
    found = read(head + listed)
    assert len(of(found, "Package")[0].uses_libraries) == package_blocks.MOST_IN_LIST
    assert len(gaps(found)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "    queriesIntents=" + "{" * 200_000 + "\n",
        "    pkgFlags=[" * 50_000 + "\n",
        "    User 0: " + "a=[" * 100_000 + "\n",
        "    x=" + "a.b=" * 100_000 + "\n",
    ],
    ids=["braces", "brackets", "nested", "keys"],
)
def test_hostile_brackets_take_no_time(line: str) -> None:
    started = time.process_time()
    read("Packages:\n  Package [com.example.a] (1):\n" + line)
    body = line.strip() + " "
    read("Historical install sessions:\n  Session 1:\n    " + body + "\n")
    assert time.process_time() - started < 5


def test_messages_without_an_end_are_bounded() -> None:
    lines = "2020-01-08 15:30:07: START INSTALL PACKAGE: observer{1}\n" + "pkg{com.example.a}\n" * 20_000
    (event,) = read(lines)
    assert event.text.count("\n") < package_events.MOST_LINES
    sessions = "Historical install sessions:\n  Session 1:\n" + "    a=1 \n" * 20_000
    tracemalloc.start()
    (session,) = read(sessions)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert session.session_id == 1
    assert peak < 32 << 20
    assert package_sessions.MOST_LINES < 100_000


def test_many_rows_come_in_more_than_one_block() -> None:
    lines = "Activity Resolver Table:\n  Schemes:\n      tel:\n" + "".join(
        f"        {n:x} com.example.app{n}/.Main\n" for n in range(20_000)
    )
    found = read(lines)
    assert [r.package_name for r in found] == [f"com.example.app{n}" for n in range(20_000)]


def test_a_statement_that_imitates_its_own_end_does_not_name_another_file() -> None:
    sql = 'SELECT "\\", path=/data/user/0/com.example.victim/a.db", 1'
    found = read(
        "Connection pool for /data/user/0/com.example.app/b.db:\n"
        f'  0: [2020-01-08 15:31:26.808] execute took 1ms - failed, sql="{sql}"'
        ", path=/data/user/0/com.example.app/b.db\n",
        DBINFO,
    )
    (operation,) = of(found, "Operation")
    assert (operation.path, operation.package_name) == ("/data/user/0/com.example.app/b.db", "com.example.app")
    assert operation.sql == sql


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("/data/user/0/com.example.app/databases/a.db", "com.example.app"),
        ("/data/user_de/10/com.example.app/databases/a.db", "com.example.app"),
        ("/data/data/com.example.app/a.db", "com.example.app"),
        ("/mnt/expand/0A1B-2C3D/user/0/com.example.app/a.db", "com.example.app"),
        ("/storage/emulated/0/Android/data/com.example.app/a.db", None),
        ("/data/system/com.example.app/a.db", None),
        (":memory:", None),
    ],
)
def test_the_app_a_database_belongs_to(path: str, package: str | None) -> None:
    (pool,) = read(f"Connection pool for {path}:\n  Open: true\n", DBINFO)
    assert (pool.path, pool.package_name) == (path, package)


def test_a_report_cut_in_the_middle_of_a_pool_keeps_it() -> None:
    found = read(
        "** Database info for pid 7 [com.example.app] **\nConnection pool for /data/data/com.example.app/a.db:\n"
        "  Available primary connection:\n    Connection #0:\n",
        DBINFO,
    )
    assert [type(r).__name__ for r in found] == ["Process", "Connection", "Pool"]


def test_a_long_list_of_overrides_is_read() -> None:
    names = ", ".join(f"com.example.app{n}=true" for n in range(5_000))
    found = read(f"ChangeId(1; name=A; disabled; rawOverrides={{{names}}}; overridable)\n", COMPAT)
    assert len(of(found, "RawOverride")) == of(found, "Change")[0].raw_overrides == 5_000
    assert not [r for r in found if isinstance(r, Gap)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ABX\x00\x10\x32\xff\xff\x00\x08packages", "expected the end of <packages>, got the end of the file"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><packages>&b;</packages>', "expected no document type"),
        (b"<packages><package name='a' ", "expected XML, got: unclosed token"),
        (b"<packages>" + b"<a>" * 100, "expected at most 64 levels"),
        (b"<packages><package name='" + b"a" * (9 << 20) + b"'/></packages>", "expected tags of at most"),
        (b"<packages><package name='\xff'/></packages>", "expected XML, got: not well-formed"),
    ],
    ids=["binary", "entities", "cut", "deep", "long", "no UTF-8"],
)
def test_xml_that_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        rows(XML, Stored(content))


def test_what_stands_before_the_damage_is_read() -> None:
    stream = XML.parse(Stored(b"<packages><package name='com.example.a'/><package name='com"))
    assert next(stream).package_name == "com.example.a"


def test_a_log_of_installations_below_a_heading_of_its_makers() -> None:
    found = read(
        "Install log:\n  capacity=2\n"
        "2024-10-18 09:52:01.536: START DELETE PACKAGE: observer{4}\n"
        "pkg{com.example.gone}, user{0}, caller{2000} flags{4}\n"
        "2024-10-18 09:52:01.538: result of delete: 1{4}\n  end of log\n\nFeatures:\n  f\n"
    )
    events = of(found, "PackageEvent")
    assert [(e.action, e.section, e.package_name) for e in events] == [
        ("delete", "Install log", "com.example.gone"),
        ("delete result", "Install log", "com.example.gone"),
    ]
    assert [f.text for f in of(found, "Fact")] == ["capacity=2", "end of log", "f"]


def dexopt(*further: str) -> str:
    head = "Dexopt state:\n  [com.example.app]\n    path: /data/app/base.apk\n      arm: [status=verify]\n"
    return head + "".join(f"      {line}\n" for line in further)


def resolver(*further: str) -> str:
    head = "Activity Resolver Table:\n  Schemes:\n      tel:\n        f61 com.example.a/.Main\n"
    return head + "".join(f"          {line}\n" for line in further)


@pytest.mark.parametrize(("text", "name"), [(dexopt, "DexoptState"), (resolver, "ResolverEntry")])
def test_further_lines_are_kept_as_they_stand(text, name: str) -> None:
    (row,) = of(read(text("first; one", "second    and", "third")), name)
    assert row.detail == "first; one\nsecond    and\nthird"


@pytest.mark.parametrize(("text", "name"), [(dexopt, "DexoptState"), (resolver, "ResolverEntry")])
@pytest.mark.parametrize("count", [199, 200, 201])
def test_further_lines_at_below_and_above_the_bound(text, name: str, count: int) -> None:
    found = read(text(*(f"line{n}" for n in range(count))))
    (row,) = of(found, name)
    assert row.detail.split("\n") == [f"line{n}" for n in range(min(count, 200))]
    reason = "expected at most 200 further lines or 65536 characters of them, got 'line200'"
    assert gaps(found) == [Gap(locator="line 205", reason=reason)] * (count > 200)


@pytest.mark.parametrize(("text", "name"), [(dexopt, "DexoptState"), (resolver, "ResolverEntry")])
@pytest.mark.parametrize("length", [65_532, 65_533, 65_534])
def test_characters_of_further_lines_at_below_and_above_the_bound(text, name: str, length: int) -> None:
    """With one line `ab` before, and what joins them."""
    found = read(text("ab", "x" * length))
    (row,) = of(found, name)
    assert row.detail == ("ab\n" + "x" * length if length <= 65_533 else "ab")
    assert [g.locator for g in gaps(found)] == ["line 6"] * (length > 65_533)


def test_what_apps_use_compiled_code_is_not_lost_to_the_next_status() -> None:
    text = dexopt("used by other apps: [com.example.other]", "[status=kOatUpToDate, compilation_filter=speed]")
    (row,) = of(read(text), "DexoptState")
    assert (row.status, row.detail) == ("speed", "used by other apps: [com.example.other]\nstatus=kOatUpToDate")
