"""Does the input pipeline starve the training step?

    python benchmarks/input_pipeline.py DATA [--recipe field] [--batch 64] [--steps 40]

Runs the same AlexNet steps fed by the pipeline (cached pictures, the recipe's augmentation) and
fed by one repeated batch in memory, in turn, and prints the ratio of their times. 1.0 is the
limit. DATA: class folders, for example what `plant-train sample` makes.
"""

import argparse
import itertools
import statistics
from pathlib import Path

from step_times import step_seconds, training_step

from plant_train.archs.alexnet import ALEXNET, AlexNetOptions
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_training_data
from plant_train.data.pipeline import training_batches
from plant_train.data.scenes import OwnScenes, gather_scenes
from plant_train.precision import best_precision, dtype_policy
from plant_train.recipe import DEFAULT_RECIPE, read_recipe


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", default=DEFAULT_RECIPE)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    pictures = cache_pictures(read_training_data([arguments.data]).training, ALEXNET.geometry)
    recipe = read_recipe(arguments.recipe, {"batch": arguments.batch})
    data = gather_scenes(recipe, ALEXNET.geometry, OwnScenes()).training_pictures(pictures, recipe)
    with dtype_policy(best_precision().policy):
        step = training_step(ALEXNET.build(len(pictures.classes), AlexNetOptions()))
    ratios: list[float] = []
    for number in range(arguments.rounds):
        epochs = itertools.count(number * arguments.steps)
        piped = itertools.chain.from_iterable(
            training_batches(data, recipe, epoch) for epoch in epochs
        )
        fed = step_seconds(step, piped, arguments.steps)
        one = next(training_batches(data, recipe, number))
        in_memory = step_seconds(step, itertools.repeat(one), arguments.steps)
        ratios.append(sum(fed) / sum(in_memory))
        print(
            f"round {number + 1}: pipeline {arguments.batch / statistics.median(fed):.1f}, "
            f"one batch in memory {arguments.batch / statistics.median(in_memory):.1f} "
            f"pictures/s, time ratio {ratios[-1]:.3f}",
            flush=True,
        )
    print(f"median time ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
