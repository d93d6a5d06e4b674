"""The models on the device."""

from fastapi import APIRouter
from pydantic import BaseModel

from plant_device.contract.errors import UserError
from plant_device.live.orders import Say
from plant_device.models.history import History, rolled_back
from plant_device.models.lines import ModelLine, model_lines
from plant_device.web.openapi import problems
from plant_device.web.problems import Problem
from plant_device.web.served import ServedDevice

router = APIRouter(prefix="/models", tags=["models"])


class ModelsOut(BaseModel):
    """Which model classifies, and which are installed; none where `run` was given a single file."""

    current: str | None
    installed: list[ModelLine]


@router.get("", responses=problems(409, 503), summary="The models on the device")
def list_models(served: ServedDevice) -> ModelsOut:
    """The newest first; `current` is the sha256 of the one that classifies now."""
    shelf = served.model.shelf
    return _told(served, shelf.history() if shelf else None)


@router.post("/rollback", responses=problems(403, 409, 503), summary="Go back to the model before")
def roll_back(served: ServedDevice) -> ModelsOut:
    """The service takes it over with its next frame."""
    shelf = served.model.shelf
    if shelf is None:
        raise Problem(
            409, "expected a device that runs a folder of installed models, received a single file"
        )
    before = shelf.history().current
    try:
        history = shelf.change(rolled_back)
    except UserError as error:
        raise Problem(409, str(error)) from None
    served.link.ask(Say(words=f"{history.current} is current again, not {before}", event=True))
    return _told(served, history)


def _told(served: ServedDevice, history: History | None) -> ModelsOut:
    return ModelsOut(
        current=served.link.state(seconds=0).model,
        installed=list(model_lines(history)) if history else [],
    )
