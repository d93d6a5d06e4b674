"""The pictures that a run learned from and was judged on, found again."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.held_out_scenes import held_out_scenes
from plant_train.data.labelled import LabelledPictures
from plant_train.data.layouts import training_roots
from plant_train.data.layouts.below import pictures_of_one_class
from plant_train.data.scenes import fingerprint_of, scene_paths
from plant_train.data.split import Split
from plant_train.data.split_record import recorded_split
from plant_train.run import Run, RunRecord


def training_pictures(
    run: Run, record: RunRecord, data: Sequence[Path], option: str = "--data"
) -> CachedPictures:
    """The pictures that the run learned from.

    Args:
        data: where the run's data sets lie now; empty: where they lay.
        option: how the command takes `data`.

    Raises:
        UserError: they are not where they were, or others lie there now.
    """
    split = _split(run, record, data, option)
    advice = _advice(data, option)
    return _cached(run, record, "training", split.training, record.data.fingerprint, advice)


def validation_pictures(
    run: Run, record: RunRecord, data: Sequence[Path], option: str = "--data"
) -> CachedPictures:
    """The pictures that the run held out; arguments and errors as above."""
    split = _split(run, record, data, option)
    fingerprint = record.data.validation_fingerprint
    advice = _advice(data, option)
    return _cached(run, record, "held-out", split.validation, fingerprint, advice)


def held_out_not_leaf(record: RunRecord, folder: Path | None) -> dict[str, LabelledPictures]:
    """The pictures of `--not-leaf` that the run held out, by a name for them; empty without any.

    Args:
        folder: where they lie now; None: where they lay.

    Raises:
        UserError: they are not where they were, or others lie there now.
    """
    used = record.data.not_leaf
    if used is None:
        return {}
    root = folder or Path(used.root)
    if not root.is_dir():
        raise UserError(
            f"expected the run's pictures without a leaf in {root}, which is gone: name their "
            "folder with --not-leaf"
        )
    paths = scene_paths(root)
    if fingerprint_of(paths) != used.fingerprint:
        raise UserError(
            f"the pictures in {root} are not those without a leaf of the run: their contents differ"
        )
    chosen = sorted(held_out_scenes(root, paths, record.recipe.seed))
    return {held_out_name(root): pictures_of_one_class(root, [paths[index] for index in chosen])}


def count_learned_from(run: Run, record: RunRecord, pictures: CachedPictures) -> int:
    """How many of some pictures the run was trained with, or held out to choose its weights.

    By their contents, so far as the run's data are where they were.
    """
    split = run.read_split()
    roots = [Path(root) for root in record.data.roots]
    files = {roots[one.root] / one.path for one in (*split.training, *split.validation)}
    with ThreadPoolExecutor() as pool:
        known = set(pool.map(_digest, files))
    return sum(digest in known for digest in pictures.digests)


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def held_out_name(not_leaf: Path) -> str:
    """What figures call the held-out pictures of a folder."""
    return f"{not_leaf.resolve().name} (held out)"


def _split(run: Run, record: RunRecord, data: Sequence[Path], option: str) -> Split:
    for place in data:
        if not place.exists():
            raise UserError(f"expected a data set of the run at {place} ({option}): there is none")
    roots = training_roots(data) if data else [Path(root) for root in record.data.roots]
    for root in roots:
        if not root.is_dir():
            raise UserError(
                f"expected the run's pictures in {root}, which is gone: name their folder with "
                f"{option}"
            )
    split = run.read_split()
    labels = {picture.label for picture in (*split.training, *split.validation)}
    unknown = sorted(labels - {*record.classes})
    if unknown:
        raise UserError(
            f"{run.record_path} lacks classes of {run.split_path.name}: {', '.join(unknown[:5])}"
            f"{' …' if len(unknown) > 5 else ''}; put it right, or copy the run again"
        )
    return recorded_split(split, roots, tuple(record.classes))


def _cached(
    run: Run,
    record: RunRecord,
    part: str,
    pictures: LabelledPictures,
    fingerprint: str,
    advice: str,
) -> CachedPictures:
    geometry = find_architecture(record.architecture).geometry
    try:
        cached = cache_pictures(pictures, geometry)
    except UserError as error:
        raise UserError(
            f"the {part} pictures of the run {run.folder} are needed and not all there: {error}; "
            f"bring them back, or {advice}"
        ) from None
    if cached.fingerprint != fingerprint:
        raise UserError(
            f"the {part} pictures in {pictures.where} are not those of the run {run.folder}: their "
            f"contents differ; bring them back, or {advice}"
        )
    return cached


def _advice(data: Sequence[Path], option: str) -> str:
    if not data:
        return f"name their folder with {option}"
    return f"let {option} name the data sets that plant-train fit was given"
