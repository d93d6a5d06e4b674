"""`plant-device run --mqtt`, from a folder of pictures to a subscriber."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from mosquitto import Mosquitto, Subscriber

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_what_run_keeps_reaches_the_broker(
    device_command: list[str],
    environment: dict[str, str],
    model_path: Path,
    broker: Mosquitto,
    subscriber: Subscriber,
    tmp_path: Path,
) -> None:
    running = subprocess.Popen(
        [
            *device_command, "run", "--model", model_path, "--source", "synthetic:",
            "--store", tmp_path / "store", "--mqtt", f"127.0.0.1:{broker.port}",
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        subscriber.until(lambda topic, told: topic.endswith("/status") and "record" in told)
    finally:
        running.terminate()
        running.wait()
    told = subscriber.until(lambda topic, told: told == "offline")
    assert told[-1][0].endswith("/availability")


def test_without_a_store_nothing_is_reported_and_that_is_said(
    plant_device: Command, model_path: Path
) -> None:
    ran = plant_device(
        "run", "--model", model_path, "--source", "synthetic:", "--mqtt", "127.0.0.1"
    )
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (
        2,
        "error: expected --store with --mqtt: what is reported is what is kept",
    )


def test_what_is_no_broker_is_said(plant_device: Command, model_path: Path) -> None:
    ran = plant_device(
        "run", "--model", model_path, "--source", "synthetic:", "--mqtt", "http://farm.local"
    )
    assert ran.returncode == 2
    assert "mqtt.broker: expected HOST, HOST:PORT or mqtts://HOST:PORT" in ran.stderr
