"""What the device does now, as it is published."""

from plant_device.live.state import LiveState
from plant_device.mqtt.messages import Status
from plant_device.store.record import Record

_MOST_SIGNS = 300


def status(live: LiveState, newest: Record | None) -> Status:
    """What changes seldom of what the device does, and what its last record says.

    Not the frames between two records: a phone's line is not for these.
    """
    now = Status(
        mode=live.mode,
        camera=live.camera.state,
        cause=live.camera.cause[:_MOST_SIGNS],
        kept=live.kept,
        lost=live.lost,
        model=live.model,
    )
    if newest is None:
        return now
    return now.model_copy(
        update={
            "record": newest.id,
            "taken_at": newest.taken_at.isoformat(timespec="milliseconds"),
            "decision": newest.kind,
            "label": newest.label,
            "confidence": round(newest.classified.probability, 4),
        }
    )
