"""Which broker the device reports to, and under which name. Needs no MQTT library."""

import re
import socket
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_PORT, _TLS_PORT = 1883, 8883
# + and # stand for any level of a topic (MQTT 5.0, 4.7), and Home Assistant's parts take no more
# than these signs.
_NAME = r"[A-Za-z0-9_-]{1,64}"
_TOPIC = rf"{_NAME}(/{_NAME}){{0,7}}"


@dataclass(frozen=True)
class BrokerAddress:
    """Where a broker listens, and whether it speaks TLS there."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def broker_address(text: str) -> BrokerAddress:
    """Understand `HOST`, `HOST:PORT`, `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`.

    Raises:
        ValueError: it is none of these. A password that is in it is not repeated.
    """
    expected = "expected HOST, HOST:PORT or mqtts://HOST:PORT"
    if "@" in text:
        raise ValueError(f"{expected}: a name goes into user, a password into password_file")
    scheme, _, rest = text.rpartition("://")
    try:
        parts = urllib.parse.urlsplit(f"//{rest}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if scheme not in ("", "mqtt", "mqtts") or not host or parts.netloc != rest.rstrip("/"):
        raise ValueError(f"{expected}, received {text!r:.80}")
    tls = scheme == "mqtts"
    return BrokerAddress(host, port or (_TLS_PORT if tls else _PORT), tls)


def own_name() -> str:
    """The host's name, in signs that a topic takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname().partition(".")[0])[:64] or "device"


class MqttSettings(BaseModel):
    """What the device reports to an MQTT broker."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    broker: Annotated[
        str | None,
        Field(description="HOST, HOST:PORT or mqtts://HOST:PORT; none: nothing is reported"),
    ] = None
    user: Annotated[str | None, Field(description="who the device is to the broker")] = None
    password_file: Annotated[
        Path | None, Field(description="a file whose first line is the user's password")
    ] = None
    ca: Annotated[
        Path | None,
        Field(description="PEM file of who signed the broker's certificate; else the system's"),
    ] = None
    topic: Annotated[str, Field(description="what all topics begin with")] = "plant-edge"
    name: Annotated[
        str | None,
        Field(description="this device among those of the broker; else the host's name"),
    ] = None
    discovery: Annotated[
        str, Field(description="what Home Assistant's topics begin with; empty: not for it")
    ] = "homeassistant"

    @field_validator("broker")
    @classmethod
    def _address(cls, broker: str | None) -> str | None:
        if broker is not None:
            broker_address(broker)
        return broker

    @field_validator("name")
    @classmethod
    def _one_level(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(_NAME, name):
            raise ValueError(f"expected up to 64 letters, digits, - and _, received {name!r:.80}")
        return name

    @field_validator("topic", "discovery")
    @classmethod
    def _levels(cls, topic: str) -> str:
        if topic and not re.fullmatch(_TOPIC, topic):
            raise ValueError(
                "expected names of letters, digits, - and _ with slashes between, received "
                f"{topic!r:.80}"
            )
        return topic

    @model_validator(mode="after")
    def _together(self) -> "MqttSettings":
        if not self.topic:
            raise ValueError("expected a topic, received an empty one")
        if self.password_file and not self.user:
            raise ValueError("expected a user for the password_file, received none")
        if self.ca and self.broker and not broker_address(self.broker).tls:
            raise ValueError(
                f"expected mqtts://… for a ca, received {self.broker!r:.80}, which is not encrypted"
            )
        return self

    @property
    def device(self) -> str:
        """The device's name in topics."""
        return self.name or own_name()
