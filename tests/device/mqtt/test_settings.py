import subprocess
import sys

import pytest
from pydantic import ValidationError

from plant_device.mqtt.settings import BrokerAddress, MqttSettings, broker_address


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("farm.local", "farm.local", 1883, False),
        ("10.0.0.2:1884", "10.0.0.2", 1884, False),
        ("mqtt://farm.local", "farm.local", 1883, False),
        ("mqtts://farm.local", "farm.local", 8883, True),
        ("mqtts://[fe80::1]:9000", "fe80::1", 9000, True),
    ],
)
def test_an_address_is_a_host_with_or_without_port_and_tls(
    text: str, host: str, port: int, tls: bool
) -> None:
    assert broker_address(text) == BrokerAddress(host, port, tls)
    assert broker_address(str(broker_address(text))) == broker_address(text)


@pytest.mark.parametrize(
    "text", ["", "http://farm.local", "farm.local:port", "farm.local:70000", "a/b", "mqtt://", "["]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected HOST, HOST:PORT or mqtts://HOST:PORT"):
        broker_address(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError, match="a password into password_file") as raised:
        MqttSettings(broker="mqtt://barn:geheim@farm.local")
    assert "geheim" not in raised.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a/b"},
        {"name": "+"},
        {"name": "x" * 65},
        {"topic": "plants/#"},
        {"topic": ""},
        {"topic": "/plants"},
        {"password_file": "secret"},
        {"broker": "farm.local", "ca": "ca.pem"},
        {"brokr": "farm.local"},
    ],
)
def test_what_no_topic_takes_and_what_does_not_fit_together_is_refused(
    given: dict[str, str],
) -> None:
    with pytest.raises(ValidationError):
        MqttSettings.model_validate(given)


def test_a_device_has_a_name_that_topics_take() -> None:
    assert MqttSettings(name=MqttSettings().device).device == MqttSettings().device
    assert MqttSettings(name="barn-3", topic="farm/plants").device == "barn-3"


def test_the_settings_need_no_mqtt_library() -> None:
    program = "import sys; import plant_device.mqtt.settings; sys.exit('paho' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
