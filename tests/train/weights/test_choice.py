"""`--weights`: a file, the name of published weights, or none."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.download.fetch import RemoteFile
from plant_train.download.published_weights import PUBLISHED, PublishedWeights, download_weights
from plant_train.weights.choice import chosen_weights, weights_file

Command = Callable[..., "subprocess.CompletedProcess[str]"]

CONTENT = b"weights"


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights are looked for in a folder of this test; it is also where the test works."""
    monkeypatch.setenv("PLANT_EDGE_DATA", str(tmp_path / "user-data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "user-data"


@pytest.fixture
def _tiny_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = RemoteFile(("http://127.0.0.1:9/tiny.pth",), hashlib.sha256(CONTENT).hexdigest(), 99)
    monkeypatch.setitem(PUBLISHED, "tiny", PublishedWeights("tiny.pth", remote, "nobody"))


@pytest.mark.usefixtures("_tiny_is_published")
def test_a_name_is_what_was_downloaded_and_a_file_of_that_name_goes_before_it(
    tmp_path: Path, own_data_folder: Path
) -> None:
    (tmp_path / "brought.pth").write_bytes(CONTENT)
    assert download_weights("tiny", source="brought.pth") == weights_file("tiny")
    assert weights_file("tiny").parent == own_data_folder / "weights"
    (tmp_path / "tiny").mkdir()
    assert weights_file("tiny").parent == own_data_folder / "weights"
    (tmp_path / "tiny").rmdir()
    (tmp_path / "tiny").write_bytes(CONTENT)
    assert weights_file("tiny") == Path("tiny")


@pytest.mark.parametrize("path", ["gone.npz", "folder/alexnet", "/alexnet", "alexnet.pth"])
def test_what_looks_like_a_file_is_one_even_if_it_is_missing(path: str) -> None:
    assert chosen_weights(path) == Path(path)


def test_none_is_none() -> None:
    assert chosen_weights("none") is None


def test_a_wrong_name_is_told_with_the_known_ones_the_nearest_first() -> None:
    with pytest.raises(UserError, match=r"\(resnet50, .*alexnet.*\), received: resnet-50$"):
        chosen_weights("resnet-50")


def test_weights_that_are_not_downloaded_are_told_with_the_command(
    warm_train: Command, tmp_path: Path
) -> None:
    process = warm_train("fit", tmp_path, "--out", tmp_path / "run", "--weights", "vgg16")
    assert process.returncode == 2
    assert process.stderr == (
        "error: expected the published weights vgg16, which are not downloaded yet: "
        "plant-train download weights vgg16\n"
    )
    assert not (tmp_path / "run").exists()
