import os
import re
from pathlib import Path

import pytest
from PIL import Image

from plant_device.camera.adjusted import AdjustedSource
from plant_device.camera.folder import FolderSource
from plant_device.camera.frame import Frame, Source
from plant_device.camera.gst import CsiSource, GstSource
from plant_device.camera.http_stream import HttpSource
from plant_device.camera.picam import PicamSource
from plant_device.camera.rtsp import RtspSource
from plant_device.camera.source import open_source, without_password
from plant_device.camera.synthetic import SyntheticSource
from plant_device.camera.usb import UsbSource
from plant_device.camera.video import VideoSource
from plant_device.contract.errors import WRONG_INPUT, UserError


def _frames(source: Source) -> list[Frame]:
    return [frame for frame in source.frames() if isinstance(frame, Frame)]


def test_synthetic_is_the_camera_without_hardware() -> None:
    assert isinstance(open_source("synthetic:"), SyntheticSource)


def test_a_folder_and_a_picture_are_pictures(leaves: Path) -> None:
    assert isinstance(open_source(str(leaves)), FolderSource)
    one = open_source(str(leaves / "leaf_0.png"))
    assert isinstance(one, FolderSource)
    assert [frame.origin for frame in _frames(one)] == [str(leaves / "leaf_0.png")]


def test_the_ending_of_a_picture_may_be_written_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.JPG"
    Image.new("RGB", (40, 40)).save(path)
    assert isinstance(open_source(str(path)), FolderSource)


def test_any_other_file_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "walk.mp4"
    path.touch()
    assert isinstance(open_source(str(path)), VideoSource)


@pytest.mark.parametrize(
    "text", ["", "synthetic", "nowhere.mp4", "ftp://camera/1", "a\nb", "nowhere#flip=h"]
)
def test_an_unknown_source_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(UserError) as refused:
        open_source(text)
    assert refused.value.exit_code == WRONG_INPUT
    message = str(refused.value)
    assert message.endswith(f"Received: {' '.join(text.split())}".rstrip())
    for kind in ("FOLDER", "PICTURE", "VIDEO", "synthetic:"):
        assert kind in message


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("usb:0", UsbSource),
        ("/dev/video7", UsbSource),
        ("usb:/dev/v4l/by-id/usb-leafcam", UsbSource),
        ("picam:", PicamSource),
        ("picam:1#size=640x480", AdjustedSource),
        ("csi:0", CsiSource),
        ("gst:videotestsrc ! identity", GstSource),
        ("rtsp://user:secret@camera:554/stream?channel=1", RtspSource),
        ("http://camera.local/?action=stream", HttpSource),
        ("https://[::1]:8443/snapshot.jpg", HttpSource),
        ("synthetic:live#rotate=90", AdjustedSource),
    ],
)
def test_each_kind_of_camera_has_its_string(text: str, kind: type) -> None:
    source = open_source(text)
    assert isinstance(source, kind)
    assert source.live


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("usb:front", "expected usb: and a number"),
        ("picam:front", "expected picam: or picam:1"),
        ("picam:#size=1000x500", "expected a width that is a multiple of 128"),
        ("csi:", "expected csi: and a sensor's number"),
        ("gst:", "expected a GStreamer pipeline after gst:"),
        ('gst:filesrc location="a', "expected a GStreamer pipeline after gst:"),
        ("rtsp:///stream", "expected an address such as rtsp://"),
        ("http://:80/", "expected an address such as http://"),
        ("http://camera:port/", "expected an address such as http://"),
        ("usb:0#rotate=45", "expected rotate=0, 90, 180 or 270"),
        ("synthetic:explode@3", "expected after synthetic: live, or a fault"),
        ("synthetic:hang", "expected after synthetic: live, or a fault"),
        ("synthetic:any", "expected after synthetic: live, or a fault"),
    ],
)
def test_a_camera_string_with_a_mistake_says_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        open_source(text)


def test_a_file_may_have_the_sign_of_options_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "leaf#1.png"
    Image.new("RGB", (40, 60)).save(path)
    for source, shape in ((str(path), (60, 40, 3)), (f"{path}#rotate=90", (40, 60, 3))):
        assert [frame.picture.shape for frame in _frames(open_source(source))] == [shape]


def test_no_password_is_in_what_is_said_of_an_address() -> None:
    said = without_password("cannot open rtsp://user:secret@camera:554/a and http://u@b/c?d=@e")
    assert said == "cannot open rtsp://camera:554/a and http://b/c?d=@e"
    assert without_password("http://user:p@ss@camera/a") == "http://camera/a"
    with pytest.raises(UserError) as refused:
        open_source("ftp://user:secret@camera/1")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["pipe", "pipe.jpg", "pipe#rotate=90"])
def test_a_pipe_which_nobody_may_ever_write_to_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name.partition("#")[0])
    with pytest.raises(UserError, match="expected a file or a folder"):
        open_source(str(tmp_path / name))


def test_an_empty_folder_is_refused_before_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none found"):
        open_source(str(tmp_path))


def test_a_pipeline_may_be_longer_than_a_files_name() -> None:
    long = f"gst:videotestsrc ! {'identity ! ' * 100}identity"
    assert isinstance(open_source(long), GstSource)
    assert isinstance(open_source(f"{long}#rotate=90"), AdjustedSource)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UserError, match="nothing is on the disk by this name"):
        open_source("x" * 5000)


def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UserError, match=r"Received: |cannot look for a source at "):
        open_source(str(tmp_path / "loop" / "leaves"))


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_an_address_that_cannot_be_sent_is_refused(scheme: str) -> None:
    for byte in (b"\xff", b"\xed\xa0\x80"):
        with pytest.raises(UserError, match="expected an address such as"):
            open_source(f"{scheme}://camera:{os.fsdecode(byte)}@camera.local/a.jpg")


def test_letters_that_http_does_not_have_are_told_with_how_to_write_them() -> None:
    with pytest.raises(UserError, match=r"as %C3%BC, received: http://camera\.local/grün"):
        open_source("http://me:päss@camera.local/grün.jpg")
    assert isinstance(open_source("http://me:päss@camera.local/gr%C3%BCn.jpg"), HttpSource)
