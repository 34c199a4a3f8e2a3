"""Nobody but the one browser that was given the address gets an answer, and no answer is more than it may be."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

import bridle
from bridle.case.signoff import SignOff
from bridle.cli import bridle as command_line
from bridle.cli import view
from bridle.web.api import Api
from bridle.web.search import search
from bridle.web.server import HEADERS, LARGEST, Server, Session, application
from bridle.web.viewed import Viewed
from web.viewing import HOST, HOSTILE, PORT, SERIAL, SMS, START, TABLE, finding, made_case

ORIGIN = {"Origin": HOST}


@pytest.fixture
def case(tmp_path):
    return made_case(tmp_path / "one", [finding(1), finding(2, "low")])


@pytest.fixture
def made(case):
    """(a client without a session, the session)."""
    session = Session(PORT)
    other = made_case(case.path.parent / "two", [finding(1, "critical")], messages=41)
    api = Api([Viewed(case, "one"), Viewed(other, "two")], by="A. Analyst")
    return TestClient(application(api, session, PORT), base_url=HOST), session


@pytest.fixture
def client(made):
    """A client that exchanged the token."""
    found, session = made
    given = found.post("/session", json={"token": session.token}, headers=ORIGIN)
    assert given.status_code == 200
    found.headers.update({"X-Bridle-Key": given.json()["key"], **ORIGIN})
    return found


def test_a_wrong_token_and_a_spent_one_open_nothing(made):
    client, session = made
    wrong = client.post("/session", json={"token": "wrong"}, headers=ORIGIN)
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (403, None)
    assert client.get("/api/cases").status_code == 403
    right = client.post("/session", json={"token": session.token}, headers=ORIGIN)
    cookie = right.headers["set-cookie"]
    assert re.fullmatch(rf"bridle-{PORT}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=strict", cookie)
    assert session.token not in cookie + right.text
    again = client.post("/session", json={"token": session.token}, headers=ORIGIN)
    assert (again.status_code, "opened before" in again.json()["error"]) == (403, True)


@pytest.mark.parametrize("token", [None, 1, {}, "\ud800", ""])
def test_no_token_is_no_token(made, token):
    body = json.dumps({"token": token}).encode()
    answer = made[0].post("/session", content=body, headers=ORIGIN | {"Content-Type": "application/json"})
    assert answer.status_code in (400, 403)


def test_cookie_alone_and_key_alone_open_nothing(made):
    client, session = made
    key = client.post("/session", json={"token": session.token}, headers=ORIGIN).json()["key"]
    assert client.get("/api/cases").status_code == 403
    assert client.get("/api/cases", headers={"X-Bridle-Key": key[:-1] + "!"}).status_code == 403
    assert client.get("/api/cases", headers={"X-Bridle-Key": key}).status_code == 200
    client.cookies.clear()
    assert client.get("/api/cases", headers={"X-Bridle-Key": key}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1",
                                  f"127.0.0.1.:{PORT}", f"LOCALHOST:{PORT}.evil.example", ""])  # fmt: skip
def test_another_name_is_not_answered(client, host):
    for path in ("/", "/static/app.js", "/api/cases"):
        assert client.get(path, headers={"Host": host}).status_code == 421


def test_localhost_is_answered(client):
    assert client.get("/", headers={"Host": f"localhost:{PORT}"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{PORT}"])
def test_pages_of_others_are_not_answered(client, origin):
    other = {"Origin": origin}
    assert client.get("/api/cases", headers=other).status_code == 403
    assert client.post("/api/cases/0/sql", json={"query": "SELECT 1"}, headers=other).status_code == 403
    assert client.get("/api/cases", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/api/cases", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403


def test_a_post_without_origin_is_refused(made):
    assert made[0].post("/session", json={"token": made[1].token}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(client, method):
    assert client.request(method, "/api/cases").status_code == 405


def test_reading_is_get_and_writing_is_post(client):
    assert client.post("/api/cases", json={}).status_code == 405
    assert client.get("/api/cases/0/sql?query=SELECT+1").status_code == 405


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/api.py", "/static/",
                                  "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/__init__.py"])  # fmt: skip
def test_no_other_file_is_served(client, path):
    assert client.get(path).status_code == 404


def test_every_answer_has_the_headers(client):
    for answer in (client.get("/"), client.get("/static/nothing"), client.get("/api/cases"),
                   client.get("/", headers={"Host": "evil.example"}), client.put("/")):  # fmt: skip
        assert {k: answer.headers[k] for k in HEADERS} == HEADERS
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert HEADERS["Cache-Control"] == "no-store"


def test_a_large_body_and_other_types_are_refused(client):
    long = client.post("/api/cases/0/sql", json={"query": "x" * LARGEST})
    assert long.status_code == 413
    form = client.post("/api/cases/0/sql", content="query=1", headers={"Content-Type": "text/plain"})
    assert form.status_code == 415
    assert client.post("/api/cases/0/sql", json=["SELECT 1"]).status_code == 400


REFUSED = {
    "COPY (SELECT 1) TO '/tmp/bridle-out'": "COPY is refused",
    "ATTACH '/tmp/x.db'": "ATTACH is refused",
    "SELECT * FROM read_csv('/etc/passwd')": "disabled",
    "SELECT * FROM '/etc/passwd'": "",
    "SELECT * FROM read_text('/etc/passwd')": "disabled",
    "SELECT * FROM glob('/etc/*')": "disabled",
    "PRAGMA database_list": "PRAGMA is refused",
    "SET enable_external_access = true": "SET is refused",
    "INSTALL httpfs": "LOAD is refused",
    "CREATE TABLE a AS SELECT 1": "CREATE is refused",
    "SELECT 1; SELECT 2": "one question at a time",
    "": "one question at a time",
    "SELECT nothing": "nothing",
}


@pytest.mark.parametrize("query", REFUSED)
def test_questions_that_do_more_than_read_are_refused(client, query):
    answer = client.post("/api/cases/0/sql", json={"query": query})
    assert answer.status_code == 400
    assert REFUSED[query] in answer.json()["error"]
    assert "root:" not in answer.text


def test_a_question_is_answered(client):
    answer = client.post(
        "/api/cases/0/sql", json={"query": f'SELECT size, text FROM "{TABLE}" WHERE size IN (2, 3) ORDER BY 1'}
    )
    assert answer.json()["rows"] == [
        [2, "Message 2 to [serial_number]"],
        [3, "<img src=x onerror=alert(1)> \\u202egnp.exe hxxp://lure[.]example[.]org/a"],
    ]
    many = client.post("/api/cases/0/sql", json={"query": "SELECT * FROM range(1001)"}).json()
    assert (len(many["rows"]), many["more"], many["columns"]) == (1000, True, ["range"])
    assert client.post("/api/cases/0/sql", json={"query": "EXPLAIN SELECT 1"}).status_code == 200


def test_a_question_without_end_is_stopped(client, monkeypatch):
    monkeypatch.setattr("bridle.web.questions.SECONDS", 0.2)
    endless = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range = 7"
    answer = client.post("/api/cases/0/sql", json={"query": endless})
    assert (answer.status_code, "was stopped" in answer.json()["error"]) == (400, True)


def test_cases_and_findings_are_masked_and_defanged(client):
    one, two = client.get("/api/cases").json()["cases"]
    assert (one["name"], one["verdict"]["text"]) == ("one", "traces of targeting")
    assert (one["levels"]["high"], two["levels"]["critical"]) == (1, 1)
    listed = client.get("/api/cases/0/findings").json()["findings"]
    assert [(f["level"], f["tables"]) for f in listed] == [("high", [TABLE]), ("low", [TABLE])]
    found = client.get(f"/api/cases/0/findings/{1:064x}").json()
    assert found["references"] == [
        {"text": "hxxps://example[.]org/a", "link": "https://example.org/a"},
        {"text": "javascript[:]alert(1)", "link": None},
    ]  # fmt: skip
    assert "\u202e" not in json.dumps(found, ensure_ascii=False)
    assert "http://lure" not in json.dumps(found)
    assert client.get("/api/cases/0/findings/none").status_code == 404
    assert client.get("/api/cases/7/findings").status_code == 404


def test_a_finding_leads_to_the_row_it_cites(client):
    where = client.get(f"/api/cases/0/cited?finding={1:064x}&evidence=0").json()
    assert where == {"table": TABLE, "number": 3}
    row = client.get("/api/cases/0/row", params=where).json()
    assert {c["name"]: c["value"] for c in row["columns"]} == {
        "_source": "S1", "_path": SMS, "_sha256": "ab" * 32, "locator": "message:3", "size": 3, "link": None,
        "shown": None, "tags": None, "written": "2024-03-04T05:09:07Z",
        "text": "<img src=x onerror=alert(1)> \\u202egnp.exe hxxp://lure[.]example[.]org/a",
    }  # fmt: skip
    assert [n["number"] for n in row["neighbours"]] == list(range(9))
    assert row["neighbours"][2]["text"] == "Message 2 to [serial_number] · 2024-03-04T05:08:07Z · 2"
    assert [(f["artifact"], f["status"], f["sha256"]) for f in row["files"]] == [("ios.sms", "parsed", "ab" * 32)]
    assert row["times"] == [{"event": "written", "time": "2024-03-04T05:09:07Z", "place": 3}]
    assert row["source"] == {"id": "S1", "label": "phone.zip", "kind": "ios-backup"}
    for wrong in ({"table": TABLE, "number": 40}, {"table": TABLE, "number": -1}, {"table": "../x", "number": 0}):
        assert client.get("/api/cases/0/row", params=wrong).status_code == 404
    assert client.get("/api/cases/0/row", params={"table": TABLE, "number": "x"}).status_code == 400


def test_the_timeline_by_place_and_by_time(client):
    about = client.get("/api/cases/0/timeline").json()
    assert (about["total"], about["tables"], about["left_out"]) == (40, {TABLE: 40}, {})
    rows = client.get("/api/cases/0/window?first=38&count=9999").json()["rows"]
    assert [(r["place"], r["number"], r["time"], r["summary"]) for r in rows] == [
        (38, 38, "2024-03-04T05:44:07Z", "Message 38 to [serial_number]"),
        (39, 39, "2024-03-04T05:45:07Z", "Message 39 to [serial_number]"),
    ]
    for time, place in (("2024-03-04T05:09:07Z", 3), ("2024-03-04 05:09:08", 4), ("1999-01-01", 0), ("2030-01-01", 39)):
        assert client.get("/api/cases/0/place", params={"time": time}).json() == {"place": place}
    assert client.get("/api/cases/0/place?time=yesterday").status_code == 400
    usual = client.get("/api/cases/0/overview").json()
    assert (usual["first"], usual["before"], usual["after"]) == (int(START.timestamp()) * 1000, 0, 0)
    span = {"first": "2024-03-04T05:06:07Z", "last": "2024-03-04T05:26:07Z", "buckets": 2}
    found = client.get("/api/cases/0/overview", params=span).json()
    assert (found["counts"], found["before"], found["after"]) == ([10, 11], 0, 19)
    assert [(m["level"], m["place"]) for m in found["marks"]] == [("high", 3), ("low", 3)]
    assert found["first"] == int(START.timestamp()) * 1000


def test_a_search_streams_hits_and_its_end(client):
    def lines(**asked):
        return [json.loads(line) for line in client.post("/api/cases/0/search", json=asked).text.splitlines()]

    assert lines(text="GNP.EXE") == [
        {"hit": {"table": TABLE, "number": 3, "column": "text", "locator": "message:3", "path": SMS,
                 "time": "2024-03-04T05:09:07Z",
                 "text": "<img src=x onerror=alert(1)> \\u202egnp.exe hxxp://lure[.]example[.]org/a"}},
        {"end": {"why": "", "hits": 1, "done": 42, "of": 42}},
    ]  # fmt: skip
    assert [h["hit"]["number"] for h in lines(text="message 1", tables=TABLE)[:-1]] == [1, *range(10, 20)]
    assert lines(text=".*")[-1]["end"]["hits"] == 0
    assert client.post("/api/cases/0/search", json={"text": "x"}).status_code == 400


def test_a_table_full_of_hits_does_not_hide_others(tmp_path, monkeypatch):
    monkeypatch.setattr("bridle.web.search.MOST_OF_ONE", 3)
    case = made_case(tmp_path / "case", [])
    found = list(search(Viewed(case, "case"), "sms"))
    assert [h["hit"]["table"] for h in found[:-1]] == ["ledger"]
    found = list(search(Viewed(case, "case"), "me"))
    assert [h["hit"]["number"] for h in found[:-1]] == [0, 1, 2]
    assert found[-1]["end"]["why"] == f"of {TABLE} only the first 3 rows"
    monkeypatch.setattr("bridle.web.search.MOST", 2)
    assert list(search(Viewed(case, "case"), "me"))[-1]["end"] == {
        "why": "these are the first 2; look for more of the text", "hits": 2, "done": 41, "of": 42}  # fmt: skip


def test_notes_are_chained_beside_the_case_and_change_nothing_else(client, case):
    before = {p: p.read_bytes() for p in case.path.rglob("*") if p.is_file()}
    on = {"finding": f"{1:064x}"}
    assert client.post("/api/cases/0/notes", json={"on": on, "text": " Seen before. "}).status_code == 200
    row = {"table": TABLE, "row": 3}
    told = client.post("/api/cases/0/notes", json={"on": row, "mark": "relevant"}).json()["notes"]
    assert [(n["on"], n["text"], n["mark"], n["by"]) for n in told] == [
        (on, "Seen before.", None, "A. Analyst"),
        ({**row, "path": SMS, "sha256": "ab" * 32, "locator": "message:3"}, "", "relevant", "A. Analyst"),
    ]
    after = {p: p.read_bytes() for p in case.path.rglob("*") if p.is_file()}
    assert after.keys() - before.keys() == {case.path / "notes.jsonl"}
    assert before.items() <= after.items()
    assert client.get("/api/cases/0/row", params={"table": TABLE, "number": 3}).json()["notes"][0]["mark"] == "relevant"
    (case.path / "notes.jsonl").write_bytes(b"\xff not a line\n")
    assert client.get("/api/cases/0/notes").json()["notes"][0]["damaged"] is True


@pytest.mark.parametrize("body", [
    {"on": {"finding": "none"}, "text": "a"}, {"on": {"table": TABLE, "row": 99}, "text": "a"},
    {"on": {"table": "x", "row": 0}, "text": "a"}, {"on": {"finding": f"{1:064x}"}, "mark": "infected"},
    {"on": {"finding": f"{1:064x}"}, "text": " "}, {"on": {"finding": f"{1:064x}"}}, {"on": [], "text": "a"},
    {"on": {"finding": f"{1:064x}"}, "text": "a" * 10_001},
])  # fmt: skip
def test_notes_on_nothing_are_refused(client, case, body):
    assert client.post("/api/cases/0/notes", json=body).status_code == 400
    assert not (case.path / "notes.jsonl").exists()


def test_a_note_that_cannot_be_kept_says_so(client, case):
    (case.path / "notes.jsonl").symlink_to(case.path / "case.toml")
    answer = client.post("/api/cases/0/notes", json={"on": {"finding": f"{1:064x}"}, "text": "a"})
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("the note cannot be kept, for one/notes.jsonl cannot be written")
    assert (case.path / "case.toml").read_text() == Path(case.path / "case.toml").read_text()


def test_compared_cases(client):
    found = client.get("/api/compare?one=0&two=1").json()
    assert found["names"] == ["one", "two"]
    assert found["tables"] == [
        {"name": "ios.sms.message", "first": 40, "second": 41}, {"name": "ledger", "first": 1, "second": 1}
    ]  # fmt: skip
    assert [f["rule"] for f in found["findings"]["gone"]] == ["rule-2"]
    assert [(f["level_before"], f["level"]) for f in found["findings"]["changed"]] == [("high", "critical")]


def test_rows_that_appeared_and_disappeared(client, tmp_path):
    asked = {"one": 0, "two": 1, "table": TABLE}
    found = client.get("/api/compare/rows", params=asked).json()
    assert found["disappeared"] == {"count": 0, "rows": []}
    text = "40 · Message 40 to [serial_number] · 2024-03-04T05:46:07Z"
    assert found["appeared"]["count"] == 1
    (row,) = found["appeared"]["rows"]
    assert (row["path"], row["sha256"], row["locator"]) == (SMS, "ab" * 32, "message:40")
    assert sorted(row["text"].split(" · ")) == sorted(text.split(" · "))
    back = client.get("/api/compare/rows", params={**asked, "one": 1, "two": 0}).json()
    assert (back["disappeared"]["count"], back["appeared"]["count"]) == (1, 0)
    assert client.get("/api/compare/rows", params={**asked, "table": "ledger"}).json()["appeared"]["count"] == 1
    assert client.get("/api/compare/rows", params={**asked, "table": "none"}).status_code == 404


def test_coverage_names_are_names(client):
    found = client.get("/api/cases/0/coverage").json()
    assert found["artifacts"]["ios.photos"]["why"] == "not in it"
    assert found["ledger"][0]["artifact"] == "ios.sms"


def test_a_withheld_place_is_not_found(tmp_path):
    withheld = finding(1)
    withheld["evidence"][0] |= {"path": "restricted"}
    api = Api([Viewed(made_case(tmp_path / "case", [withheld]), "case")])
    with pytest.raises(Exception, match="withheld"):
        api.cited(0, withheld["id"], 0)


def test_identify_shows_whose_device_it_is(tmp_path):
    case = made_case(tmp_path / "case", [])
    assert Api([Viewed(case, "case")]).cases()["cases"][0]["identity"] == []
    api = Api([Viewed(case, "case", identify=True)])
    assert api.cases()["cases"][0]["identity"] == [["serial_number", SERIAL]]
    assert api.window(0, 0, 1, frozenset())["rows"][0]["summary"] == f"Message 0 to {SERIAL}"


def test_it_listens_on_this_machine_alone(case):
    server = Server(Api([Viewed(case, "one")]))
    listening = socket.socket(fileno=socket.dup(server._socket.fileno()))
    assert listening.getsockname() == ("127.0.0.1", server.port)
    listening.close()
    running = threading.Thread(target=server.run)
    running.start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/", timeout=20) as answer:
            assert answer.status == 200
            assert "server" not in answer.headers
    finally:
        server.stop()
        running.join(20)
    assert not running.is_alive()


def test_the_command_prints_the_address_and_logs_no_token(case, tmp_path):
    environment = {"PYTHONPATH": str(Path(bridle.__file__).parents[1]), "PATH": "", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "bridle", "view", str(case.path), "--no-browser", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        told = ""
        while not told.endswith("}\n"):
            told += process.stdout.readline()
        said = json.loads(told)
        token = said["address"].partition("#")[2]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#[\w-]{43}", said["address"])
        client = urllib.request.Request(
            f"http://127.0.0.1:{said['port']}/session", json.dumps({"token": token}).encode(),
            {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{said['port']}"},
        )  # fmt: skip
        with urllib.request.urlopen(client, timeout=20) as answer:
            assert set(json.loads(answer.read())) == {"key"}
    finally:
        process.terminate()
        out, error = process.communicate(timeout=20)
    assert (out, error) == ("", "")


def test_the_browser_is_given_a_file_that_only_its_owner_reads(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    page = []
    view._browse("http://127.0.0.1:1/#token", page)
    (file,) = tmp_path.glob("bridle-view-*/open.html")
    assert opened == [file.as_uri()]
    assert [stat.S_IMODE(p.stat().st_mode) for p in (file, file.parent)] == [0o600, 0o700]
    assert file.read_text().count("http://127.0.0.1:1/#token") == 2
    view._remove(page)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_without_a_trace(case, tmp_path, number):
    (tmp_path / "tmp").mkdir()
    environment = {"PYTHONPATH": str(Path(bridle.__file__).parents[1]), "PATH": "", "HOME": str(tmp_path),
                   "TMPDIR": str(tmp_path / "tmp"), "BROWSER": "/bin/true"}  # fmt: skip
    command = [sys.executable, "-m", "bridle", "view", str(case.path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    port = int(re.search(r":(\d+)/#", "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n")))[1])
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).close()
            break
        except OSError:
            assert process.poll() is None
    process.send_signal(number)
    out, error = process.communicate(timeout=20)
    assert (process.returncode, out, error) == (0, "", "")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_port_in_use_is_told(case):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    done = CliRunner().invoke(command_line, ["view", str(case.path), "--no-browser", "--port", str(port)])
    taken.close()
    said = f"bridle: port {port} of 127.0.0.1 cannot be used: Address already in use; name another one, or none\n"
    assert (done.exit_code, done.output) == (2, said)


def test_what_is_no_case_is_told(tmp_path):
    done = CliRunner().invoke(command_line, ["view", str(tmp_path), "--no-browser"])
    assert (done.exit_code, "is not a case: it has no manifest.json" in done.output) == (2, True)


def test_what_was_signed_off_is_shown(client, case, tmp_path):
    assert client.get("/api/cases").json()["cases"][0]["signed_off"]["complete"] is False
    held = SignOff(
        findings_sha256="", complete=True, analyst="A", second_reader="B", missing=(), disputed=(), carried=(),
        dispositions={f"{1:064x}": ("confirmed", "Seen with the owner.")}, problems=(), ignored=(),
    )  # fmt: skip
    api = Api([Viewed(case, "one")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bridle.web.api.state", lambda _: held)
        assert api.cases()["cases"][0]["signed_off"] == {"complete": True, "analyst": "A", "second_reader": "B"}
        assert [f["held"] for f in api.findings(0)["findings"]] == [
            {"disposition": "confirmed", "reason": "Seen with the owner."}, None]  # fmt: skip


def test_steps_of_a_chain_stand_after_it(case):
    viewed = Viewed(case, "one")
    step, chain, other = finding(1, superseded_by=f"{2:064x}"), finding(2), finding(3)
    viewed.findings = {f["id"]: f for f in (step, chain, other)}
    assert [f["rule"] for f in Api([viewed]).findings(0)["findings"]] == ["rule-2", "rule-1", "rule-3"]


def test_the_hostile_text_is_hostile():
    assert "<img" in HOSTILE
    assert "\u202e" in HOSTILE


def test_the_name_of_a_folder_turns_nothing_on_any_page(case):
    api = Api([Viewed(case, "one\u202e\x1b"), Viewed(case, "two")])
    assert api.compare(0, 1)["names"] == ["one\\u202e\\u001b", "two"]
    assert api.cases()["cases"][0]["name"] == "one\\u202e\\u001b"
