"""For programs that watch the device."""

from http import HTTPStatus
from typing import get_args

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from plant_device.board.heat import hottest
from plant_device.camera.states import CameraState
from plant_device.contract.errors import UserError
from plant_device.live.state import LiveState
from plant_device.store.clock import uptime
from plant_device.store.disk import free_bytes
from plant_device.web.openapi import METRICS, Responses, problems
from plant_device.web.served import Served, ServedDevice

router = APIRouter(tags=["health"])


class HealthOut(BaseModel):
    """Whether the device sees; and where it does not, why."""

    ok: bool
    why: str | None = None


_BLIND: Responses = {503: {"model": HealthOut, "description": "It does not see"}}


# Some programs that watch ask for no body.
@router.head("/healthz", include_in_schema=False)
@router.get(
    "/healthz",
    response_model_exclude_none=True,
    responses=_BLIND,
    summary="Whether the device sees",
)
def healthz(served: ServedDevice, response: Response) -> HealthOut:
    """Needs no login, and tells no secret: 200 while the camera runs, else 503."""
    try:
        camera = served.recent_state().camera
    except (TimeoutError, EOFError, UserError):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return HealthOut(ok=False, why="the service does not answer")
    if camera.state in ("running", "opening", "ended"):
        return HealthOut(ok=True)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return HealthOut(ok=False, why=f"camera {camera.state}")


@router.get(
    "/metrics", response_class=Response, responses=METRICS | problems(503), summary="Metrics"
)
def metrics(served: ServedDevice) -> Response:
    """In the format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measured(served.recent_state(), served))
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


class _Measured:
    """What is measured of a device at one moment, as prometheus_client collects it."""

    def __init__(self, state: LiveState, served: Served) -> None:
        self._state = state
        self._served = served

    def collect(self) -> list[Metric]:
        """The metrics."""
        state, served = self._state, self._served
        camera = GaugeMetricFamily(
            "plant_camera_state", "1 for the state that the camera is in", labels=["state"]
        )
        for name in get_args(CameraState):
            camera.add_metric([name], float(state.camera.state == name))
        told: list[Metric] = [
            camera,
            _counter("plant_frames", "Frames that were taken from the camera", state.camera.frames),
            _counter("plant_frames_dropped", "Frames that nobody took", state.camera.dropped),
            _counter("plant_records_kept", "Records since the start", state.kept),
            _counter("plant_records_lost", "Records that could not be kept", state.lost),
            _gauge("plant_board_uptime_seconds", "Since the board started", uptime()),
            _gauge("plant_web_streams", "Open streams", served.views.viewers.number),
            _gauge("plant_clock_certain", "1 if the clock was set", served.clock.now().certain),
        ]
        celsius = hottest()
        if celsius is not None:
            told.append(_gauge("plant_board_celsius", "Of the hottest part", celsius))
        folder = served.settings.store.folder
        if folder and folder.is_dir():
            told.append(_gauge("plant_disk_free_bytes", "On the store's disk", free_bytes(folder)))
        if state.seen:
            told.append(_gauge("plant_picture_ms", "Of the newest picture", state.seen.ms))
        return told


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)
