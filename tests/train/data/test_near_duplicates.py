from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from plant_device.contract.picture_file import read_picture
from plant_train.data import near_duplicates
from plant_train.data.near_duplicates import (
    BITS,
    MAX_DISTANCE,
    hash_files,
    near_pairs,
    perceptual_hash,
)


def _saved_again(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _changed(image: Image.Image) -> list[Image.Image]:
    return [
        _saved_again(image, 20),
        image.resize((image.width // 2, image.height // 2)),
        ImageEnhance.Brightness(image).enhance(0.8),
        *(_saved_again(image.transpose(turn), 75) for turn in Image.Transpose),
    ]


@pytest.fixture(scope="module")
def leaves(sample_data: Path) -> list[Path]:
    return sorted((sample_data / "train").rglob("*.jpg"))[::8]


def test_copies_are_found_however_they_were_turned_and_saved(leaves: list[Path]) -> None:
    image = Image.open(leaves[0]).convert("RGB")
    hashes = [perceptual_hash(np.array(one)) for one in [image, *_changed(image)]]
    pairs = near_pairs(hashes)
    assert {other for one, other in pairs if one == 0} == set(range(1, 11))


def test_other_leaves_are_no_copies(leaves: list[Path]) -> None:
    assert len(leaves) == 30
    assert near_pairs(hash_files(leaves, "")) == []


@pytest.mark.shared
def test_other_real_leaves_are_no_copies_and_real_copies_are(real_leaves: Path) -> None:
    paths = sorted((real_leaves / "data" / "plantvillage" / "test").rglob("*.jpg"))[::4]
    hashes = hash_files(paths, "")
    assert near_pairs(hashes) == []
    image = Image.open(paths[7]).convert("RGB")
    copies = [perceptual_hash(np.array(one)) for one in _changed(image)]
    assert len({one for one, _ in near_pairs([*copies, hashes[7]])}) == len(copies)


def test_pairs_are_those_of_the_definition_whatever_the_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (40, BITS), dtype=np.uint8)
    for copy in range(1, 40, 2):
        # From the picture before: as many bits as the copy's number.
        bits[copy] = bits[copy - 1]
        bits[copy, :copy] ^= 1
    hashes = [np.packbits(np.tile(row, (8, 1)), axis=1) for row in bits]
    expected = [
        (one, other)
        for one in range(40)
        for other in range(one + 1, 40)
        if (bits[one] != bits[other]).sum() <= MAX_DISTANCE
    ]
    assert (22, 23) in expected
    assert (24, 25) not in expected
    monkeypatch.setattr(near_duplicates, "_BLOCK", 7)
    assert near_pairs(hashes) == expected
    shifted = near_pairs([None, *hashes, None])
    assert shifted == [(one + 1, other + 1) for one, other in expected]


def test_pictures_without_detail_or_that_cannot_be_read_are_not_compared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (64, 64), "green").save(tmp_path / f"{name}.png")
    (tmp_path / "c.png").write_text("no picture")
    hashes = hash_files(sorted(tmp_path.iterdir()), "")
    assert hashes == [None, None, None]
    assert near_pairs(hashes) == []


def test_a_large_jpeg_is_decoded_to_what_the_hash_needs(tmp_path: Path, leaves: list[Path]) -> None:
    large = Image.open(leaves[0]).convert("RGB").resize((2400, 1600), Image.Resampling.BICUBIC)
    large.save(tmp_path / "large.jpg")
    assert read_picture(tmp_path / "large.jpg", 256).shape == (400, 600, 3)
    hashes = [perceptual_hash(np.array(large)), *hash_files([tmp_path / "large.jpg"], "")]
    assert near_pairs(hashes) == [(0, 1)]
