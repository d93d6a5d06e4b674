"""Answers of forms that starlette does not have."""

from starlette.responses import Response

from plant_device.web.problems import MEDIA_TYPE, Problem


def problem_response(problem: Problem) -> Response:
    """A problem as an answer."""
    return Response(problem.details.model_dump_json(), problem.status, problem.headers, MEDIA_TYPE)
