"""What the device does now, as one snapshot. Documented in docs/json.md.

What has happened for good, records and events, is in the store instead.
"""

from pydantic import BaseModel, ConfigDict

from plant_device.camera.states import CameraState
from plant_device.classify.decision import DecisionKind
from plant_device.classify.line import ClassifiedLine
from plant_device.classify.verdict_line import VerdictEntry
from plant_device.live.mode import ModeName


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class CameraNow(_Part):
    """What the camera is doing, and why; frames as counted since the start."""

    state: CameraState
    cause: str
    frames: int
    dropped: int


class SizeNow(_Part):
    """Pixels of the camera's frames."""

    width: int
    height: int


class LeafNow(_Part):
    """What a leaf of the inspection was taken for."""

    decision: DecisionKind
    label: str | None = None


class InspectionNow(_Part):
    """How far an inspection is, and what the one before it said."""

    asked: int
    leaves: list[LeafNow]
    verdict: VerdictEntry | None = None


class EventNow(_Part):
    """The last thing that happened to the device, in words."""

    kind: str
    words: str


class LiveState(_Part):
    """What the device does now.

    Args:
        version: counts the changes since the start.
        seen: the newest frame that was looked at; None before the first.
        record: the last that was kept.
        kept, lost: how many records were, and could not be, since the start.
        model: sha256 of the model's file.
    """

    version: int
    mode: ModeName
    camera: CameraNow
    size: SizeNow | None = None
    seen: ClassifiedLine | None = None
    inspection: InspectionNow | None = None
    record: int | None = None
    kept: int = 0
    lost: int = 0
    model: str | None = None
    event: EventNow | None = None
