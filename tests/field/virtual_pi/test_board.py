"""Plant Edge on an emulated Raspberry Pi: Debian 12 and 13, each installed from its bundle."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from plant_device.contract.model_file import read_model_file
from virtual_pi.board import RECORDS, Board, journal_tells
from virtual_pi.machine import Machine

pytestmark = pytest.mark.field

PYTHON = "/opt/plant-edge/current/bin/python"
COMPUTED = Path(__file__).with_name("computed.py")


def test_the_system_is_what_the_suite_says(board: Board) -> None:
    assert f"Python {board.suite.python}." in board.machine.done("python3 --version")
    assert board.machine.done("uname -m").strip() == "aarch64"


def test_the_service_came_up_by_itself_and_keeps_what_the_camera_shows(board: Board) -> None:
    state = board.machine.done("systemctl show plant-edge -p ActiveState,NRestarts")
    assert state.split() == ["NRestarts=0", "ActiveState=active"]
    (record,) = _newest(board.machine, 1)
    assert record["path"] == "/dev/video0"
    picture = board.machine.done(f"cp {RECORDS}/{record['picture']} /host/kept.jpg")
    assert picture.strip() == ""
    with Picture.open(board.share / "kept.jpg") as kept:
        kept.load()
        assert kept.size == (640, 480)


def test_doctor_finds_nothing_that_fails(board: Board) -> None:
    answer = board.machine.run(
        f"plant-device doctor --model /host/tiny.tflite --store {RECORDS} --json"
    )
    (board.share / "doctor.json").write_text(answer.output)
    told = json.loads(answer.output)
    assert [found for found in told["findings"] if found["level"] == "failure"] == []
    assert answer.code == 0


def test_bench_measures_every_stage(board: Board) -> None:
    machine = board.machine
    machine.done("systemctl stop plant-edge")
    printed = machine.done(
        "plant-device bench /host/tiny.tflite --threads 1 --calls 5 --store /tmp --json"
    )
    machine.done("systemctl start plant-edge")
    told = json.loads(printed.strip().splitlines()[-1])
    (run,) = told["runs"]
    assert set(run["stages"]) == {"capture", "geometry", "inference", "decision", "store"}
    assert all(stage["median"] > 0 for stage in run["stages"].values())


def test_it_computes_what_the_workstation_does(board: Board) -> None:
    """Logits bit for bit; OpenCV's INTER_AREA differs in the last bit between arm64 and x86-64."""
    shutil.copy(COMPUTED, board.share)
    picture = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    Picture.fromarray(picture).save(board.share / "large.png")
    there = json.loads(
        board.machine.done(f"{PYTHON} /host/computed.py /host/tiny.tflite /host/large.png")
    )
    here = json.loads(
        subprocess.run(
            [sys.executable, COMPUTED, *(board.share / n for n in ("tiny.tflite", "large.png"))],
            capture_output=True,
            check=True,
        ).stdout
    )
    assert there["logits"] == here["logits"]
    model = read_model_file(board.share / "tiny.tflite")
    assert here["logits"] == [list(test.logits) for test in model.self_tests]
    apart = np.abs(np.subtract(there["square"], here["square"]))
    print(f"{board.suite.name}: {(apart > 0).mean():.2%} of the resized values differ")
    assert apart.max() <= 1


def test_a_picture_of_the_stored_size_is_classified_as_on_the_workstation(
    board: Board, plant_device: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Nothing is resized, so that nothing differs."""
    side = read_model_file(board.share / "tiny.tflite").manifest.input.stored_side
    picture = np.random.default_rng(6).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Picture.fromarray(picture).save(board.share / "leaf.png")
    told = board.machine.done(
        "plant-device classify /host/tiny.tflite /host/leaf.png --json 2> /dev/null"
    )
    there = json.loads(told)
    here = json.loads(
        plant_device(
            "classify", board.share / "tiny.tflite", board.share / "leaf.png", "--json"
        ).stdout
    )
    for own in ("path", "ms"):
        del there[own], here[own]
    assert there == here


def test_a_camera_that_goes_and_comes_does_not_restart_the_service(board: Board) -> None:
    driver = "/sys/bus/platform/drivers/vivid"
    machine = board.machine
    machine.done(f"echo vivid.0 > {driver}/unbind")
    machine.done(journal_tells("it is opened again"))
    machine.done(f"echo vivid.0 > {driver}/bind")
    machine.done(journal_tells("camera running"))
    state = machine.done("systemctl show plant-edge -p ActiveState,NRestarts")
    assert state.split() == ["NRestarts=0", "ActiveState=active"]
    assert "camera" in machine.done(f"plant-device records events {RECORDS}")


def test_a_button_at_a_line_of_the_header_begins_a_look(board: Board) -> None:
    machine = board.machine
    machine.done(
        "plant-device run --model /host/tiny.tflite --source synthetic:live --mode button "
        "--button gpio:3 --store /tmp/pressed > /tmp/pressed.out 2>&1 & echo $! > /tmp/pressed.pid"
    )
    machine.done("until grep --quiet gpio-line < <(readlink /proc/[0-9]*/fd/*); do :; done")
    told = "grep '→' /tmp/pressed.out"
    machine.goes_on_for(5)
    assert machine.run(told).code == 1, "it looked before anybody pressed"
    while machine.run(told).code:
        machine.press_button()
        machine.goes_on_for(2)
    machine.done("kill $(cat /tmp/pressed.pid) && plant-device records list /tmp/pressed")


def _newest(machine: Machine, number: int) -> list[dict[str, object]]:
    told = machine.done(f"plant-device records list {RECORDS} --limit {number} --json")
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]
