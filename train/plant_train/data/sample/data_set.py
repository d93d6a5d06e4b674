"""Writes the sample data set as folders of JPEG pictures, on all processor cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from plant_train.data.sample.picture import render_leaf_picture
from plant_train.data.sample.species import SAMPLE_CLASSES, SampleClass

JPEG_QUALITY = 90
FIRST_TEST_INDEX = 1_000_000
"""Leaves below are for training, so that no test leaf is ever a training leaf."""
PICTURES_PER_TASK = 8


@dataclass(frozen=True)
class _Page:
    """One picture to be rendered into one file."""

    path: Path
    sample_class: SampleClass
    index: int


def write_data_set(
    out: Path,
    *,
    train_per_class: int,
    test_per_class: int,
    side: int,
    seed: int,
    progress: Callable[[int, int], None],
    workers: int | None = None,
) -> None:
    """Write `out`/train/CLASS/NNNN.jpg, `out`/test/CLASS/NNNN.jpg and `out`/README.txt.

    `out` appears when it is complete, or not at all. The same `seed` gives the same bytes, whatever
    the number of `workers` (None is one for each core, 1 renders in this process). `progress` gets
    the number of pictures written and of all pictures.

    Raises FileExistsError if `out` exists and other OSErrors if it cannot be written.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists already")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as staging:
        unfinished = Path(staging) / out.name
        pages = _pages(unfinished, train_per_class, test_per_class)
        for folder in sorted({page.path.parent for page in pages}):
            folder.mkdir(parents=True)
        (unfinished / "README.txt").write_text(
            _readme(train_per_class, test_per_class, side, seed), encoding="utf-8"
        )
        write = partial(_write_page, side=side, seed=seed)
        if workers == 1:
            _count(map(write, pages), len(pages), progress)
        else:
            _write_in_parallel(write, pages, progress, workers or os.cpu_count() or 1)
        unfinished.rename(out)


def _pages(out: Path, train_per_class: int, test_per_class: int) -> list[_Page]:
    return [
        _Page(
            out / part / sample_class.name / f"{number:04}.jpg", sample_class, first_index + number
        )
        for part, pictures, first_index in (
            ("train", train_per_class, 0),
            ("test", test_per_class, FIRST_TEST_INDEX),
        )
        for sample_class in SAMPLE_CLASSES
        for number in range(pictures)
    ]


def _write_page(page: _Page, *, side: int, seed: int) -> None:
    picture = render_leaf_picture(page.sample_class, seed, page.index, side)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    # Not cv2.imwrite: it says nothing when the disk is full.
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    page.path.write_bytes(jpeg.tobytes())


def _write_in_parallel(
    write: Callable[[_Page], None],
    pages: list[_Page],
    progress: Callable[[int, int], None],
    workers: int,
) -> None:
    # "spawn", because a fork of a process that has threads (TensorFlow, OpenCV) can hang.
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_prepare_worker
    )
    try:
        written = pool.map(write, pages, chunksize=PICTURES_PER_TASK)
        _count(written, len(pages), progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_worker() -> None:
    # Ctrl-C reaches the whole process group; the parent alone acts on it and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _count(written: Iterable[None], total: int, progress: Callable[[int, int], None]) -> None:
    for done, _ in enumerate(written, start=1):
        progress(done, total)


def _readme(train_per_class: int, test_per_class: int, side: int, seed: int) -> str:
    classes = "\n".join(f"  {sample_class.name}" for sample_class in SAMPLE_CLASSES)
    return f"""\
Procedural leaf sample

These pictures are drawn by a program (plant_train.data.sample); none is a photograph.
They are for trying out training, conversion and recognition without a download. What a
model scores on them says nothing about real leaves: use PlantVillage or your own pictures
for that.

Seed: {seed}
Size: {side} x {side} pixels
Pictures of each class: {train_per_class} in train/, {test_per_class} in test/
Classes:
{classes}
"""
