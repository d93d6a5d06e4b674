from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from plant_train.data.sample.data_set import write_data_set
from plant_train.data.sample.species import SAMPLE_CLASSES


def _write(
    out: Path,
    *,
    workers: int | None = 1,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, bytes]:
    """Write a tiny set and return the bytes of each of its files."""
    write_data_set(
        out,
        train_per_class=2,
        test_per_class=1,
        side=48,
        seed=seed,
        progress=progress,
        workers=workers,
    )
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_every_class_has_its_pictures_in_train_and_test(tmp_path: Path) -> None:
    out = tmp_path / "new" / "sample"
    files = _write(out, seed=77)
    expected = {"README.txt"}
    for sample_class in SAMPLE_CLASSES:
        expected |= {f"train/{sample_class.name}/{number}.jpg" for number in ("0000", "0001")}
        expected |= {f"test/{sample_class.name}/0000.jpg"}
    assert set(files) == expected
    assert len(set(files.values())) == len(files)
    picture = cv2.imread(str(out / "train" / "Apple___scab" / "0001.jpg"))
    assert picture is not None
    assert picture.shape == (48, 48, 3)
    assert b"77" in files["README.txt"]


def test_the_bytes_depend_on_the_seed_and_not_on_the_number_of_workers(tmp_path: Path) -> None:
    alone = _write(tmp_path / "alone")
    assert _write(tmp_path / "together", workers=2) == alone
    other = _write(tmp_path / "other", seed=2)
    assert other["train/Apple___scab/0000.jpg"] != alone["train/Apple___scab/0000.jpg"]


def test_progress_counts_up_to_all_pictures(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    _write(tmp_path / "sample", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 24) for done in range(1, 25)]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_an_interrupted_set_leaves_nothing(
    tmp_path: Path, workers: int, failure: type[BaseException]
) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise failure

    with pytest.raises(failure):
        _write(tmp_path / "sample", workers=workers, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(FileExistsError):
        _write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
