"""Renders the sample data set, and a video over other leaves of it, with progress."""

import shutil
from pathlib import Path

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.data.sample.data_set import write_data_set
from plant_train.data.sample.species import SAMPLE_CLASSES
from plant_train.data.sample.video import write_video
from plant_train.progress import Meter


def render_sample(
    out: Path, *, train_per_class: int, test_per_class: int, side: int, video_leaves: int, seed: int
) -> None:
    """Render into `out`, and `out`.mp4 with its truth beside it if `video_leaves` is not 0.

    Raises:
        UserError: `out` holds something that is not a sample data set.
    """
    if out.exists():
        _remove(out)
    total = len(SAMPLE_CLASSES) * (train_per_class + test_per_class)
    with Meter(total, f"rendering {out}") as meter:
        write_data_set(
            out,
            train_per_class=train_per_class,
            test_per_class=test_per_class,
            side=side,
            seed=seed,
            progress=lambda done, _total: meter.advance(done - meter.done),
        )
    say(f"{total} pictures of {len(SAMPLE_CLASSES)} classes in {out}")
    if video_leaves:
        video = out.with_suffix(".mp4")
        write_video(video, leaves=video_leaves, seed=seed)
        say(f"a video over {video_leaves} other leaves: {video}")


def _remove(out: Path) -> None:
    # Only what this command makes may be replaced by it.
    if not (out / "train").is_dir() or not (out / "README.txt").is_file():
        raise UserError(f"{out} exists and is no sample data set: choose another folder")
    shutil.rmtree(out)
