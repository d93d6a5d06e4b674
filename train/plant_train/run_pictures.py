"""The pictures that a run learned from and was validated on, found again."""

from pathlib import Path

from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.layouts import LabelledPictures, training_folder
from plant_train.run import Run, RunRecord


def training_pictures(
    run: Run, record: RunRecord, data: Path | None, option: str = "--data"
) -> CachedPictures:
    """The pictures that the run learned from.

    Args:
        data: where the run's pictures lie now; None: where they lay.
        option: how the command takes `data`.

    Raises:
        UserError: they are not where they were.
    """
    return _cached(_root(record, data, option), run.read_split().training, record)


def validation_pictures(
    run: Run, record: RunRecord, data: Path | None, option: str = "--data"
) -> CachedPictures:
    """The pictures that the run held out; arguments as above.

    Raises:
        UserError: they are not where they were, or others lie there now.
    """
    root = _root(record, data, option)
    validation = _cached(root, run.read_split().validation, record)
    if validation.fingerprint != record.data.validation_fingerprint:
        raise UserError(
            f"the pictures in {root} are not those of the run {run.folder}: their contents differ"
        )
    return validation


def _root(record: RunRecord, data: Path | None, option: str) -> Path:
    root = training_folder(data) if data else Path(record.data.root)
    if not root.is_dir():
        raise UserError(
            f"expected the run's pictures in {root}, which is gone: name their folder with {option}"
        )
    return root


def _cached(root: Path, names: list[str], record: RunRecord) -> CachedPictures:
    classes = tuple(record.classes)
    listed = LabelledPictures(
        root,
        classes,
        tuple(root / name for name in names),
        tuple(classes.index(Path(name).parts[0]) for name in names),
    )
    return cache_pictures(listed, find_architecture(record.architecture).geometry)
