"""A run's model in fewer numbers: layers in factors, made to answer as the whole ones did.

Convolutions are fitted layer by layer; then the dense layers learn together to give the whole
model's logits.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from plant_convert.compress.distillation import distil
from plant_convert.compress.factors import factored, ranks_for, response_subspaces
from plant_convert.compress.lessons import outputs, write_lessons
from plant_convert.compress.regression import refit_convolutions
from plant_convert.compress.responses import layer_responses
from plant_convert.compression import Compression
from plant_convert.origin import Origin
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.scenes import gather_scenes, read_own_scenes
from plant_train.features import head_of
from plant_train.run import Run, RunRecord


def compressed(
    folder: Path, origin: Origin, compressions: Sequence[Compression]
) -> Iterator[tuple[Compression, keras.Model]]:
    """The model of a run with layers in factors, in each of the ways in turn.

    Args:
        origin: of the run.

    Raises:
        UserError: no layer would be smaller, or there is no room for what is learned from.
    """
    record, _ = Run(folder).finished()
    architecture, seed = find_architecture(record.architecture), record.recipe.seed
    whole = origin.whole
    shown = _as_trained(record, origin.training)
    pictures = write_lessons(shown, record.recipe, Path(tempfile.gettempdir()))
    responses = layer_responses(whole, pictures, seed)
    logits = responses[whole.layers[-1].name].rows
    subspaces = response_subspaces(whole, responses)
    for number, compression in enumerate(compressions):
        small = factored(whole, subspaces, ranks_for(whole, subspaces, compression))
        if small.count_params() >= whole.count_params():
            if number:
                say(f"compressed by {compression} or less it would not be smaller: not tried")
                return
            raise UserError(
                f"expected layers that factors make smaller; {record.architecture} has none "
                f"with --compress {compression}: try a smaller rank or share, or neither"
            )
        refit_convolutions(small, whole, responses, pictures)
        backbone = keras.Model(small.input, small.get_layer(architecture.features).output)
        features = outputs(backbone, pictures, "features to learn from", np.float16)
        what = f"dense layers of rank {compression.rank}"
        distil(head_of(small, architecture), features, logits, seed, what)
        yield compression, small


def _as_trained(record: RunRecord, pictures: CachedPictures) -> TrainingPictures:
    own, backgrounds = record.data.backgrounds, None
    if own and Path(own.root).is_dir():
        backgrounds = Path(own.root)
    elif own:
        say(f"the run's backgrounds in {own.root} are gone: rendered ones stand in for them")
    scenes = gather_scenes(
        record.recipe,
        pictures.geometry,
        read_own_scenes(backgrounds, None, pictures.geometry, record.recipe.seed),
    )
    return scenes.training_pictures(pictures, record.recipe)
