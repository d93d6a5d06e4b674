"""What cannot be done, told as RFC 9457 has it: `application/problem+json`."""

import math
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(BaseModel):
    """What was expected, what was received, and what to do, in one line of `detail`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "expected a record's number, there is no record 99",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str


class Problem(Exception):  # noqa: N818  (a problem is what the standard calls it)
    """An answer that is not what was asked for.

    Args:
        detail: one line, without a full stop at its end.
        headers: that the answer has beside the usual ones.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.headers = headers or {}
        self.details = ProblemDetails(
            title=self.status.phrase, status=status, detail=" ".join(detail.split())
        )


def wait(status: int, detail: str, seconds: float) -> Problem:
    """A problem that goes away: the client is told when to ask again."""
    return Problem(status, detail, {"retry-after": str(max(1, math.ceil(seconds)))})
