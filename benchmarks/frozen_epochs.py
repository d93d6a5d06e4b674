"""How much faster is an epoch in which only the head learns?

    python benchmarks/frozen_epochs.py DATA [--recipe NAME] [--batch 64] [--epochs 2]

Trains AlexNet from scratch by `plant_train.fit`: epochs of the head alone, whose features were
computed once before them, then as many of the layers that the recipe unfreezes. Prints the
seconds of each from the run's history. DATA: class folders, for example what `plant-train sample`
makes.
"""

import argparse
import csv
import statistics
import tempfile
from pathlib import Path

from plant_train.archs.alexnet import ALEXNET, AlexNetOptions
from plant_train.fit import Task, fit
from plant_train.recipe import DEFAULT_RECIPE, read_recipe


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", default=DEFAULT_RECIPE)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()

    settings = {
        "batch": arguments.batch,
        "head_epochs": arguments.epochs,
        "epochs": arguments.epochs,
    }
    recipe = read_recipe(arguments.recipe, settings)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        run, _ = fit(Task([arguments.data], out, ALEXNET, AlexNetOptions(), None, recipe))
        with run.history_path.open(newline="") as file:
            seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    head, full = seconds[: arguments.epochs], seconds[arguments.epochs :]
    print(
        f"seconds of an epoch of the head {head}, of the unfrozen layers {full}: "
        f"{statistics.median(full) / statistics.median(head):.1f} times faster"
    )


if __name__ == "__main__":
    main()
