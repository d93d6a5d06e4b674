"""The command `plant-train`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require,
    require_new,
    run_command_line,
    say,
)
from plant_device.contract.errors import DONE, INTERRUPTED, REFUSED, UserError
from plant_device.contract.figures import Figures
from plant_train.recipe import Recipe
from plant_train.start_tensorflow import start_tensorflow

_DEFAULTS = Recipe()

app = new_command_group(
    "Train a leaf classifier: from a folder of class folders to a run.\n\n"
    "Typical: plant-train fit leaves --out runs/first --weights alexnet.npz"
)

OverwriteOption = Annotated[bool, typer.Option(help="Replace what is there.")]
ClassNamesOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV with columns theirs,ours where class names differ."),
]
ArchOption = Annotated[str, typer.Option(metavar="ARCH", help="alexnet, or lenet5 (tiny).")]
ArchOptionsOption = Annotated[
    list[str],
    typer.Option(metavar="KEY=VALUE", help="Of alexnet: groups=1|2, order=normalise-pool|…"),
]


@app.command()
def sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    train_per_class: Annotated[int, typer.Option(min=2, max=100_000)] = 90,
    test_per_class: Annotated[int, typer.Option(min=1, max=100_000)] = 30,
    side: Annotated[int, typer.Option(min=256, max=2048, help="Pixels.")] = 256,
    video_leaves: Annotated[
        int, typer.Option(min=0, max=1000, help="Also render OUT.mp4, over so many leaves.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    overwrite: OverwriteOption = False,
) -> None:
    """Render a small procedural leaf data set, without any download.

    OUT gets train/ and test/ with a folder for each of 8 classes.
    """
    require("rich", "train")
    from plant_train.data.sample.command import render_sample

    require_new(out, overwrite)
    if video_leaves:
        require_new(out.with_suffix(".mp4"), overwrite)
    render_sample(
        out,
        train_per_class=train_per_class,
        test_per_class=test_per_class,
        side=side,
        video_leaves=video_leaves,
        seed=seed,
    )


@app.command()
def audit(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA", help="Class folders, train/ val/ test/ above, or a .csv."),
    ],
    class_names: ClassNamesOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a page: name.html.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> int:
    """Find what is wrong with a data set; exit 1 if its parts leak into one another."""
    require("imagehash", "train")
    if out:
        require_new(out, overwrite)
    from plant_train.data.audit import audit as audit_data
    from plant_train.data.audit.in_words import in_words
    from plant_train.data.class_names import read_class_names
    from plant_train.report.audit_page import write_audit_page

    found = audit_data(data, read_class_names(class_names) if class_names else None)
    if out:
        write_audit_page(found, out)
        say(f"page: {out}")
    print(found.model_dump_json() if as_json else in_words(found))
    return REFUSED if found.leaks else DONE


@app.command()
def fit(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA", help="Class folders, train/ (and val/) above, or a .csv."),
    ],
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder.")],
    class_names: ClassNamesOption = None,
    split: Annotated[
        Path | None,
        typer.Option(metavar="RUN|FILE", help="Train and hold out what that run did."),
    ] = None,
    arch: ArchOption = "alexnet",
    arch_option: ArchOptionsOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    weights: Annotated[
        str, typer.Option(metavar="FILE", help="Published weights (.npz), or none: from scratch.")
    ] = "none",
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULTS.epochs,
    batch: Annotated[int, typer.Option(min=1)] = _DEFAULTS.batch,
    learning_rate: float = _DEFAULTS.learning_rate,
    transferred_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Factor of the rate for transferred layers.")
    ] = _DEFAULTS.transferred_rate,
    momentum: Annotated[float, typer.Option(min=0, max=0.9999)] = _DEFAULTS.momentum,
    weight_decay: Annotated[float, typer.Option(min=0)] = _DEFAULTS.weight_decay,
    warmup_epochs: Annotated[float, typer.Option(min=0)] = _DEFAULTS.warmup_epochs,
    balance: Annotated[
        str, typer.Option(metavar="none|sqrt|oversample", help="How often rare classes come up.")
    ] = _DEFAULTS.balance,
    validation_fraction: Annotated[
        float, typer.Option(min=0.01, max=0.5, help="Held out of each class.")
    ] = _DEFAULTS.validation_fraction,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1)] = _DEFAULTS.seed,
    overwrite: OverwriteOption = False,
) -> None:
    """Train, and leave a run folder with the best weights and a report.

    Killed or stopped, the same command goes on after the last whole epoch. A test/ folder in
    DATA is never looked at. Validation is a val/ folder, or else split off the training pictures
    by leaf, so far as leaves are known, and never through copies of a picture.
    """
    start_tensorflow()
    from pydantic import ValidationError

    from plant_train.archs import find_architecture, read_options
    from plant_train.data.class_names import read_class_names
    from plant_train.data.split_record import read_split_record
    from plant_train.fit import Task
    from plant_train.fit import fit as fit_task

    try:
        recipe = Recipe(
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            transferred_rate=transferred_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            warmup_epochs=warmup_epochs,
            balance=balance,  # type: ignore[arg-type]  # pydantic checks it
            validation_fraction=validation_fraction,
            seed=seed,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise UserError(f"wrong --{option}: {first['msg']}, received: {first['input']}") from None
    architecture = find_architecture(arch)
    task = Task(
        data,
        out,
        architecture,
        read_options(architecture, arch_option),
        None if weights == "none" else Path(weights),
        recipe,
        read_split_record(split) if split else None,
        read_class_names(class_names) if class_names else None,
        overwrite,
    )
    try:
        run, result = fit_task(task)
    except KeyboardInterrupt:
        raise UserError(
            f"stopped; the same command goes on after the last whole epoch in {out}",
            exit_code=INTERRUPTED,
        ) from None
    _tell(result.validation, "held-out pictures of the training data")
    say(f"run: {run.folder}   report: {run.report_path}")


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder of fit.")],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Class folders, test/ above them, or a .csv.")
    ],
    class_names: ClassNamesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
) -> None:
    """Judge a run on any data set whose classes it knows."""
    start_tensorflow()
    from plant_train.data.class_names import read_class_names
    from plant_train.evaluate import evaluate as evaluate_run

    reached = evaluate_run(run, data, read_class_names(class_names) if class_names else None)
    if as_json:
        print(reached.model_dump_json())
    else:
        _tell(reached, str(data))


@app.command()
def summary(
    arch: Annotated[str, typer.Argument(metavar="ARCH", help="alexnet or lenet5.")],
    arch_option: ArchOptionsOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    classes: Annotated[int, typer.Option(min=2)] = 1000,
) -> None:
    """Print an architecture's layer table."""
    start_tensorflow()
    from plant_train.archs import find_architecture, read_options
    from plant_train.archs.summary import layer_rows, layer_table

    architecture = find_architecture(arch)
    model = architecture.build(classes, read_options(architecture, arch_option))
    print(layer_table(layer_rows(model)))
    if architecture.published:
        print(f"\n{architecture.published}")


def _tell(reached: Figures, where: str) -> None:
    print(
        f"{where}: {reached.n} pictures, top-1 {reached.top1:.2%}, top-5 {reached.top5:.2%}, "
        f"macro F1 {reached.macro_f1:.4f}, weighted F1 {reached.weighted_f1:.4f}, "
        f"log loss {reached.log_loss:.4f}, ECE {reached.ece:.4f}"
    )


def main() -> None:
    """Entry point of `plant-train`."""
    run_command_line(app, "plant-train")


if __name__ == "__main__":
    main()
