"""A finished run judged on any data set whose classes it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.labelled import LabelledPictures
from plant_train.data.layouts import read_judged_pictures
from plant_train.data.layouts.below import read_pictures_below
from plant_train.data.layouts.parts import PARTS, judged_part
from plant_train.judge.evaluation import Evaluation, Judge
from plant_train.judge.inference import predict_logits
from plant_train.run import Result, Run, RunRecord
from plant_train.run_pictures import count_learned_from


@dataclass(frozen=True)
class Judged:
    """A data set, what the run's model says of it, and how good that is."""

    pictures: CachedPictures
    logits: np.ndarray
    evaluation: Evaluation


def evaluate(
    folder: Path,
    data: Path,
    unknown: Sequence[Path] = (),
    crops: int = 1,
    names: ClassNames | None = None,
) -> Evaluation:
    """Judge the run's float32 model, with its temperature and thresholds.

    Args:
        data: a place in any layout, or a folder with `train` and `test` above.
        unknown: folders of pictures that show none of the classes.
        crops: 1, 2 or 10; the mean of the logits is judged.
        names: what the data set calls the run's classes, where it has other names.

    Raises:
        UserError: the run or the pictures are not usable.
    """
    return judge_place(Run(folder), data, unknown, crops, names).evaluation


def judge_place(
    run: Run,
    data: Path,
    unknown: Sequence[Path] = (),
    crops: int = 1,
    names: ClassNames | None = None,
) -> Judged:
    """As `evaluate`, with the pictures and the logits."""
    record, _ = run.finished()
    listed = read_judged_pictures(data, tuple(record.classes), names)
    pictures = cache_pictures(listed, find_architecture(record.architecture).geometry)
    name = _name_of(judged_part(data))
    learned = count_learned_from(run, record, pictures)
    if learned:
        say(
            f"{learned} of these {len(pictures)} pictures had a part in making the run: it flatters"
        )
    return judge_pictures(run, name, pictures, read_unknown(unknown), crops, learned)


def read_unknown(folders: Sequence[Path]) -> dict[str, LabelledPictures]:
    """The pictures of folders, by the folders' names.

    Raises:
        UserError: a folder has no pictures, or two have one name.
    """
    return {name: read_pictures_below(folder) for name, folder in _named(folders).items()}


def judge_pictures(
    run: Run,
    name: str,
    pictures: CachedPictures,
    unknown: Mapping[str, LabelledPictures] = MappingProxyType({}),
    crops: int = 1,
    learned_from: int = 0,
) -> Judged:
    """Judge the run on labelled pictures that are at hand, under the name of their data set.

    Args:
        unknown: pictures that show none of the classes, by a name for them.
        learned_from: how many of the pictures had a part in making the run.
    """
    record, result = run.finished()
    others = {
        unknown_name: cache_pictures(listed, pictures.geometry)
        for unknown_name, listed in unknown.items()
    }
    model = run.load_model()
    logits = predict_logits(model, pictures, f"judging {name}", crops)
    unknown_logits = {
        unknown_name: predict_logits(model, other, f"judging {unknown_name}", crops)
        for unknown_name, other in others.items()
    }
    judge = judge_of(record, result, crops)
    evaluation = judge.evaluation(name, logits, pictures.labels, unknown_logits, learned_from)
    return Judged(pictures, logits, evaluation)


def judge_of(record: RunRecord, result: Result, crops: int = 1) -> Judge:
    """What a run's logits are judged with."""
    return Judge(tuple(record.classes), result.temperature, result.thresholds, crops)


def _name_of(place: Path) -> str:
    place = place.resolve()
    if not place.is_dir():
        return place.stem
    # Every data set has a test/.
    return f"{place.parent.name}-{place.name}" if place.name in PARTS else place.name


def _named(folders: Sequence[Path]) -> dict[str, Path]:
    named = {folder.resolve().name: folder for folder in folders}
    if len(named) < len(folders):
        raise UserError(
            "expected folders of different names for --unknown, since figures go by them; "
            f"received: {', '.join(map(str, folders))}"
        )
    return named
