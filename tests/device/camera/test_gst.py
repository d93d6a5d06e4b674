"""`gst:` and `csi:` by the real gst-launch-1.0, which writes through the same pipe for both."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.camera.gst import CsiSource
from plant_device.camera.options import CameraOptions
from plant_device.camera.source import open_source
from plant_device.camera.states import CameraStatus
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.contract.errors import UserError


@pytest.mark.usefixtures("gst_launch")
@pytest.mark.parametrize("size", ["320x240", "101x77"])
def test_frames_come_in_the_size_that_is_asked_for(size: str) -> None:
    # Pure colours: rows that are cut wrongly would not be even.
    pipeline = "videotestsrc pattern=blue num-buffers=6"
    given = list(islice(open_source(f"gst:{pipeline}#size={size}").frames(), 5))
    frames = [frame for frame in given if isinstance(frame, Frame)]
    assert len(frames) == 5
    width, height = map(int, size.split("x"))
    assert {frame.picture.shape for frame in frames} == {(height, width, 3)}
    np.testing.assert_allclose(frames[-1].picture.reshape(-1, 3).mean(axis=0), [255, 0, 0], atol=3)
    assert frames[-1].picture.std(axis=(0, 1)).max() < 2


@pytest.mark.usefixtures("gst_launch")
def test_a_pipeline_that_ends_or_cannot_run_is_told_in_its_own_words() -> None:
    frames = open_source("gst:videotestsrc num-buffers=2#size=64x48").frames()
    list(islice(frames, 2))
    with pytest.raises(UserError, match=r"gst-launch-1\.0 ended"):
        next(frames)
    with pytest.raises(UserError, match='no element "nosuchelement"'):
        next(open_source("gst:nosuchelement").frames())


@pytest.mark.usefixtures("gst_launch")
def test_a_pipeline_that_stops_is_killed_and_started_again() -> None:
    told: list[CameraStatus] = []
    source = "gst:videotestsrc pattern=ball num-buffers=30 is-live=true#size=64x48"
    quick = Patience(stalled=2.0, retry=0.02, longest_retry=0.1)
    frames = SupervisedCamera(source, quick, told.append).frames()
    while [status.state for status in told].count("running") < 3:
        next(frames)
    frames.close()
    assert [status.state for status in told][:4] == ["running", "lost", "reopening", "running"]


@pytest.mark.usefixtures("gst_launch")
def test_a_shell_in_a_pipeline_is_no_shell(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    with pytest.raises(UserError, match=r"gst-launch-1\.0 ended"):
        next(open_source(f"gst:videotestsrc; touch {touched}").frames())
    assert not touched.exists()


def test_without_the_program_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match=r"install the package gstreamer1\.0-tools"):
        next(open_source("gst:videotestsrc").frames())
    with pytest.raises(UserError, match="install the package rpicam-apps"):
        next(open_source("picam:").frames())


@pytest.mark.usefixtures("gst_launch")
def test_a_jetsons_camera_is_that_pipeline_with_its_own_elements() -> None:
    # Only a Jetson has the element; what is asked of it is seen in the answer.
    with pytest.raises(UserError, match='no element "nvarguscamerasrc"'):
        next(CsiSource("0", CameraOptions(size=(1920, 1080), fps=30)).frames())
