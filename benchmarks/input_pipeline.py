"""Does the input pipeline starve the training step?

    python benchmarks/input_pipeline.py DATA [--batch 64] [--steps 40] [--rounds 3]

Runs the same AlexNet steps fed by the pipeline (cached pictures, random crops) and fed by one
repeated batch in memory, in turn, and prints the ratio of their times. 1.0 is the limit.
DATA: class folders, for example what `plant-train sample` makes.
"""

import argparse
import statistics
from pathlib import Path

import keras
import tensorflow as tf
from step_times import step_times

from plant_train.archs.alexnet import ALEXNET, AlexNetOptions
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_training_data
from plant_train.data.pipeline import steps_per_epoch, training_batches
from plant_train.optimizer import new_optimizer
from plant_train.precision import best_precision, dtype_policy
from plant_train.recipe import Recipe


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    pictures = cache_pictures(read_training_data([arguments.data]).training, ALEXNET.geometry)
    with dtype_policy(best_precision().policy):
        model = ALEXNET.build(len(pictures.classes), AlexNetOptions())
    recipe = Recipe(batch=arguments.batch)
    model.compile(
        optimizer=new_optimizer(recipe, model, (), arguments.steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    epochs = -(-arguments.steps // steps_per_epoch(len(pictures), arguments.batch))
    ratios: list[float] = []
    for number in range(arguments.rounds):
        piped = training_batches(pictures, arguments.batch, number, range(epochs))
        one = next(iter(piped))
        repeated = tf.data.Dataset.from_tensors(one).repeat()
        fed = step_times(model, piped, arguments.steps)
        in_memory = step_times(model, repeated, arguments.steps)
        ratios.append(sum(fed.seconds) / sum(in_memory.seconds))
        print(
            f"round {number + 1}: pipeline {arguments.batch / fed.median:.1f}, "
            f"one batch in memory {arguments.batch / in_memory.median:.1f} pictures/s, "
            f"time ratio {ratios[-1]:.3f}",
            flush=True,
        )
    print(f"median time ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
