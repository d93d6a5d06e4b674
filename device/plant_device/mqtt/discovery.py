"""What Home Assistant is told, so that it shows the device by itself.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery: one retained message a sensor, on
PREFIX/sensor/DEVICE/SENSOR/config. It outlives the device; an empty retained one removes a sensor.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plant_device.mqtt.broker import Message
from plant_device.mqtt.topics import Topics


@dataclass(frozen=True)
class _Sensor:
    """One value of a message; `more` as Home Assistant's configuration has it."""

    key: str
    name: str
    topic: str
    value: str
    more: Mapping[str, object]


_MEASURE: dict[str, object] = {"state_class": "measurement"}
_ABOUT_ITSELF: dict[str, object] = {"entity_category": "diagnostic"}
_SENSORS = (
    _Sensor(
        "decision",
        "Decision",
        "status",
        "value_json.label if value_json.decision == 'disease' else value_json.decision",
        {"icon": "mdi:leaf"},
    ),
    _Sensor(
        "confidence",
        "Confidence",
        "status",
        "(value_json.confidence * 100) | round(1)",
        {**_MEASURE, "unit_of_measurement": "%"},
    ),
    _Sensor("camera", "Camera", "status", "value_json.camera", {"icon": "mdi:camera"}),
    _Sensor(
        "temperature",
        "Temperature",
        "health",
        "value_json.celsius",
        {
            **_MEASURE,
            **_ABOUT_ITSELF,
            "device_class": "temperature",
            "unit_of_measurement": "°C",
        },
    ),
    _Sensor(
        "disk",
        "Free disk",
        "health",
        "(value_json.free_bytes / 1e9) | round(2)",
        {
            **_MEASURE,
            **_ABOUT_ITSELF,
            "device_class": "data_size",
            "unit_of_measurement": "GB",
        },
    ),
    _Sensor(
        "records",
        "Records",
        "health",
        "value_json.records",
        {**_MEASURE, "icon": "mdi:database"},
    ),
    _Sensor(
        "waiting",
        "Not yet sent",
        "health",
        "value_json.waiting",
        {**_MEASURE, **_ABOUT_ITSELF, "icon": "mdi:tray-full"},
    ),
    _Sensor(
        "model", "Model", "status", "value_json.model[:12]", {**_ABOUT_ITSELF, "icon": "mdi:brain"}
    ),
)


def discovery(topics: Topics, prefix: str, version: str) -> Iterator[Message]:
    """The messages of one device.

    Args:
        prefix: what Home Assistant's topics begin with.
        version: of this program.
    """
    unique = f"{topics.root}-{topics.device}".replace("/", "-")
    for sensor in _SENSORS:
        config = {
            "name": sensor.name,
            "unique_id": f"{unique}-{sensor.key}",
            "default_entity_id": _entity_id(topics.device, sensor.key),
            "state_topic": topics[sensor.topic],
            "value_template": "{{ " + sensor.value + " }}",
            "availability_topic": topics.availability,
            "qos": 1,
            "device": {
                "identifiers": [unique],
                "name": topics.device,
                "manufacturer": "Plant Edge",
                "model": "leaf disease classifier",
                "sw_version": version,
            },
            "origin": {"name": "plant-edge", "sw_version": version},
            **sensor.more,
        }
        yield Message(
            f"{prefix}/sensor/{topics.device}/{topics.root.replace('/', '-')}-{sensor.key}/config",
            json.dumps(config, ensure_ascii=False).encode(),
            retain=True,
        )


def _entity_id(device: str, key: str) -> str:
    """What Home Assistant calls a sensor from 2025.10 on; before, it goes by the names.

    It was `object_id`, which 2026.4 leaves out
    (https://github.com/home-assistant/core/pull/164460).
    """
    return f"sensor.{device}_{key}".lower().replace("-", "_")
