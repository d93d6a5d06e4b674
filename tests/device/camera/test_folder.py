import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.camera.folder import FolderSource, picture_paths
from plant_device.camera.frame import Damaged, Frame
from plant_device.contract.errors import UserError


def _picture(path: Path, colour: tuple[int, int, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 36), colour).save(path)
    return path


def test_pictures_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    names = ["b.png", "a.jpg", "sub/c.png", "sub/deeper/d.bmp", "A.PNG", "10.png", "9.png"]
    expected = sorted(_picture(tmp_path / name, (1, 2, 3)) for name in names)
    assert picture_paths(tmp_path) == expected


def test_what_is_no_picture_by_its_name_is_passed_over(tmp_path: Path) -> None:
    leaf = _picture(tmp_path / "leaf.jpg", (1, 2, 3))
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / ".hidden.jpg").write_text("half")
    (tmp_path / "folder.jpg").mkdir()
    assert picture_paths(tmp_path) == [leaf]


def test_a_folder_that_goes_while_it_is_looked_through_is_passed_over(tmp_path: Path) -> None:
    leaf, gone = _picture(tmp_path / "leaf.jpg", (1, 2, 3)), tmp_path / "gone"
    _picture(gone / "other.jpg", (1, 2, 3))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from plant_device.camera.folder import picture_paths\n"
        "def deleted(event, arguments):\n"
        "    if event == 'os.scandir' and Path(arguments[0]).name == 'gone':\n"
        "        Path(arguments[0]).rename(sys.argv[1] + '/.moved')\n"
        "sys.addaudithook(deleted)\n"
        "print(*picture_paths(Path(sys.argv[1])))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [str(leaf)]


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "leaf.dat"
    path.touch()
    assert picture_paths(path) == [path]


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing is there") as refused:
        picture_paths(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(refused.value)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(UserError, match="none found") as refused:
        picture_paths(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_each_picture_is_one_bgr_frame(tmp_path: Path) -> None:
    red, green = (255, 0, 0), (0, 255, 0)
    paths = [_picture(tmp_path / "1.png", red), _picture(tmp_path / "2.png", green)]
    frames = [frame for frame in FolderSource(tmp_path).frames() if isinstance(frame, Frame)]
    assert [frame.index for frame in frames] == [0, 1]
    assert [frame.origin for frame in frames] == [str(path) for path in paths]
    for frame, colour in zip(frames, (red, green), strict=True):
        assert frame.picture.shape == (36, 40, 3)
        assert frame.picture.dtype == np.uint8
        assert (frame.picture == colour[::-1]).all()


def test_the_frames_can_be_walked_twice(tmp_path: Path) -> None:
    _picture(tmp_path / "1.png", (1, 2, 3))
    source = FolderSource(tmp_path)
    assert len(list(source.frames())) == len(list(source.frames())) == 1


def test_a_picture_that_cannot_be_read_is_told_in_its_place(tmp_path: Path) -> None:
    _picture(tmp_path / "1.png", (1, 2, 3))
    (tmp_path / "2.png").write_text("not a picture")
    _picture(tmp_path / "3.png", (1, 2, 3))
    first, damaged, last = FolderSource(tmp_path).frames()
    assert isinstance(damaged, Damaged)
    assert str(tmp_path / "2.png") in damaged.reason
    assert isinstance(first, Frame)
    assert isinstance(last, Frame)
