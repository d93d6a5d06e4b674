"""Every file of a data set, read once: all that the checks need to know of it."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from PIL import Image

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.picture_file import is_picture_name, read_picture
from plant_train.data.audit.finding import Example, shown
from plant_train.data.groups import grouped
from plant_train.data.labelled import LabelledPictures
from plant_train.data.near_duplicates import DECODED_SIDE, Hash, near_pairs, perceptual_hash
from plant_train.judge.background_probe import border_pixels
from plant_train.progress import track

_CHUNK = 1 << 20
_HEAD = 64
# What training reads, and what is named like it by mistake.
_KINDS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")


@dataclass(frozen=True)
class PictureFacts:
    """What one file is; about a kilobyte, however large the picture.

    Args:
        head: its first bytes.
        sha256: of the file; None where it cannot be opened.
        kind: Pillow's name of what it is, whatever its ending says; None if it is no picture.
        size: width and height in pixels, as stored.
        frames: more than 1 in animations and in files of many pages.
        fault: why training would refuse it; None if it would not.
        hash: None where it cannot be read or has no detail.
        border: uint8 [8, 3]; None where it cannot be read.
    """

    head: bytes
    sha256: str | None
    kind: str | None
    size: tuple[int, int] | None
    frames: int
    fault: str | None
    hash: Hash | None
    border: Picture | None


@dataclass(frozen=True)
class Scan:
    """A data set and the facts of its files.

    Args:
        pictures: of all parts together.
        part: for each picture the name of its part.
        classes_of: the classes that each part has, with pictures or without.
        ignored: files beside the pictures that no training looks at.
        near_pairs: indices of pictures that look the same.
    """

    pictures: LabelledPictures
    part: tuple[str, ...]
    classes_of: dict[str, tuple[str, ...]]
    ignored: tuple[Path, ...]
    facts: tuple[PictureFacts, ...]
    near_pairs: list[tuple[int, int]]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """For each picture its class's name."""
        return tuple(self.pictures.classes[label] for label in self.pictures.labels)

    def labels_of(self, indices: Sequence[int]) -> list[str]:
        """The classes that some pictures are in, sorted."""
        return sorted({self.labels[index] for index in indices})

    def example(self, text: str, indices: Sequence[int]) -> Example:
        """Some pictures, with their classes in words."""
        classes = " and ".join(self.labels_of(indices))
        return Example(
            text=f"{text}, in {classes}",
            pictures=[shown(self.pictures.paths[at]) for at in indices],
        )

    @cached_property
    def equal_files(self) -> list[list[int]]:
        """The sets of files that have the same bytes."""
        equal: dict[str, list[int]] = defaultdict(list)
        for index, fact in enumerate(self.facts):
            if fact.sha256:
                equal[fact.sha256].append(index)
        return [indices for indices in equal.values() if len(indices) > 1]

    @cached_property
    def grouped(self) -> LabelledPictures:
        """The pictures with all that they must stay together with."""
        equal = [pair for indices in self.equal_files for pair in pairwise(indices)]
        return grouped(self.pictures, [*self.near_pairs, *equal])

    def divided(self, part: Sequence[str]) -> "Scan":
        """The same files in other parts: `part` names each picture's."""
        found = sorted(set(zip(part, self.labels, strict=True)))
        classes_of = {
            name: tuple(label for other, label in found if other == name)
            for name in sorted(set(part))
        }
        return replace(self, part=tuple(part), classes_of=classes_of)


def scan_files(
    pictures: LabelledPictures,
    part: Sequence[str],
    classes_of: dict[str, tuple[str, ...]],
    ignored: Sequence[Path],
) -> Scan:
    """Read every file, on all processor cores, with progress on stderr; no fault stops it."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Decoding and hashing files leave Python's lock alone: threads use all the cores.
        facts = tuple(
            track(pool.map(picture_facts, pictures.paths), len(pictures), "reading pictures")
        )
    pairs = near_pairs([fact.hash for fact in facts])
    return Scan(pictures, tuple(part), classes_of, tuple(ignored), facts, pairs)


def ignored_below(place: Path) -> list[Path]:
    """Files below class folders that are no pictures by name; of a table none."""
    if not place.is_dir():
        return []
    return sorted(
        path
        for path in place.glob("*/**/*")
        if not path.name.startswith(".")
        and not is_picture_name(path)
        and (path.is_file() or not path.exists())
    )


def picture_facts(path: Path) -> PictureFacts:
    """What the file at `path` is; raises nothing, whatever it is."""
    head, sha256 = _content(path)
    kind, size, frames = _header(path)
    try:
        picture = read_picture(path, DECODED_SIDE)
    except UserError as error:
        return PictureFacts(head, sha256, kind, size, frames, str(error), None, None)
    return PictureFacts(
        head,
        sha256,
        kind,
        size,
        frames,
        None,
        perceptual_hash(picture),
        # A copy: the picture itself would stay in memory with it.
        border_pixels(picture).copy(),
    )


def _content(path: Path) -> tuple[bytes, str | None]:
    digest, head = hashlib.sha256(), b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk[:_HEAD]
                digest.update(chunk)
    except OSError:
        return head, None
    return head, digest.hexdigest()


def _header(path: Path) -> tuple[str | None, tuple[int, int] | None, int]:
    try:
        with Image.open(path, formats=_KINDS) as image:
            return image.format, image.size, getattr(image, "n_frames", 1)
    except Exception:
        # Pillow's decoders raise almost anything on damaged files.
        return None, None, 1
