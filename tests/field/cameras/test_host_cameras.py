"""Cameras of this machine fail at random before a service; it goes on, and has them back."""

import random
import sys
import time
from pathlib import Path

import pytest

from cameras.service import Service
from cameras.trial import dropped, in_words, seconds_in_words, share_of_a_core, try_faults
from cameras.unkind import CAMERAS

pytestmark = pytest.mark.field

# At most, of one core, while a camera is away.
_SHARE = 0.02
_AWAY_SECONDS = 60.0


@pytest.mark.parametrize("kind", CAMERAS)
def test_whatever_a_camera_does_the_service_goes_on_and_has_it_back(
    kind: str, tiny_model_path: Path, tmp_path: Path, faults: int, chance: random.Random
) -> None:
    with (
        CAMERAS[kind](chance) as camera,
        Service(tiny_model_path, camera.source, "--store", str(tmp_path / "store")) as service,
    ):
        outcomes = try_faults(service, camera, faults, chance)
        said = service.stop()
    print(f"{kind}: {dropped(said)}\n{in_words(outcomes)}", file=sys.stderr)


def test_what_a_synthetic_camera_does_by_itself_is_over_as_soon(
    tiny_model_path: Path, faults: int
) -> None:
    # Each opening lasts for ten seconds, after which a camera counts as sound.
    source = "synthetic:live,any@330#size=320x240"
    with Service(tiny_model_path, source) as service:
        service.seconds_until_frames(time.monotonic())
        while len(pauses := service.pauses(0.5)) < faults:
            service.goes_on_for(1)
        said = service.stop()
    print(
        f"synthetic: {dropped(said)}; pauses (number, median and worst s): "
        f"{seconds_in_words(pauses)}",
        file=sys.stderr,
    )


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("http", "its program is killed"),
        ("http", "unplugged"),
        ("http", "silent"),
        ("rtsp", "its program is killed"),
        ("rtsp", "unplugged"),
        ("rtsp", "silent"),
        ("gst", "its program dies at each start"),
    ],
)
def test_a_camera_that_is_away_costs_next_to_nothing(
    kind: str, fault: str, tiny_model_path: Path, chance: random.Random
) -> None:
    with CAMERAS[kind](chance) as camera, Service(tiny_model_path, camera.source) as service:
        service.seconds_until_frames(time.monotonic())
        mend = camera.faults[fault](service.pid)
        first = share_of_a_core(service, _AWAY_SECONDS / 6)
        share = share_of_a_core(service, _AWAY_SECONDS)
        mend()
        recovery = service.seconds_until_frames(time.monotonic())
    print(
        f"{kind}, {fault}: {first:.2%} of a core in its first {_AWAY_SECONDS / 6:.0f} s, then "
        f"{share:.2%}; back after {recovery:.1f} s",
        file=sys.stderr,
    )
    assert share <= _SHARE


@pytest.mark.parametrize("source", ["usb:7", "rtsp://127.0.0.1:9/leaf", "http://127.0.0.1:9/"])
def test_a_camera_that_never_was_there_is_asked_for_for_ever_and_costs_next_to_nothing(
    source: str, tiny_model_path: Path
) -> None:
    with Service(tiny_model_path, source) as service:
        service.goes_on_for(_AWAY_SECONDS / 6)
        share = share_of_a_core(service, _AWAY_SECONDS)
        said = service.stop()
    print(f"{source}, never there: {share:.2%} of a core", file=sys.stderr)
    assert said.count("camera unavailable") == 1
    assert share <= _SHARE
