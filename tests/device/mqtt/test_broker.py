"""What a person has to mend is told once, in words, by the real publisher of a real broker."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from device_service import Service
from kept import MOMENT
from mosquitto import SECONDS, Mosquitto, Subscriber, free_port

from plant_device.store.store import Store

Publish = Callable[..., Service]
StartBroker = Callable[..., Mosquitto]


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """A broker's file of users: barn, and the sink."""
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("needs mosquitto_passwd")
    path = tmp_path / "passwords"
    path.touch()
    for user in ("barn", "sink"):
        _run("mosquitto_passwd", "-b", path, user, f"secret of {user}")
    return path


def _as_sink(client: mqtt.Client) -> None:
    client.username_pw_set("sink", "secret of sink")


def test_user_and_password_let_a_device_in(
    store: Path,
    passwords: Path,
    tmp_path: Path,
    start_broker: StartBroker,
    publish: Publish,
    at_end: ExitStack,
) -> None:
    broker = start_broker("allow_anonymous false", f"password_file {passwords}")
    (tmp_path / "secret").write_text("secret of barn\n")
    service = publish(store, broker.port, user="barn", password_file=str(tmp_path / "secret"))
    assert service.said.get(timeout=SECONDS).startswith("mqtt: reports to")
    sink = Subscriber(broker.port, prepare=_as_sink)
    at_end.callback(sink.close)
    assert service.process
    arguments = Path(f"/proc/{service.process.pid}/cmdline").read_bytes()
    assert b"secret" not in arguments


def test_a_wrong_password_is_told_in_words_without_it(
    store: Path, passwords: Path, tmp_path: Path, start_broker: StartBroker, publish: Publish
) -> None:
    broker = start_broker("allow_anonymous false", f"password_file {passwords}")
    (tmp_path / "secret").write_text("geheim\n")
    service = publish(store, broker.port, user="barn", password_file=str(tmp_path / "secret"))
    assert service.said.get(timeout=SECONDS) == (
        f"mqtt: the broker mqtt://127.0.0.1:{broker.port} does not let this user in, or not with "
        "this password"
    )


def test_a_password_file_that_is_not_there_is_told(
    store: Path, tmp_path: Path, broker: Mosquitto, publish: Publish
) -> None:
    missing = tmp_path / "missing"
    service = publish(store, broker.port, user="barn", password_file=str(missing))
    assert service.said.get(timeout=SECONDS) == (
        f"mqtt: expected the password of the broker's user in {missing}: No such file or directory"
    )


def test_what_the_broker_s_access_list_drops_is_not_taken_for_sent(
    store: Path,
    passwords: Path,
    tmp_path: Path,
    start_broker: StartBroker,
    publish: Publish,
    at_end: ExitStack,
) -> None:
    rights = tmp_path / "acl"
    rights.write_text("user barn\ntopic write plant-edge/barn/availability\n")
    broker = start_broker(
        "allow_anonymous false", f"password_file {passwords}", f"acl_file {rights}"
    )
    (tmp_path / "secret").write_text("secret of barn")
    settings = {"user": "barn", "password_file": str(tmp_path / "secret"), "discovery": ""}
    service = publish(store, broker.port, **settings)
    assert service.said.get(timeout=SECONDS).startswith("mqtt: reports to")
    assert service.said.get(timeout=SECONDS) == (
        f"mqtt: the broker mqtt://127.0.0.1:{broker.port} does not take what goes to "
        "plant-edge/barn/record (Not authorized): its access list must let this user write there"
    )
    service.kill()
    rights.write_text(
        "user barn\ntopic readwrite plant-edge/barn/#\nuser sink\ntopic read plant-edge/#\n"
    )
    broker.stop()
    broker.start()
    sink = Subscriber(broker.port, prepare=_as_sink)
    at_end.callback(sink.close)
    service.start()
    came = sink.until(lambda topic, told: topic.endswith("/record") and told["id"] == 3)
    assert [told["id"] for topic, told in came if topic.endswith("/record")] == [1, 2, 3]


def test_a_broker_that_takes_no_changes_yet_gets_all_the_rest(
    store: Path,
    passwords: Path,
    tmp_path: Path,
    start_broker: StartBroker,
    publish: Publish,
    at_end: ExitStack,
) -> None:
    rights = tmp_path / "acl"
    own = ("availability", "status", "health", "record")
    lines = ["user barn", *(f"topic write plant-edge/barn/{name}" for name in own)]
    rights.write_text("\n".join([*lines, "user sink", "topic read plant-edge/#", ""]))
    broker = start_broker(
        "allow_anonymous false", f"password_file {passwords}", f"acl_file {rights}"
    )
    sink = Subscriber(broker.port, prepare=_as_sink)
    at_end.callback(sink.close)
    (tmp_path / "secret").write_text("secret of barn")
    with Store(store) as opened:
        opened.delete(1, MOMENT.utc)
    settings = {"user": "barn", "password_file": str(tmp_path / "secret"), "discovery": ""}
    service = publish(store, broker.port, **settings)
    sink.until(lambda topic, told: topic.endswith("/record") and told["id"] == 3)
    assert service.said.get(timeout=SECONDS).startswith("mqtt: reports to")
    assert "does not take what goes to plant-edge/barn/change" in service.said.get(timeout=SECONDS)


@pytest.fixture
def tls_broker(start_broker: StartBroker, certificates: Path) -> Mosquitto:
    """A broker that speaks TLS."""
    return start_broker(
        "allow_anonymous true",
        f"certfile {certificates}/broker.pem",
        f"keyfile {certificates}/broker.key",
    )


def test_over_tls_records_arrive(
    store: Path, tls_broker: Mosquitto, certificates: Path, publish: Publish, at_end: ExitStack
) -> None:
    ca = str(certificates / "ca.pem")
    sink = Subscriber(tls_broker.port, prepare=lambda client: client.tls_set(ca))
    at_end.callback(sink.close)
    publish(store, tls_broker.port, broker=f"mqtts://127.0.0.1:{tls_broker.port}", ca=ca)
    sink.until(lambda topic, told: topic.endswith("/record") and told["id"] == 3)


def test_a_certificate_of_somebody_else_is_told(
    store: Path, tls_broker: Mosquitto, certificates: Path, publish: Publish
) -> None:
    address = f"mqtts://127.0.0.1:{tls_broker.port}"
    service = publish(store, tls_broker.port, broker=address, ca=str(certificates / "other.pem"))
    told = service.said.get(timeout=SECONDS)
    assert told.startswith(f"mqtt: the certificate of {address} is not trusted (")
    assert told.endswith("ca in [mqtt] names the file of who signed it")


def test_a_broker_without_tls_is_told(store: Path, broker: Mosquitto, publish: Publish) -> None:
    address = f"mqtts://127.0.0.1:{broker.port}"
    service = publish(store, broker.port, broker=address)
    assert address in service.said.get(timeout=SECONDS)


def test_a_ca_that_holds_no_certificates_is_told(
    store: Path, broker: Mosquitto, tmp_path: Path, publish: Publish
) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("none")
    service = publish(store, broker.port, broker=f"mqtts://127.0.0.1:{broker.port}", ca=str(ca))
    assert service.said.get(timeout=SECONDS).startswith(
        f"mqtt: expected certificates (PEM) in the ca of [mqtt], {ca}: "
    )


def test_a_broker_that_is_not_there_is_told_once_and_found_when_it_is(
    store: Path, tmp_path: Path, publish: Publish, at_end: ExitStack
) -> None:
    port = free_port()
    service = publish(store, port)
    assert service.said.get(timeout=SECONDS) == (
        f"mqtt: mqtt://127.0.0.1:{port} is out of reach (Connection refused): what is kept is sent "
        "later"
    )
    (tmp_path / "broker").mkdir()
    broker = Mosquitto.of_lines(tmp_path / "broker", port=port)
    at_end.callback(broker.stop)
    broker.start()
    assert service.said.get(timeout=SECONDS).startswith("mqtt: reports to")


def test_what_speaks_another_protocol_is_told(store: Path, publish: Publish) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        service = publish(store, stranger.getsockname()[1])
        channel, _ = stranger.accept()
        with channel:
            channel.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            channel.shutdown(socket.SHUT_RDWR)
            assert "is out of reach (" in service.said.get(timeout=SECONDS)


def test_a_broker_that_sends_more_than_was_asked_for_fills_no_memory(
    store: Path, publish: Publish
) -> None:
    """It could have the service ended, whose memory is bounded as a whole."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        service = publish(store, stranger.getsockname()[1])
        channel, _ = stranger.accept()
        with channel:
            channel.recv(4096)
            accepted = b"\x20\x03\x00\x00\x00"
            message_of_256_mb = b"\x30\xff\xff\xff\x7f"
            channel.sendall(accepted + message_of_256_mb)
            said = service.said.get(timeout=SECONDS)
    assert "it sends more than the 65,536 bytes at once" in said
    assert service.process
    assert service.process.poll() is None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 200_000
