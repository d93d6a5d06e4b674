"""What every recipe reaches on the same leaves, in as many epochs as the default one has, or N.

    python benchmarks/recipes.py DATA --out RUNS --weights FILE [--owt-weights FILE] \
        [--field FOLDER] [--unknown FOLDER ...] [--seeds 3] [--epochs N] [--only NAME ...]

DATA holds train/ and test/. Trains the default recipe with several seeds, and with AlexNet in
torchvision's form, then `paper`, `tutorial`, `scratch` and `laptop` with one seed, each by
`plant-train fit` into RUNS; evaluates each run on DATA/test and FIELD, and against the pictures
without a leaf; prints a table. Hours on a processor: stopped, the same command goes on.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plant_train.recipe import DEFAULT_RECIPE, read_recipe

_OTHERS = ("paper", "tutorial", "scratch", "laptop")


@dataclass(frozen=True)
class Training:
    """A run of RUNS, and the options that make it."""

    name: str
    options: tuple[str, ...]


def trainings(
    weights: Path, owt_weights: Path | None, seeds: int, epochs: int | None
) -> list[Training]:
    """The runs to compare, all of the same number of epochs, those of the head alone included."""
    default = read_recipe(DEFAULT_RECIPE, {})
    epochs = epochs or default.all_epochs
    start = ("--weights", str(weights))
    of_default = ("--epochs", str(epochs - default.head_epochs))
    found = [
        Training(f"{DEFAULT_RECIPE}-{seed}", (*start, *of_default, "--seed", str(seed)))
        for seed in range(seeds)
    ]
    if owt_weights:
        owt = ("--arch", "alexnet-owt", "--weights", str(owt_weights), *of_default)
        found.append(Training(f"{DEFAULT_RECIPE}-owt", owt))
    for recipe in _OTHERS:
        begin = ("--weights", "none") if recipe == "scratch" else start
        found.append(Training(recipe, (*begin, "--recipe", recipe, "--epochs", str(epochs))))
    return found


def main() -> None:
    """Train, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--owt-weights", type=Path)
    parser.add_argument("--field", type=Path)
    parser.add_argument("--unknown", type=Path, action="append", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="Of every run; else the default recipe's.")
    parser.add_argument("--only", action="append", help="Of these runs alone.")
    arguments = parser.parse_args()

    unknown = [part for folder in arguments.unknown for part in ("--unknown", str(folder))]
    _print_row("run", "minutes", "top-1", "macro F1", "ECE", "field", "of its classes", "unknown")
    _print_row(*["---"] * 8)
    for training in trainings(
        arguments.weights, arguments.owt_weights, arguments.seeds, arguments.epochs
    ):
        if arguments.only and training.name not in arguments.only:
            continue
        run = arguments.out / training.name
        _plant_train("fit", str(arguments.data), "--out", str(run), *training.options)
        test = _evaluated(run, arguments.data / "test", *unknown)
        field = _evaluated(run, arguments.field) if arguments.field else None
        seconds = json.loads((run / "run.json").read_text())["result"]["seconds"]
        _print_row(
            training.name,
            f"{seconds / 60:.0f}",
            f"{test['top1']:.2%}",
            f"{test['macro_f1']:.4f}",
            f"{test['ece']:.4f}",
            f"{field['top1']:.1%}" if field else "",
            f"{field['top1_of_present']:.1%}" if field else "",
            ", ".join(
                f"{name} {found['auroc']:.3f}, {found['false_accepts']:.1%}"
                for name, found in test["unknown"].items()
            ),
        )


def _evaluated(run: Path, data: Path, *options: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(
        _plant_train("evaluate", str(run), str(data), "--json", *options)
    )
    return figures


def _plant_train(*arguments: str) -> str:
    command = Path(sys.executable).with_name("plant-train")
    return subprocess.run(
        [command, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
