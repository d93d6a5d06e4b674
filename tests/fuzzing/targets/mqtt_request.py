"""What an MQTT broker sends: some of the outbox once more."""

from pathlib import Path

from changes import json_value
from pydantic import ValidationError
from target import Target

from plant_device.mqtt.messages import Again
from plant_device.mqtt.outbox import Outbox


def _read(content: bytes, folder: Path) -> object:
    asked = Again.model_validate_json(content)
    outbox = Outbox(folder, "broker", print)
    outbox.advance(asked.stream, 100)
    outbox.rewind(asked.stream, asked.after)
    outbox.close()
    reopened = Outbox(folder, "broker", print)
    try:
        assert 0 <= reopened[asked.stream].sent <= 100
        assert reopened[asked.stream] == outbox[asked.stream]
    finally:
        reopened.close()
    return asked


TARGET = Target(
    _read,
    lambda: [b'{"series": "0a1b2c3d", "stream": "record", "after": 7}'],
    refusals=(ValidationError,),
    changed=json_value,
)
