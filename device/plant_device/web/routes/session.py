"""Logging in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from plant_device.web.access.admission import CSRF_COOKIE, SESSION_COOKIE, address_of, session_of
from plant_device.web.access.csrf import csrf_token, is_csrf_token
from plant_device.web.openapi import problems
from plant_device.web.problems import Problem
from plant_device.web.served import ServedDevice

router = APIRouter(prefix="/session", tags=["session"])

_YEAR_SECONDS = 365 * 24 * 3600


class SessionIn(BaseModel):
    """The token that `plant-device token` shows."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"token": "k3m9-ab7x-qwer-2345"}]}
    )

    token: Annotated[str, Field(max_length=200)]


class SessionOut(BaseModel):
    """Whether a login is needed, and whether this client has one."""

    authenticated: bool
    needed: bool


@router.get("", summary="Whether a login is needed, and there")
def show(request: Request, served: ServedDevice) -> SessionOut:
    """Answers without a login too."""
    if served.entrance is None:
        return SessionOut(authenticated=True, needed=False)
    session = session_of(request.headers)
    known = session is not None and served.entrance.sessions.has(session)
    return SessionOut(authenticated=known, needed=True)


@router.post("", status_code=HTTPStatus.NO_CONTENT, responses=problems(401, 429), summary="Log in")
def log_in(given: SessionIn, request: Request, response: Response, served: ServedDevice) -> None:
    """Sets the cookies `plant_session` and `plant_csrf`.

    Requests by cookie that change something say the second one's value in `X-CSRF-Token`. Programs
    rather send `Authorization: Bearer TOKEN` with each request, and need neither.
    """
    if served.entrance is None:
        return
    session = served.entrance.log_in(given.token, address_of(request.scope))
    secure = request.url.scheme == "https"
    for name, value, hidden in (
        (SESSION_COOKIE, session, True),
        (CSRF_COOKIE, csrf_token(session), False),
    ):
        response.set_cookie(
            name, value, _YEAR_SECONDS, httponly=hidden, secure=secure, samesite="strict"
        )


@router.delete("", status_code=HTTPStatus.NO_CONTENT, responses=problems(403), summary="Log out")
def log_out(request: Request, response: Response, served: ServedDevice) -> None:
    """Ends the session of this request's cookie, wherever else that cookie may be."""
    session = session_of(request.headers)
    if served.entrance and session and served.entrance.sessions.has(session):
        if not is_csrf_token(request.headers.get("x-csrf-token", ""), session):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"expected the value of the cookie {CSRF_COOKIE} in the header X-CSRF-Token",
            )
        served.entrance.sessions.end(session)
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, samesite="strict")
