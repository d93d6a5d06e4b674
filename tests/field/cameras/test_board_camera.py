"""A real V4L2 camera, of an emulated board's kernel, fails at random; the service has it back."""

import random
import sys
import time
from pathlib import Path

import pytest
from virtual_pi.image import Image

from cameras.board_camera import board_with_camera
from cameras.trial import dropped, in_words, share_of_a_core, try_faults

pytestmark = pytest.mark.field

_AWAY_SECONDS = 60.0


def test_whatever_vivid_does_the_service_goes_on_and_has_it_back(
    recording: Image, share: Path, faults: int, chance: random.Random
) -> None:
    with board_with_camera(recording, share) as (service, camera):
        outcomes = try_faults(service, camera, faults, chance)
        mend = camera.faults["unplugged"](service.pid)
        service.goes_on_for(_AWAY_SECONDS / 6)
        away = share_of_a_core(service, _AWAY_SECONDS)
        mend()
        service.seconds_until_frames(time.monotonic())
        restarts, said = service.restarts(), service.stop()
    print(
        f"vivid: {dropped(said)}; unplugged {away:.1%} of an emulated core\n{in_words(outcomes)}",
        file=sys.stderr,
    )
    assert restarts == 0, said[-4000:]
