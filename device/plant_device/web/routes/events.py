"""What happened to the device itself."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from plant_device.store.clock import Certainty
from plant_device.web.openapi import problems
from plant_device.web.served import ServedDevice

router = APIRouter(prefix="/events", tags=["live"])


class HappenedOut(BaseModel):
    """What happened, in words; `certainty` is of the time."""

    at: AwareDatetime
    certainty: Certainty
    kind: str
    words: str


class EventsOut(BaseModel):
    """What happened, the last first."""

    events: list[HappenedOut]


@router.get("", responses=problems(409), summary="What happened to the device")
def list_events(served: ServedDevice, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> EventsOut:
    """Cameras that went and came, heat, a full disk, models that took over."""
    with served.store() as store:
        return EventsOut(
            events=[HappenedOut.model_validate(vars(event)) for event in store.events(limit)]
        )
