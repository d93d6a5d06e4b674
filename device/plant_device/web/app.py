"""The page and the API, put together."""

from collections.abc import Callable
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from plant_device.web.access.admission import Admission
from plant_device.web.faults import tell_faults
from plant_device.web.headers import SafeHeaders
from plant_device.web.known_names import require_known_names
from plant_device.web.limits.requests import BoundedRequests
from plant_device.web.openapi import describe
from plant_device.web.packed import PackedAnswers
from plant_device.web.problems import Problem
from plant_device.web.records_out import API
from plant_device.web.routes import (
    events,
    health,
    inspections,
    live,
    models,
    photographs,
    records,
    session,
    settings,
    texts,
)
from plant_device.web.served import Served
from plant_device.web.static_files import StaticFile, static_files

_HERE = Path(__file__).parent
_FORM_BYTES = 64 << 10
_DOCS = f"{API}/docs"
_AUTHORITY = "/certificate.crt"

_WORDS = """What a leaf camera sees, has kept, and may be told.

Faults are problems as RFC 9457 has them; their `detail` says in one line what was expected, what
was received and what to do."""


def create_app(served: Served) -> ASGIApp:
    """The app for a server: what it serves behind what guards it."""
    app = FastAPI(
        title="Plant Edge",
        version=version("plant-edge"),
        description=_WORDS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.served = served
    tell_faults(app)
    api = APIRouter(prefix=API, dependencies=[Depends(require_known_names)])
    for subject in (
        session,
        live,
        photographs,
        records,
        inspections,
        models,
        events,
        settings,
        texts,
    ):
        api.include_router(subject.router)
    app.include_router(api)
    app.include_router(health.router)
    pages = _serve_files(app, served)
    upload = {f"{API}/classify": served.settings.web.max_upload_mb * 10**6 + _FORM_BYTES}
    open_paths = frozenset({"/healthz", f"{API}/session", *pages})
    describe(app, served.entrance is not None, open_paths)
    admission = Admission(PackedAnswers(app), served.entrance, open_paths)
    return SafeHeaders(BoundedRequests(admission, upload))


def _serve_files(app: FastAPI, served: Served) -> set[str]:
    """The page, the API's description, and the certificate to trust; paths that are no secret."""
    page, docs = static_files(_HERE / "page"), static_files(_HERE / "docs")

    def openapi(request: Request) -> Response:
        return JSONResponse(app.openapi())

    def docs_folder(request: Request) -> Response:
        return RedirectResponse(f"{_DOCS}/", HTTPStatus.PERMANENT_REDIRECT)

    def authority(request: Request) -> Response:
        if served.authority is None:
            raise Problem(HTTPStatus.NOT_FOUND, "this device made no certificate of its own")
        return FileResponse(served.authority, media_type="application/x-x509-ca-cert")

    private = {
        f"{API}/openapi.json": openapi,
        _DOCS: docs_folder,
        f"{_DOCS}/": _file(docs["index.html"]),
        **{f"{_DOCS}/{name}": _file(file) for name, file in docs.items()},
        "/": _file(page["index.html"]),
        "/index.html": _file(page["index.html"]),
    }
    public = {
        _AUTHORITY: authority,
        "/login": _file(page["login.html"]),
        **{f"/{name}": _file(file) for name, file in page.items() if name != "index.html"},
    }
    app.router.routes += [Route(path, answer) for path, answer in (private | public).items()]
    return set(public)


def _file(file: StaticFile) -> Callable[[Request], Response]:
    return lambda request: file.response(request.headers)
