"""One connection to a broker, from its beginning to its end.

A broken connection is not mended: the next one is a new one, and what the broker had not
acknowledged is read again from the outbox. So memory holds one page, and there is one truth of what
was sent.
"""

import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    MQTTv5,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from plant_device.contract.errors import UserError
from plant_device.mqtt.settings import MqttSettings, broker_address
from plant_device.mqtt.topics import Topics

_CONNECTING_SECONDS = 10.0
_ACKNOWLEDGED_SECONDS = 30.0
_KEEPALIVE_SECONDS = 30
# How long the broker remembers what a sink has asked of a device that is away.
_SESSION_SECONDS = 7 * 24 * 3600
# In flight, where the broker allows as many (MQTT 5.0, 3.2.2.3.3).
_WINDOW = 50
_MOST_REQUEST_BYTES = 4096
_MOST_PACKET_BYTES = 64 << 10

# MQTT 5.0, 2.4: what only a person can mend.
_REFUSALS: Mapping[int, str] = {
    0x84: "does not speak MQTT 5",
    0x85: "does not take the device's name",
    0x86: "does not know this user with this password",
    0x87: "does not let this user in, or not with this password",
    0x8A: "has banned this device",
    0x8C: "asks for another way to log in",
    0x8E: "has another device of the same name: give each its own (name in [mqtt])",
}


class BrokerAwayError(Exception):
    """No broker answers, or no longer; later it may. In words."""


@dataclass(frozen=True)
class Message:
    """What is published: at least once, and kept for those who come later where `retain`."""

    topic: str
    payload: bytes
    retain: bool = False


class Broker:
    """A connection to a broker.

    Args:
        heard: told of the payload of each request of a sink.

    Raises:
        UserError: the broker refuses this device; a file of the settings cannot be read.
        BrokerAwayError: it cannot be reached.
    """

    def __init__(
        self, settings: MqttSettings, topics: Topics, heard: Callable[[bytes], None]
    ) -> None:
        assert settings.broker
        self._address = broker_address(settings.broker)
        self._topics = topics
        self._heard = heard
        self._answer: ReasonCode | None = None
        self._end: ReasonCode | None = None
        self._window = _WINDOW
        self._acknowledged: dict[int, ReasonCode] = {}
        self._client = self._made(settings)
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def publish(self, messages: Sequence[Message], taken: Callable[[int], None]) -> None:
        """Publish messages in their order, and wait until the broker has acknowledged all.

        Args:
            taken: told how many are acknowledged, all before them included; also when it fails.

        Raises:
            UserError: the broker does not take one of them.
            BrokerAwayError: the connection broke.
        """
        in_flight: deque[int] = deque()
        self._acknowledged.clear()
        sent = done = 0
        heard = time.monotonic()
        try:
            while done < len(messages):
                # The first goes alone: a broker that refuses it may leave at once, and what it said
                # of it is lost if more is under way.
                while sent < len(messages) and len(in_flight) < (self._window if done else 1):
                    in_flight.append(self._sent(messages[sent]))
                    sent += 1
                broken = self._served(1.0)
                # What came before the end counts: a broker may refuse a message and leave.
                while in_flight and in_flight[0] in self._acknowledged:
                    self._require_taken(self._acknowledged.pop(in_flight.popleft()), messages[done])
                    done += 1
                    heard = time.monotonic()
                if broken:
                    raise broken
                if time.monotonic() - heard > _ACKNOWLEDGED_SECONDS:
                    raise BrokerAwayError("it no longer answers")
        finally:
            taken(done)

    def wait(self, seconds: float) -> None:
        """Serve the connection for so long.

        Raises:
            UserError, BrokerAwayError: as of `publish`.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._serve(left)

    def close(self) -> None:
        """End the connection as if it broke, so that the broker tells of it by the last will."""
        channel = self._client.socket()
        if channel is not None:
            channel.close()

    def _made(self, settings: MqttSettings) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            # The broker keeps a session under it: what was asked of a device that is away.
            client_id=f"{self._topics.root}-{self._topics.device}".replace("/", "-"),
            protocol=MQTTv5,
        )
        client.connect_timeout = _CONNECTING_SECONDS
        client.max_inflight_messages_set(_WINDOW)
        client.will_set(self._topics.availability, "offline", qos=1, retain=True)
        if settings.user is not None:
            client.username_pw_set(settings.user, _password(settings))
        if self._address.tls:
            client.tls_set_context(_tls(settings))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = _SESSION_SECONDS
        session.MaximumPacketSize = _MOST_PACKET_BYTES
        try:
            self._client.connect(
                self._address.host,
                self._address.port,
                keepalive=_KEEPALIVE_SECONDS,
                clean_start=False,
                properties=session,
            )
        except ssl.SSLCertVerificationError as error:
            raise UserError(
                f"the certificate of {self._address} is not trusted ({error.verify_message}): ca "
                "in [mqtt] names the file of who signed it"
            ) from None
        except ssl.SSLError as error:
            raise UserError(f"{self._address} does not speak TLS ({error.reason})") from None
        except (OSError, UnicodeError) as error:
            raise BrokerAwayError(getattr(error, "strerror", None) or str(error)) from None
        end = time.monotonic() + _CONNECTING_SECONDS
        while self._answer is None:
            if time.monotonic() > end:
                raise BrokerAwayError("it takes the connection and does not answer")
            self._serve(1.0)
        self._client.subscribe(self._topics.again, qos=1)
        self.publish([Message(self._topics.availability, b"online", retain=True)], lambda _: None)

    def _sent(self, message: Message) -> int:
        return self._client.publish(
            message.topic, message.payload, qos=1, retain=message.retain
        ).mid

    def _serve(self, seconds: float) -> None:
        broken = self._served(seconds)
        if broken:
            raise broken

    def _served(self, seconds: float) -> UserError | BrokerAwayError | None:
        """Send and receive for at most so long; how the connection ended, if it did."""
        try:
            outcome = self._client.loop(seconds)
        except (OSError, ValueError, IndexError, struct.error) as error:
            return BrokerAwayError(f"it answers what is not MQTT 5: {error}")
        except MemoryError:
            return BrokerAwayError(
                f"it sends more than the {_MOST_PACKET_BYTES:,} bytes at once that were asked for"
            )
        if self._answer is not None and self._answer.is_failure:
            return self._refusal(self._answer)
        if self._end is not None and self._end.value in _REFUSALS:
            return self._refusal(self._end)
        if outcome != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return BrokerAwayError("the connection broke")
        return None

    def _refusal(self, answer: ReasonCode) -> UserError | BrokerAwayError:
        words = _REFUSALS.get(answer.value)
        if words is None:
            return BrokerAwayError(str(answer))
        return UserError(f"the broker {self._address} {words}")

    def _require_taken(self, answer: ReasonCode, message: Message) -> None:
        if answer.is_failure:
            raise UserError(
                f"the broker {self._address} does not take what goes to {message.topic} ({answer}):"
                " its access list must let this user write there"
            )

    def _on_connect(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        answer: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._answer = answer
        allowed = getattr(properties, "ReceiveMaximum", _WINDOW)
        self._window = max(1, min(_WINDOW, allowed))

    def _on_disconnect(
        self,
        client: Client,
        userdata: object,
        flags: DisconnectFlags,
        answer: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._end = answer

    def _on_publish(
        self,
        client: Client,
        userdata: object,
        mid: int,
        answer: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._acknowledged[mid] = answer

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        if message.topic == self._topics.again and len(message.payload) <= _MOST_REQUEST_BYTES:
            self._heard(bytes(message.payload))


def _password(settings: MqttSettings) -> str | None:
    if settings.password_file is None:
        return None
    try:
        return settings.password_file.read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UserError(
            f"expected the password of the broker's user in {settings.password_file}: {reason}"
        ) from None


def _tls(settings: MqttSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"expected certificates (PEM) in the ca of [mqtt], {settings.ca}: {reason}"
        ) from None
