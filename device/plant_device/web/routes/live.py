"""What the device does and sees now."""

import socket
from datetime import datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from plant_device.board.heat import hottest
from plant_device.board.throttle import slowed_now
from plant_device.classify.line import ClassifiedLine
from plant_device.contract.errors import UserError
from plant_device.live.mode import ModeName
from plant_device.live.state import CameraNow, EventNow, InspectionNow, SizeNow
from plant_device.store.clock import uptime
from plant_device.store.disk import free_bytes, total_bytes
from plant_device.web.openapi import FRAMES, JPEG, STATES, problems
from plant_device.web.problems import Problem, wait
from plant_device.web.served import Served, ServedDevice
from plant_device.web.streams import served_width

router = APIRouter(tags=["live"])

Width = Annotated[int, Query(ge=64, le=1920, description="pixels at most")]


class DiskOut(BaseModel):
    """Room on the store's disk; below the floor pictures are thinned."""

    free_bytes: int
    total_bytes: int
    floor_bytes: int


class ClockOut(BaseModel):
    """The board's time, and whether something has set its clock since it started."""

    now: datetime
    certain: bool


class BoardOut(BaseModel):
    """How hot the board is, and what slows it now; None and empty where nothing tells."""

    celsius: float | None
    throttled: list[str]


class WebOut(BaseModel):
    """How many streams are open."""

    viewers: int


class ClassOut(BaseModel):
    """A class that the model can name."""

    label: str
    text: str
    healthy: bool


class ModelOut(BaseModel):
    """The model that classifies."""

    name: str
    version: str
    sha256: str
    classes: list[ClassOut]


class StatusOut(BaseModel):
    """How the device is; `version` is the program's."""

    version: str
    device: str
    uptime_s: float
    mode: ModeName
    camera: CameraNow
    size: SizeNow | None
    seen: ClassifiedLine | None
    inspection: InspectionNow | None
    record: int | None
    event: EventNow | None
    records: int
    kept: int
    lost: int
    disk: DiskOut | None
    clock: ClockOut
    board: BoardOut
    model: ModelOut | None
    web: WebOut


@router.get("/status", responses=problems(503), summary="How the device is")
def status(served: ServedDevice) -> StatusOut:
    """Everything that can be said of it at once."""
    state = served.link.state(seconds=0)
    moment = served.clock.now()
    return StatusOut(
        version=version("plant-edge"),
        device=socket.gethostname(),
        uptime_s=uptime(),
        **{name: getattr(state, name) for name in ("mode", "camera", "size", "seen")},
        **{name: getattr(state, name) for name in ("inspection", "record", "event")},
        records=_records(served),
        kept=state.kept,
        lost=state.lost,
        disk=_disk(served),
        clock=ClockOut(now=moment.utc, certain=moment.certain),
        board=BoardOut(celsius=hottest(), throttled=slowed_now()),
        model=_model(served, state.model),
        web=WebOut(viewers=served.views.viewers.number),
    )


@router.get(
    "/live",
    response_class=Response,
    responses=STATES | problems(503),
    summary="States as they come",
)
async def live(served: ServedDevice) -> Response:
    """Server-sent events: `state` whenever something changed, at most ten a second."""
    return served.views.events()


@router.get(
    "/live.mjpeg", response_class=Response, responses=FRAMES | problems(503), summary="Frames"
)
async def frames(
    served: ServedDevice,
    fps: Annotated[float, Query(ge=0.1, le=30, description="frames a second at most")] = 10.0,
    width: Width = 640,
) -> Response:
    """Motion JPEG. A viewer that is slow misses frames, and gets none late.

    Served widths are 320, 640 and 1280, the next one above what is asked for.
    """
    return served.views.frames(width, fps)


@router.get(
    "/snapshot.jpg", response_class=Response, responses=JPEG | problems(503), summary="One frame"
)
def snapshot(served: ServedDevice, width: Width = 1280) -> Response:
    """The newest frame of the camera, as a JPEG file."""
    try:
        _, jpeg = served.link.jpeg(width=served_width(width))
    except UserError as error:
        raise wait(503, str(error), 2.0) from None
    return Response(jpeg, media_type="image/jpeg")


def _records(served: Served) -> int:
    try:
        with served.store() as store:
            return store.count()
    except (Problem, UserError):
        return 0


def _disk(served: Served) -> DiskOut | None:
    folder = served.settings.store.folder
    if folder is None or not folder.is_dir():
        return None
    return DiskOut(
        free_bytes=free_bytes(folder),
        total_bytes=total_bytes(folder),
        floor_bytes=served.floor(),
    )


def _model(served: Served, sha256: str | None) -> ModelOut | None:
    manifest = served.model.manifest(sha256) if sha256 else None
    if manifest is None or sha256 is None:
        return None
    return ModelOut(
        name=manifest.name,
        version=manifest.version,
        sha256=sha256,
        classes=[
            ClassOut(label=leaf.label, text=leaf.text, healthy=leaf.healthy)
            for leaf in manifest.classes
        ],
    )
