"""Serves the viewer on 127.0.0.1: to one browser, that was given the token, and to no page of another site.

The token is in the fragment of the address, which browsers do not send. The first page exchanges it, once, for a cookie
that scripts cannot read and a key that only this origin's scripts can: cookies are shared by all ports of a machine, so
that the cookie alone opens nothing. The `Host` header must name this server, or a stranger's name that was made to
point here (DNS rebinding) would make this server part of the stranger's site.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bridle.web.api import Api
from bridle.web.viewed import Refused

LOOPBACK = "127.0.0.1"
LARGEST = 64 << 10
"""Bytes of what a page sends."""
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-read=()",
}
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Session:
    """Who may look: whoever comes first with the token, and nobody after."""

    def __init__(self, port: int) -> None:
        self.cookie = f"bridle-{port}"
        self.token = secrets.token_urlsafe(32)
        self._secret, self._key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._spent = False

    def exchange(self, token: str) -> tuple[str, str] | None:
        """The cookie's value and the key of the pages for the token; None for a wrong or spent one."""
        if not hmac.compare_digest(token.encode(), self.token.encode()) or self._spent:
            return None
        self._spent = True
        return self._secret, self._key

    def knows(self, cookies: Mapping[str, str], key: str) -> bool:
        """Whether both are those that were given out."""
        same = hmac.compare_digest(cookies.get(self.cookie, "").encode(), self._secret.encode())
        return hmac.compare_digest(key.encode(), self._key.encode()) and same and self._spent


class Guard:
    """Answers only what was asked of this server by its own pages, and puts the headers on every answer."""

    def __init__(self, inner: Asgi, port: int) -> None:
        self._inner = inner
        self._hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        self._origins = {f"http://{h}" for h in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def headed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        wrong = self._wrong(scope)
        if wrong is not None:
            await _error(*wrong)(scope, receive, headed)
        else:
            await self._inner(scope, receive, headed)

    def _wrong(self, scope: Scope) -> tuple[str, int] | None:
        sent = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        hosts = [v for k, v in sent if k == "host"]
        headers = dict(sent)
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return "this server is not known by that name", 421
        if scope["method"] not in ("GET", "POST"):
            return "expected GET or POST", 405
        origin = headers.get("origin")
        if origin not in self._origins and (origin is not None or scope["method"] == "POST"):
            return "asked by a page of another site", 403
        if scope["path"] != "/" and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "asked by a page of another site", 403
        return None


def application(api: Api, session: Session, port: int, opened: Callable[[], None] = lambda: None) -> Asgi:
    """The pages and what they ask for. `opened` is called when the token was exchanged."""
    pages = _Pages(api, session, opened)
    routes = [
        Route("/", pages.page, methods=["GET"]), Route("/static/{name}", pages.page, methods=["GET"]),
        Route("/session", pages.exchange, methods=["POST"]),
        *(Route(path, pages.asked(name), methods=[method]) for method, path, name in _ROUTES),
    ]  # fmt: skip
    return Guard(Starlette(routes=routes), port)


class _Pages:
    """From requests to answers."""

    def __init__(self, api: Api, session: Session, opened: Callable[[], None]) -> None:
        self._asked, self._session, self._opened = _Asked(api), session, opened
        self._static = _static()

    async def page(self, request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in self._static:
            return _error("there is no such page", 404)
        kind, content = self._static[name]
        return Response(content, media_type=f"{kind}; charset=utf-8")

    async def exchange(self, request: Request) -> Response:
        try:
            token = _Given(await _body(request)).text("token")
        except Refused as e:
            return _error(str(e), e.status)
        given = self._session.exchange(token)
        if given is None:
            return _error("this address is wrong or was opened before; end `bridle view` and start it again", 403)
        self._opened()
        answer = JSONResponse({"key": given[1]})
        answer.set_cookie(self._session.cookie, given[0], httponly=True, samesite="strict", path="/")
        return answer

    def asked(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        method = getattr(self._asked, name)

        async def answer(request: Request) -> Response:
            if not self._session.knows(request.cookies, request.headers.get("x-bridle-key", "")):
                return _error("open the address that `bridle view` printed", 403)
            try:
                body = await _body(request) if request.method == "POST" else {}
                given = _Given({**request.query_params, **body, **request.path_params})
                made = await run_in_threadpool(method, given)
            except Refused as e:
                return _error(str(e), e.status)
            except ClientDisconnect:
                return _error("the page went away", 400)
            except (OSError, ValueError) as e:
                return _error(f"the case cannot be read: {e!s:.200}; `bridle verify` says what of it differs", 500)
            return made if isinstance(made, Response) else JSONResponse(made)

        return answer


_CASE = "/api/cases/{case:int}"
_ROUTES = (
    ("GET", "/api/cases", "cases"), ("GET", f"{_CASE}/findings", "findings"),
    ("GET", f"{_CASE}/findings/{{finding}}", "finding"), ("GET", f"{_CASE}/row", "row"),
    ("GET", f"{_CASE}/cited", "cited"), ("GET", f"{_CASE}/timeline", "timeline"),
    ("GET", f"{_CASE}/window", "window"), ("GET", f"{_CASE}/place", "place"),
    ("GET", f"{_CASE}/overview", "overview"), ("POST", f"{_CASE}/search", "search"),
    ("GET", f"{_CASE}/tables", "tables"), ("POST", f"{_CASE}/sql", "sql"), ("POST", f"{_CASE}/stop", "stop"),
    ("GET", f"{_CASE}/coverage", "coverage"), ("GET", "/api/compare", "compare"),
    ("GET", "/api/compare/rows", "compared_rows"),
    ("GET", f"{_CASE}/notes", "notes"), ("POST", f"{_CASE}/notes", "note"),
)  # fmt: skip


class _Given:
    """What a page sent. Raises Refused for what is not of its type."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def number(self, name: str, otherwise: int | None = None) -> int:
        value = self._values.get(name, otherwise)
        try:
            if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) < 19:
                return int(value)
        except ValueError:
            pass
        raise Refused(f"{name}: expected a number")

    def text(self, name: str, otherwise: str | None = None) -> str:
        value = self._values.get(name, otherwise)
        if not isinstance(value, str):
            raise Refused(f"{name}: expected a text")
        return value

    def maybe(self, name: str) -> str | None:
        return None if self._values.get(name) is None else self.text(name)

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise Refused(f"{name}: expected an object")
        return value

    def tables(self) -> frozenset[str]:
        return frozenset(t for t in self.text("tables", "").split(",") if t)


class _Asked:
    """From what a page sent to what the library is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def cases(self, _: _Given) -> Any:
        return self._api.cases()

    def findings(self, g: _Given) -> Any:
        return self._api.findings(g.number("case"))

    def finding(self, g: _Given) -> Any:
        return self._api.finding(g.number("case"), g.text("finding"), max(g.number("first", 0), 0))

    def row(self, g: _Given) -> Any:
        return self._api.row(g.number("case"), g.text("table"), g.number("number"))

    def cited(self, g: _Given) -> Any:
        return self._api.cited(g.number("case"), g.text("finding"), g.number("evidence"))

    def timeline(self, g: _Given) -> Any:
        return self._api.timeline(g.number("case"), g.tables())

    def window(self, g: _Given) -> Any:
        return self._api.window(g.number("case"), max(g.number("first"), 0), g.number("count"), g.tables())

    def place(self, g: _Given) -> Any:
        return self._api.place(g.number("case"), g.text("time"), g.tables())

    def overview(self, g: _Given) -> Any:
        ends = g.text("first", ""), g.text("last", "")
        return self._api.overview(g.number("case"), *ends, g.number("buckets", 400), g.tables())

    def search(self, g: _Given) -> Any:
        found = self._api.search(g.number("case"), g.text("text"), g.tables())
        lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in found)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    def tables(self, g: _Given) -> Any:
        return self._api.tables(g.number("case"))

    def sql(self, g: _Given) -> Any:
        return self._api.sql(g.number("case"), g.text("query"))

    def stop(self, g: _Given) -> Any:
        return self._api.stop(g.number("case"))

    def coverage(self, g: _Given) -> Any:
        return self._api.coverage(g.number("case"))

    def compare(self, g: _Given) -> Any:
        return self._api.compare(g.number("one"), g.number("two"))

    def compared_rows(self, g: _Given) -> Any:
        return self._api.compared_rows(g.number("one"), g.number("two"), g.text("table"))

    def notes(self, g: _Given) -> Any:
        return self._api.notes(g.number("case"))

    def note(self, g: _Given) -> Any:
        return self._api.note(g.number("case"), g.mapping("on"), g.maybe("text"), g.maybe("mark"))


async def _body(request: Request) -> dict[str, Any]:
    """A JSON object, of bounded size. Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused("expected JSON", 415)
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            raise Refused(f"expected at most {LARGEST:,} bytes", 413)
    try:
        body = json.loads(found)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused("expected JSON, and whole characters in it") from None
    if not isinstance(body, dict):
        raise Refused("expected an object")
    return body


def _error(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


def _static() -> dict[str, tuple[str, bytes]]:
    """The files of the pages by name: read once, so that no name of a request is ever a path."""
    found = {}
    for file in files("bridle.web").joinpath("static").iterdir():
        kind = TYPES.get("." + file.name.rpartition(".")[2])
        if kind is not None:
            found[file.name] = kind, file.read_bytes()
    return found


class Server:
    """A server on a port of this machine's loopback address, bound when it is made. Raises OSError."""

    def __init__(self, api: Api, port: int = 0, opened: Callable[[], None] = lambda: None) -> None:
        self._socket = socket.create_server((LOOPBACK, port))
        self.port = int(self._socket.getsockname()[1])
        session = Session(self.port)
        self.url = f"http://{LOOPBACK}:{self.port}/#{session.token}"
        """Where to look; it can be opened once."""
        self._application = application(api, session, self.port, opened)
        self._running: Any = None

    def run(self) -> None:
        """Serve until it is interrupted or `stop` is called."""
        import uvicorn

        from bridle import private_logs

        private_logs.quiet()
        config = uvicorn.Config(
            self._application, log_config=None, access_log=False, log_level="error", server_header=False,
            lifespan="off", ws="none", timeout_graceful_shutdown=1, limit_concurrency=64,
            h11_max_incomplete_event_size=16 << 10,
        )  # fmt: skip
        self._running = uvicorn.Server(config)
        self._running.run(sockets=[self._socket])

    def stop(self) -> None:
        """End `run`, from another thread."""
        if self._running is not None:
            self._running.should_exit = True
