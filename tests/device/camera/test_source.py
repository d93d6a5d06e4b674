from pathlib import Path

import pytest
from PIL import Image

from plant_device.camera.folder import FolderSource
from plant_device.camera.source import open_source
from plant_device.camera.synthetic import SyntheticSource
from plant_device.camera.video import VideoSource
from plant_device.contract.errors import WRONG_INPUT, UserError


def test_synthetic_is_the_camera_without_hardware() -> None:
    assert isinstance(open_source("synthetic:"), SyntheticSource)


def test_a_folder_and_a_picture_are_pictures(leaves: Path) -> None:
    assert isinstance(open_source(str(leaves)), FolderSource)
    one = open_source(str(leaves / "leaf_0.png"))
    assert isinstance(one, FolderSource)
    assert [frame.origin for frame in one.frames()] == [str(leaves / "leaf_0.png")]


def test_the_ending_of_a_picture_may_be_written_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.JPG"
    Image.new("RGB", (40, 40)).save(path)
    assert isinstance(open_source(str(path)), FolderSource)


def test_any_other_file_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "walk.mp4"
    path.touch()
    assert isinstance(open_source(str(path)), VideoSource)


@pytest.mark.parametrize("text", ["usb:0", "synthetic", "nowhere.mp4", "rtsp://camera/1", "picam:"])
def test_an_unknown_source_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(UserError) as refused:
        open_source(text)
    assert refused.value.exit_code == WRONG_INPUT
    message = str(refused.value)
    assert message.endswith(f"Received: {text}")
    for kind in ("FOLDER", "PICTURE", "VIDEO", "synthetic:"):
        assert kind in message


def test_an_empty_folder_is_refused_before_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none found"):
        open_source(str(tmp_path))
