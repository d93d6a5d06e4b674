"""Every fault as a problem, whatever raised it."""

import json
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from plant_device.contract.errors import UserError
from plant_device.store.store import NoRecordError
from plant_device.web.answers import problem_response
from plant_device.web.problems import Problem, wait
from plant_device.web.records_out import API

_MOST_SHOWN = 80
_DOCS = f"{API}/docs"


def tell_faults(app: FastAPI) -> None:
    """Have an app answer each fault as a problem."""

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> Response:
        return problem_response(error)

    @app.exception_handler(NoRecordError)
    def no_record(request: Request, error: NoRecordError) -> Response:
        return problem_response(Problem(HTTPStatus.NOT_FOUND, str(error)))

    @app.exception_handler(UserError)
    def user_error(request: Request, error: UserError) -> Response:
        return problem_response(Problem(HTTPStatus.CONFLICT, str(error)))

    @app.exception_handler(RequestValidationError)
    def not_valid(request: Request, error: RequestValidationError) -> Response:
        return problem_response(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _in_words(request, error)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        if status == HTTPStatus.BAD_REQUEST:
            # Of a body that is none, which other faults of bodies are told as too.
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem_response(
            Problem(status, _of_http(request, error), dict(error.headers or {}))
        )

    @app.exception_handler(TimeoutError)
    def slow(request: Request, error: TimeoutError) -> Response:
        return problem_response(wait(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 5.0))

    @app.exception_handler(EOFError)
    def gone(request: Request, error: EOFError) -> Response:
        return problem_response(wait(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 5.0))

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        words = f"the device's disk takes nothing: {error.strerror or error}"
        return problem_response(Problem(HTTPStatus.INSUFFICIENT_STORAGE, words))


def _of_http(request: Request, error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"expected a path of {_DOCS}, received {request.url.path!r:.{_MOST_SHOWN}}"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"expected another method than {request.method} at {request.url.path!r:.80}"
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return f"expected a body that can be read, received another one ({error.detail})"
    return str(error.detail)


def _in_words(request: Request, error: RequestValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    if first["type"] == "extra_forbidden":
        return f"{where} is no name that can be given here: {_DOCS} lists them"
    if first["type"] == "json_invalid":
        return f"expected JSON, received what is none: {first['ctx']['error']} at character {where}"
    if first["type"] == "missing":
        return f"expected {where or 'a body'}, received none"
    if isinstance(first.get("input"), bytes | str) and first["loc"] == ("body",):
        sent = request.headers.get("content-type", "none")
        return f"expected the header Content-Type: application/json, received {sent!r:.80}"
    if first["msg"].startswith("Value error, Expected UploadFile"):
        return f"{where}: expected a file, received a text"
    if first["type"] == "string_pattern_mismatch":
        return (
            f"{where}: expected letters and line breaks, received {first['input']!r:.{_MOST_SHOWN}}"
        )
    if first["type"] == "model_attributes_type":
        return f"expected an object, received {first['input']!r:.{_MOST_SHOWN}}"
    # Before words of our own pydantic puts some of its.
    message = str(first["ctx"]["error"] if first["type"] == "value_error" else first["msg"])
    received = first.get("input")
    # As JSON has it.
    words = isinstance(received, bool) or received is None
    shown = json.dumps(received) if words else repr(received)
    told = f"{message[0].lower()}{message[1:]}, received {shown:.{_MOST_SHOWN}}"
    return f"{where}: {told}" if where else told
