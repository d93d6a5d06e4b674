"""The publisher's process between a real store and a real broker."""

import signal
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from device_service import Service
from kept import LINE, MOMENT, fill
from mosquitto import SECONDS, Mosquitto, Subscriber

from plant_device.mqtt.backlog import PAGE
from plant_device.store.export.lines import record_line
from plant_device.store.store import Store

Publish = Callable[..., Service]
Came = Iterable[tuple[str, Any]]


def _last_record(number: int) -> Callable[[str, Any], bool]:
    return lambda topic, told: topic == "plant-edge/barn/record" and told["id"] == number


def _ids(came: Came, stream: str = "record") -> list[int]:
    return [told["id"] for topic, told in came if topic == f"plant-edge/barn/{stream}"]


def _keep(folder: Path, number: int = 1) -> None:
    with Store(folder) as store:
        for _ in range(number):
            store.keep(None, LINE, "a" * 64, MOMENT)


def test_records_come_once_each_in_order_as_the_store_tells_them(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    publish(store, broker.port)
    came = subscriber.until(_last_record(3))
    assert _ids(came) == [1, 2, 3]
    with Store(store) as opened:
        lines = [record_line(record) for record in opened.records()][::-1]
    told = [told["record"] for topic, told in came if topic == "plant-edge/barn/record"]
    assert told == [line.model_dump(exclude_none=True) for line in lines]


def test_what_is_kept_later_comes_then_and_a_verdict_after_its_records(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    publish(store, broker.port)
    subscriber.until(_last_record(3))
    with Store(store) as opened:
        leaves = [opened.keep(None, LINE, "a" * 64, MOMENT) for _ in range(2)]
        opened.keep_verdict('{"verdict": {"decision": "disease", "leaves": 2}}', leaves)
        opened.keep_event("camera", "usb:0 is away", MOMENT)
    came = subscriber.until(lambda topic, _: topic == "plant-edge/barn/event")
    kept = [topic.rpartition("/")[2] for topic, told in came if "message" in told]
    assert kept == ["record", "record", "verdict", "event"]
    assert came[-1][1]["event"]["words"] == "usb:0 is away"
    assert [told["verdict"]["records"] for _, told in came if "verdict" in told] == [[4, 5]]


def test_a_broker_that_is_killed_gets_the_rest_later_in_order(
    store: Path,
    broker: Mosquitto,
    publish: Publish,
    at_end: ExitStack,
) -> None:
    fill(store, 5_000)
    service = publish(store, broker.port)
    first = Subscriber(broker.port, name="first")
    at_end.callback(first.close)
    before = _ids(first.until(_last_record(500)))
    broker.kill()
    assert service.said.get(timeout=SECONDS).startswith("mqtt: reports to mqtt://127.0.0.1:")
    assert "is out of reach" in service.said.get(timeout=SECONDS)
    _keep(store)
    broker.start()
    rest = before + _ids(first.until(_last_record(5_004)))
    # What it had acknowledged and forgot is a sink's to ask for.
    assert rest == sorted(rest)
    assert len(set(rest)) == len(rest)
    assert rest[-2:] == [5_003, 5_004]


def test_a_broker_that_stops_in_order_loses_nothing(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    fill(store, 5_000)
    publish(store, broker.port)
    before = subscriber.until(_last_record(300))
    broker.stop()
    _keep(store)
    broker.start()
    came = _ids([*before, *subscriber.until(_last_record(5_004))])
    assert sorted(set(came)) == list(range(1, 5_005))
    assert len(came) - len(set(came)) <= PAGE


def test_a_publisher_that_is_killed_goes_on_with_at_most_a_page_twice(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    fill(store, 5_000)
    service = publish(store, broker.port)
    before = subscriber.until(_last_record(500))
    service.kill()
    service.start()
    before += subscriber.until(_last_record(2500))
    service.kill()
    service.start()
    came = _ids([*before, *subscriber.until(_last_record(5_003))])
    # In order of their first coming, and each under one name.
    assert list(dict.fromkeys(came)) == list(range(1, 5_004))
    assert len(came) - len(set(came)) <= 2 * PAGE


def test_a_publisher_that_had_sent_all_sends_nothing_twice(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    service = publish(store, broker.port)
    subscriber.until(_last_record(3))
    # Its health tells that the cursor was moved.
    subscriber.until(lambda topic, told: topic.endswith("health") and told["sent"]["record"] == 3)
    service.kill()
    _keep(store)
    service.start()
    assert _ids(subscriber.until(_last_record(4))) == [4]


def test_a_sink_gets_again_what_it_asks_for(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    publish(store, broker.port)
    came = subscriber.until(_last_record(3))
    series = came[-1][1]["series"]
    for asked in (b"{", b'{"series": "other", "stream": "record", "after": 0}', bytes(10_000)):
        subscriber.publish("plant-edge/barn/again", asked)
    subscriber.publish(
        "plant-edge/barn/again",
        f'{{"series": "{series}", "stream": "record", "after": 1}}'.encode(),
    )
    again = [
        (told["id"], told["after"])
        for topic, told in subscriber.until(_last_record(3))
        if topic == "plant-edge/barn/record"
    ]
    assert again == [(2, 1), (3, 2)]


def test_what_is_changed_after_it_was_sent_is_sent_once_each_in_order(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    service = publish(store, broker.port)
    subscriber.until(lambda topic, told: topic.endswith("health") and told["waiting"] == 0)
    with Store(store) as opened:
        opened.correct(3, "Apple___scab")
    # The last record's label is that of a person now.
    came = subscriber.until(
        lambda topic, told: topic.endswith("/status") and told.get("label") == "Apple___scab"
    )
    service.kill()
    with Store(store) as opened:
        opened.delete(1, MOMENT.utc)
        opened.note(3, "late")
        opened.keep(None, LINE, "a" * 64, MOMENT)
        opened.note(4, "not sent yet")
    service.start()
    came += subscriber.until(lambda topic, told: topic.endswith("/change") and told["id"] == 3)
    changes = [told for topic, told in came if topic == "plant-edge/barn/change"]
    assert [(told["id"], told["after"], told.get("deleted")) for told in changes] == [
        (1, 0, None),
        (2, 1, 1),
        (3, 2, None),
    ]
    assert [told["record"]["note"] for told in (changes[0], changes[2])] == ["", "late"]
    (fourth,) = [told for topic, told in came if topic == "plant-edge/barn/record"]
    assert (fourth["id"], fourth["record"]["note"]) == (4, "not sent yet")


def test_who_comes_later_is_told_how_the_device_is_and_that_it_is_gone(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish, at_end: ExitStack
) -> None:
    service = publish(store, broker.port)
    subscriber.until(lambda topic, told: topic == "plant-edge/barn/health")
    later = Subscriber(broker.port, name="later")
    at_end.callback(later.close)
    told: dict[str, Any] = {}
    while len(told) < 8 + 3:
        topic, payload, retained = later.heard.get(timeout=SECONDS)
        assert retained
        told[topic] = payload
    assert told["plant-edge/barn/availability"] == b"online"
    service.kill()
    came = subscriber.until(lambda topic, told: topic == "plant-edge/barn/availability")
    assert came[-1][1] == "offline"
    latest = Subscriber(broker.port, "plant-edge/barn/availability", "latest")
    at_end.callback(latest.close)
    assert latest.heard.get(timeout=SECONDS) == ("plant-edge/barn/availability", b"offline", True)


def test_status_follows_the_camera_and_names_the_last_decision(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    service = publish(store, broker.port)
    service.state = service.state.model_copy(
        update={"camera": service.state.camera.model_copy(update={"state": "lost"})}
    )
    told = subscriber.until(
        lambda topic, told: (
            topic == "plant-edge/barn/status" and told["camera"] == "lost" and "record" in told
        )
    )[-1][1]
    assert (told["record"], told["decision"], told["label"], told["confidence"]) == (
        3,
        "disease",
        "Tomato___Late_blight",
        0.93,
    )


def test_home_assistant_is_told_of_each_sensor_and_where_its_value_is(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    publish(store, broker.port)
    came = dict(subscriber.until(lambda topic, _: topic == "plant-edge/barn/health"))
    configs = {topic: told for topic, told in came.items() if topic.startswith("homeassistant/")}
    sensors = {"decision", "confidence", "camera", "temperature", "disk", "records", "waiting"}
    sensors.add("model")
    assert sorted(configs) == sorted(
        f"homeassistant/sensor/barn/plant-edge-{sensor}/config" for sensor in sensors
    )
    assert len({told["unique_id"] for told in configs.values()}) == len(sensors)
    named = {f"sensor.barn_{sensor}" for sensor in sensors}
    assert {told["default_entity_id"] for told in configs.values()} == named
    assert not any("object_id" in told for told in configs.values())
    for told in configs.values():
        assert told["availability_topic"] == "plant-edge/barn/availability"
        assert told["device"]["identifiers"] == ["plant-edge-barn"]
        assert told["state_topic"] in came


def test_without_discovery_home_assistant_is_told_nothing(
    store: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    publish(store, broker.port, discovery="")
    came = subscriber.until(lambda topic, _: topic == "plant-edge/barn/health")
    assert [topic for topic, _ in came if not topic.startswith("plant-edge/barn/")] == []


def test_a_store_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, broker: Mosquitto, subscriber: Subscriber, publish: Publish
) -> None:
    service = publish(tmp_path / "later", broker.port)
    subscriber.until(lambda topic, _: topic == "plant-edge/barn/status")
    _keep(tmp_path / "later", 2)
    assert _ids(subscriber.until(_last_record(2))) == [1, 2]
    assert service.process
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(timeout=SECONDS)


def _peak_megabytes(service: Service) -> int:
    assert service.process
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(dict(line.split(":") for line in status.splitlines())["VmHWM"].split()[0]) // 1000


def _backlog(number: int, store: Path, broker: Mosquitto, publish: Publish) -> None:
    memory = []
    for name, more in (("few", 1000), ("many", number - 1000)):
        fill(store, more)
        service = publish(store, broker.port, name=name)
        subscriber = Subscriber(broker.port, f"plant-edge/{name}/health", name)
        subscriber.until(lambda _, told: told["records"] > 1000 and told["waiting"] == 0)
        subscriber.close()
        memory.append(_peak_megabytes(service))
        service.kill()
    assert memory[1] <= memory[0] + 8


def test_a_backlog_of_20_000_takes_no_more_memory_than_one_of_1_000(
    store: Path, broker: Mosquitto, publish: Publish
) -> None:
    _backlog(20_000, store, broker, publish)


@pytest.mark.slow
def test_a_backlog_of_a_million_takes_no_more_memory_than_one_of_1_000(
    store: Path, broker: Mosquitto, publish: Publish
) -> None:
    _backlog(1_000_000, store, broker, publish)
