"""Answers in JSON that are sent smaller (ASGI): a slow Wi-Fi has them in a fraction of the time."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from plant_device.web.records_out import API

# By name: a stream would be held back until there is enough of it, and a login's answer has
# secrets in it, which the size of a packed one can tell (CVE-2013-3587).
_PATHS = {
    f"{API}/{name}"
    for name in (
        "events",
        "models",
        "openapi.json",
        "records",
        "records/counts",
        "records/places",
        "settings",
        "status",
        "texts",
    )
}
_LEAST_BYTES = 1000
# Beyond it texts become hardly smaller, and a board is slow.
_LEVEL = 6


class PackedAnswers:
    """Packs them with gzip, where the client takes that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed = GZipMiddleware(app, minimum_size=_LEAST_BYTES, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        app = self._packed if scope.get("path") in _PATHS else self._app
        await app(scope, receive, send)
