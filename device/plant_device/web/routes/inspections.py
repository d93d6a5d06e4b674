"""What the leaves of a plant said together."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel

from plant_device.classify.verdict_line import VerdictEntry, VerdictLine
from plant_device.web.openapi import problems
from plant_device.web.problems import Problem
from plant_device.web.records_out import RecordOut, record_out
from plant_device.web.served import ServedDevice

router = APIRouter(prefix="/inspections", tags=["records"])


class InspectionOut(BaseModel):
    """A verdict, and the leaves that it is of, in the order in which they were looked at."""

    id: int
    verdict: VerdictEntry
    records: list[RecordOut]


@router.get("/{number}", responses=problems(404, 409), summary="One inspection")
def show(
    served: ServedDevice, number: Annotated[int, InPath(ge=1, le=(1 << 63) - 1)]
) -> InspectionOut:
    """Its verdict with its leaves, without those that were deleted since."""
    with served.store() as store:
        verdict = store.verdict(number)
        if verdict is None:
            raise Problem(404, f"expected an inspection's number, there is no inspection {number}")
        return InspectionOut(
            id=number,
            verdict=VerdictLine.model_validate_json(verdict).verdict,
            records=[record_out(record) for record in store.leaves(number)],
        )
