"""Names in a query or a form that a path does not have: refused, as those in JSON are."""

from collections import Counter
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from fastapi import Request, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from plant_device.contract.near_misses import near_misses
from plant_device.web.problems import Problem
from plant_device.web.records_out import API


async def require_known_names(request: Request) -> None:
    """Refuse a request in which somebody has mistyped what was to choose.

    Raises:
        Problem: a name is none of the path's, or is there twice.
    """
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    asked = list(_with_dependencies(route.dependant))
    _require(
        (name for name, _ in request.query_params.multi_items()),
        {field.alias for part in asked for field in part.query_params},
    )
    fields = {
        field.alias
        for part in asked
        for field in part.body_params
        if isinstance(field.field_info, params.Form)
    }
    if fields:
        # Read once: who answers gets the same.
        _require((name for name, _ in (await request.form()).multi_items()), fields)


def _with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for other in dependant.dependencies:
        yield from _with_dependencies(other)


def _require(given: Iterable[str], known: set[str]) -> None:
    for name, times in Counter(given).items():
        if name not in known:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"{name!r:.80} is no name that can be given here{near_misses(name[:80], known)}: "
                f"{API}/docs lists them",
            )
        if times > 1:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"expected {name} once, received it {times} times"
            )
