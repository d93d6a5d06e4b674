"""The first thing that a request meets: whether it may pass (ASGI)."""

from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from plant_device.web.access.csrf import SAFE_METHODS, is_csrf_token, is_from_elsewhere
from plant_device.web.access.entrance import Entrance
from plant_device.web.access.hosts import is_own_host
from plant_device.web.answers import problem_response
from plant_device.web.problems import Problem
from plant_device.web.records_out import API

SESSION_COOKIE = "plant_session"
CSRF_COOKIE = "plant_csrf"
CSRF_HEADER = "x-csrf-token"
_LOGIN = "/login"
_PRIVATE_PAGES = ("/", "/index.html")


class Admission:
    """Lets requests through that may pass."""

    def __init__(self, app: ASGIApp, entrance: Entrance | None, open_paths: frozenset[str]) -> None:
        """Put it before an app.

        Args:
            entrance: None where nobody but this machine can ask, which needs no token.
            open_paths: that need none either.
        """
        self._app = app
        self._entrance = entrance
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except Problem as problem:
            if scope["path"] in _PRIVATE_PAGES and problem.status == HTTPStatus.UNAUTHORIZED:
                await RedirectResponse(_LOGIN, HTTPStatus.SEE_OTHER)(scope, receive, send)
                return
            # Its body is not read: nothing may follow on this connection.
            problem.headers["connection"] = "close"
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        unsafe = scope["method"] not in SAFE_METHODS
        # Another site's page reads no answer, but takes up streams and exports by asking for them.
        guarded = unsafe or scope["path"].startswith(f"{API}/")
        if guarded and is_from_elsewhere(headers):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "expected a request of this device's own page, received one of another site",
            )
        if self._entrance is None:
            if not is_own_host(headers.get("host", "")):
                raise Problem(
                    HTTPStatus.MISDIRECTED_REQUEST,
                    "expected this machine's own name, such as localhost, in the address, received "
                    f"{headers.get('host', 'none')!r:.80}",
                )
            return
        if scope["path"] in self._open_paths:
            return
        self._admit(headers, unsafe, self._entrance, address_of(scope))

    def _admit(self, headers: Headers, unsafe: bool, entrance: Entrance, address: str) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            entrance.admit(token, address)
            return
        session = session_of(headers)
        if session is None or not entrance.sessions.has(session):
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "expected a login or a header Authorization: Bearer TOKEN, received neither: "
                "`plant-device token` shows the token",
                {"www-authenticate": "Bearer"},
            )
        if unsafe and not is_csrf_token(headers.get(CSRF_HEADER, ""), session):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"expected the value of the cookie {CSRF_COOKIE} in the header X-CSRF-Token",
            )


def session_of(headers: Headers) -> str | None:
    """The session's id in a request's cookie, if it has one."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie else None


def address_of(scope: Scope) -> str:
    """Where a request came from; what its headers say of that is a stranger's word."""
    client = scope.get("client")
    return str(client[0]) if client else ""
