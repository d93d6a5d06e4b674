"""Dense layers in two factors each, taught to answer as the whole ones did.

A kernel [m, n] becomes [m, r] and [r, n], first by its truncated singular value decomposition
(Denton et al. 2014, arXiv:1404.0736). Then all factors learn together to give the logits of the
whole head (Ba & Caruana 2014, arXiv:1312.6184), from pictures as the training showed them and of
what is no leaf. So the energy by which *not a leaf* is told is kept too, not the answers alone.
The backbone stays as it is: its features are computed once for all ranks.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.utils.extmath import randomized_svd

from plant_convert.origin import Origin
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.archs.architecture import Architecture
from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import TrainingPictures, steps_per_epoch, training_batches
from plant_train.data.scenes import gather_scenes, read_own_scenes
from plant_train.features import head_of
from plant_train.progress import Meter, track
from plant_train.recipe import Recipe
from plant_train.run import Run, RunRecord

RANKS = (32, 48, 64, 96, 128, 192, 256)
"""Those that are tried in turn for the smallest that passes."""

_LARGEST_RANK = 4096

# Passes through the training pictures whose features are kept: 18 kB each for AlexNet.
_VIEWS = 2
_MOST_LESSONS = 24_000
_BATCH, _EPOCHS, _RATE = 128, 12, 3e-4


@dataclass(frozen=True)
class Lessons:
    """What a smaller head learns from.

    Args:
        features: float16 [n, ...], the backbone's.
        logits: float32 [n, N], what the whole head makes of them.
    """

    features: np.ndarray
    logits: np.ndarray


@dataclass(frozen=True)
class Factors:
    """A kernel [m, n] as a product; its first r columns and rows are the best one of rank r.

    Args:
        left: float32 [m, R].
        right: float32 [R, n].
    """

    left: np.ndarray
    right: np.ndarray

    def worthwhile(self, rank: int) -> bool:
        """Whether two factors of that rank are smaller than the kernel."""
        m, n = len(self.left), len(self.right[0])
        return rank * (m + n) < m * n


def read_ranks(compress: str) -> Sequence[int]:
    """The ranks that `--compress` asks for: all, one, or none.

    Raises:
        UserError: it is no rank.
    """
    if compress in ("", "auto"):
        return RANKS if compress else ()
    if not compress.isdecimal() or not 1 <= int(compress) <= _LARGEST_RANK:
        raise UserError(
            f"expected --compress auto, or a rank from 1 to {_LARGEST_RANK}. Received: {compress}"
        )
    return (int(compress),)


def compressed(folder: Path, origin: Origin, ranks: Sequence[int]) -> Iterator[tuple[int, Origin]]:
    """The model of a run with dense layers of each rank in turn, its judges as they were.

    Args:
        origin: of the run.
        ranks: the rank of every layer, where factors of it are smaller than the layer.

    Raises:
        UserError: no dense layer would be smaller.
    """
    record, _ = Run(folder).finished()
    architecture = find_architecture(record.architecture)
    head = head_of(origin.model, architecture)
    factors = factorised(head, max(ranks))
    useful = [rank for rank in ranks if any(one.worthwhile(rank) for one in factors.values())]
    if not useful:
        raise UserError(
            f"expected dense layers that two factors of rank {min(ranks)} make smaller; "
            f"{record.architecture} has none: leave out --compress"
        )
    shown = _as_trained(record, origin.training)
    lessons = lessons_of(origin.model, architecture, shown, record.recipe)
    for rank in useful:
        small = smaller_head(head, factors, rank)
        teach(small, lessons, record.recipe.seed, f"dense layers of rank {rank}")
        yield rank, replace(origin, model=with_head(origin.model, architecture, small))


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


def lessons_of(
    model: keras.Model, architecture: Architecture, data: TrainingPictures, recipe: Recipe
) -> Lessons:
    """Features and logits for training pictures, varied as the recipe does in its first epochs."""
    backbone = keras.Model(model.input, model.get_layer(architecture.features).output)
    head = head_of(model, architecture)
    steps = steps_per_epoch(len(data.pictures), recipe)
    count = min(_VIEWS * steps, max(1, _MOST_LESSONS // recipe.batch))
    batches = (
        pictures for view in range(_VIEWS) for pictures, _ in training_batches(data, recipe, view)
    )

    @tf.function(reduce_retracing=True)
    def run(pictures: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        features = backbone(tf.cast(pictures, tf.float32), training=False)
        return tf.cast(features, tf.float16), tf.cast(head(features, training=False), tf.float32)

    kept = [
        [part.numpy() for part in run(tf.constant(batch))]
        for batch in track(islice(batches, count), count, "features to compress with")
    ]
    features, logits = (np.concatenate(part) for part in zip(*kept, strict=True))
    return Lessons(features, logits)


def factorised(head: keras.Model, largest: int) -> dict[str, Factors]:
    """The factors of every dense layer up to the largest rank, by its name."""
    found: dict[str, Factors] = {}
    for layer in head.layers:
        if isinstance(layer, layers.Dense):
            kernel = layer.get_weights()[0]
            rank = min(largest, *kernel.shape)
            left, values, right = randomized_svd(kernel, rank, random_state=0)
            root = np.sqrt(values)
            found[layer.name] = Factors(left * root, root[:, np.newaxis] * right)
    return found


def smaller_head(head: keras.Model, factors: Mapping[str, Factors], rank: int) -> keras.Model:
    """A head whose dense layers have at most that rank, where that makes them smaller."""
    x = inputs = keras.Input(head.input.shape[1:])
    for layer in head.layers[1:]:
        if isinstance(layer, layers.Dropout):
            continue
        fresh = type(layer).from_config(layer.get_config())
        if isinstance(layer, layers.Dense) and factors[layer.name].worthwhile(rank):
            basis = layers.Dense(rank, use_bias=False, name=f"{layer.name}_basis")
            x = fresh(basis(x))
            ours = factors[layer.name]
            basis.set_weights([ours.left[:, :rank]])
            fresh.set_weights([ours.right[:rank], *layer.get_weights()[1:]])
        else:
            x = fresh(x)
            fresh.set_weights(layer.get_weights())
    return keras.Model(inputs, x)


def teach(head: keras.Model, lessons: Lessons, seed: int, what: str) -> None:
    """Let a head learn the logits; mean square error, Adam at a rate that falls to nothing."""
    steps = len(lessons.logits) // _BATCH or 1
    rate = keras.optimizers.schedules.CosineDecay(_RATE, _EPOCHS * steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(head.trainable_variables)

    @tf.function(reduce_retracing=True, jit_compile=True)
    def step(features: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            given = head(tf.cast(features, tf.float32), training=True)
            loss = tf.reduce_mean(tf.square(given - logits))
        gradients = tape.gradient(loss, head.trainable_variables)
        optimizer.apply_gradients(zip(gradients, head.trainable_variables, strict=True))
        return loss

    with Meter(_EPOCHS * steps, what) as meter:
        for epoch in range(_EPOCHS):
            order = np.random.default_rng((seed, epoch)).permutation(len(lessons.logits))
            for chosen in np.array_split(order[: steps * _BATCH], steps):
                loss = float(step(lessons.features[chosen], lessons.logits[chosen]))
                meter.advance(note=f"error {math.sqrt(loss):.3f}")


def with_head(model: keras.Model, architecture: Architecture, head: keras.Model) -> keras.Model:
    """A model with another head, as one chain of layers."""
    x = model.get_layer(architecture.features).output
    for layer in head.layers[1:]:
        x = layer(x)
    return keras.Model(model.input, x)
