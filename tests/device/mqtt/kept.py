"""What the tests keep in a store."""

from datetime import datetime, timezone

from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.store.clock import Moment

MOMENT = Moment(datetime(2026, 6, 1, 12, tzinfo=timezone.utc), 1000.0, "boot", certain=True)
LINE = ClassifiedLine(
    path="usb:0",
    frame=7,
    decision="disease",
    cause="clear",
    reason="probability 0.93",
    label="Tomato___Late_blight",
    probability=0.93,
    top=[TopEntry(label="Tomato___Late_blight", probability=0.93)],
    energy=11.5,
    ms=8.25,
)
