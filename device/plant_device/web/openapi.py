"""What the API's description says beside its models: problems, pictures, streams."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from plant_device.web.access.csrf import SAFE_METHODS
from plant_device.web.problems import MEDIA_TYPE, ProblemDetails

Responses = dict[int | str, dict[str, Any]]


def _content(description: str, *kinds: str) -> Responses:
    # OpenAPI 3.1 has bytes without a schema.
    content = {kind: {"schema": {"type": "object"}} if "json" in kind else {} for kind in kinds}
    return {200: {"description": description, "content": content}}


JPEG = _content("A JPEG file", "image/jpeg")
FRAMES = _content("JPEG files, one after the other", "multipart/x-mixed-replace")
STATES = _content("Events `state`, whose data is a LiveState as JSON", "text/event-stream")
EXPORTS = _content("The file", "text/csv", "application/geo+json", "application/zip")
METRICS = _content("In Prometheus' format", "text/plain")

_REFERENCE = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
_EVERYWHERE = (401, 403, 413, 421, 422, 429, 500)


def problems(*statuses: int) -> Responses:
    """The faults that a path may answer with, for its description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": _REFERENCE}},
        }
        for status in statuses
    }


def describe(app: FastAPI, secured: bool, open_paths: Collection[str]) -> None:
    """Have an app describe itself, with what every path has in common.

    Args:
        secured: whether a token is needed, except at `open_paths`.
    """

    def description() -> Mapping[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, secured, open_paths)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign,assignment]


def _described(app: FastAPI, secured: bool, open_paths: Collection[str]) -> dict[str, Any]:
    told = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = told.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas[ProblemDetails.__name__] = ProblemDetails.model_json_schema()
    for path in told["paths"].values():
        for operation in path.values():
            operation["responses"] |= {
                str(status): answer for status, answer in problems(*_EVERYWHERE).items()
            }
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "plant_session"},
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "the value of the cookie plant_csrf",
        },
    }
    if secured:
        told["security"] = [{"token": []}, {"session": []}]
        for path, operations in told["paths"].items():
            for method, operation in operations.items():
                if path in open_paths:
                    operation["security"] = []
                elif method.upper() not in SAFE_METHODS:
                    operation["security"] = [{"token": []}, {"session": [], "csrf": []}]
    return told
