"""The command `plant-train`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from plant_device.contract.atomic import write_atomically
from plant_device.contract.command_line import (
    new_command_group,
    require,
    require_ending,
    require_new,
    require_new_file,
    run_command_line,
    say,
)
from plant_device.contract.errors import DONE, INTERRUPTED, REFUSED, UserError
from plant_device.contract.figures import Figures
from plant_train.download.commands import download
from plant_train.judge.crops import known_count
from plant_train.recipe import (
    DEFAULT_RECIPE,
    SCRATCH_RECIPE,
    Recipe,
    built_in_recipes,
    fitting,
    read_recipe,
    without_stages,
)
from plant_train.recipe_options import recipe_options
from plant_train.start_tensorflow import make_deterministic, start_tensorflow

app = new_command_group(
    "Train a leaf classifier: from a folder of class folders to a run.\n\n"
    "Typical: plant-train fit leaves --out runs/first --weights alexnet.npz"
)
app.add_typer(download, name="download")

OverwriteOption = Annotated[bool, typer.Option(help="Replace what is there.")]
ClassNamesOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV with columns theirs,ours where class names differ."),
]
# Written out, since to ask for them starts TensorFlow.
_ARCHITECTURES = "alexnet, alexnet-owt, vgg16, resnet50, or lenet5, which is tiny."
ArchOption = Annotated[str, typer.Option(metavar="ARCH", help=_ARCHITECTURES)]
ArchOptionsOption = Annotated[
    list[str],
    typer.Option(
        metavar="KEY=VALUE",
        help="Of alexnet: groups=1|2, order=normalise-pool|…; unset ones follow --weights.",
    ),
]

DataArgument = Annotated[
    list[Path],
    typer.Argument(metavar="DATA", help="Class folders, train/ (and val/) above, or a .csv."),
]
WeightsOption = Annotated[
    str,
    typer.Option(
        metavar="FILE|NAME",
        help="Published weights (.pth .onnx .caffemodel .h5 .keras .npz, or what `download "
        "weights NAME` brought), or none.",
    ),
]
RecipeOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help=f"Built in: {', '.join(built_in_recipes())}; or one's own .toml, or a run's run.json.",
    ),
]
BackgroundsOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Also put leaves on your own pictures.")
]
NotLeafOption = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Pictures that show no leaf, to tell them apart."),
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder of fit.")]
UnknownOption = Annotated[
    list[Path],
    typer.Option(metavar="FOLDER", help="Pictures that show none of the classes; repeatable."),
]
CropsOption = Annotated[
    int,
    typer.Option(
        metavar="1|2|10",
        help="Centre; and mirrored; and corners: their mean logits.",
        callback=known_count,
    ),
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
        require_new_file(out.with_suffix(".mp4"), overwrite)
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
    """Find what is wrong with a data set; exit 1 if its parts leak into one another.

    Example: plant-train audit leaves --out audit.html
    """
    require("imagehash", "train")
    if out:
        require_ending(out, ".html")
        require_new_file(out, overwrite)
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
@recipe_options
def fit(
    *,
    data: DataArgument,
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder.")],
    class_names: ClassNamesOption = None,
    split: Annotated[
        Path | None,
        typer.Option(metavar="RUN|FILE", help="Train and hold out what that run did."),
    ] = None,
    arch: ArchOption = "alexnet",
    arch_option: ArchOptionsOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    weights: WeightsOption = "none",
    recipe: RecipeOption = DEFAULT_RECIPE,
    backgrounds: BackgroundsOption = None,
    not_leaf: NotLeafOption = None,
    workers: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT,…", help="Train on several machines: all of them, on each alike."
        ),
    ] = "",
    worker: Annotated[
        int, typer.Option(min=0, help="The number of this machine in --workers, from 0.")
    ] = 0,
    deterministic: Annotated[
        bool,
        typer.Option(
            "--deterministic",
            help="The same bits from the same command, in float32 unless --precision says; slower.",
        ),
    ] = False,
    overwrite: OverwriteOption = False,
    overrides: dict[str, Any],
) -> None:
    """Train, and leave a run folder with the best weights and a report.

    Killed or stopped, the same command goes on after the last whole epoch. A test/ folder in
    DATA is never looked at. Validation is a val/ folder, or else split off the training pictures
    by leaf, so far as leaves are known, and never through copies of a picture. Every key of a
    recipe has an option, which goes before the recipe's value
    (docs/recipes.md has a table of them).

    Example: plant-train fit leaves --out runs/first --recipe laptop --weights alexnet.npz
    """
    require("scipy", "train")
    from plant_train.data.class_names import read_class_names
    from plant_train.data.layouts import require_there
    from plant_train.data.split_record import read_split_record
    from plant_train.weights.choice import chosen_weights

    settings = read_recipe(recipe, overrides)
    require_there(data)
    names = read_class_names(class_names) if class_names else None
    recorded = read_split_record(split) if split else None
    start = chosen_weights(weights)
    if deterministic and settings.precision == "best":
        # What is best is measured, and the same command may find another.
        settings = settings.model_copy(update={"precision": "float32"})
    start_tensorflow()
    if deterministic:
        make_deterministic()
    from plant_train.archs import find_architecture, read_options
    from plant_train.distribute import training_strategy
    from plant_train.fit import Task
    from plant_train.fit import fit as fit_task
    from plant_train.run import Run

    architecture = find_architecture(arch)
    if start is None:
        _tell_of_scratch(recipe, settings)
    task = Task(
        data=data,
        out=out,
        architecture=architecture,
        options=read_options(architecture, arch_option),
        weights=start,
        recipe=fitting(settings, start, backgrounds, not_leaf),
        split=recorded,
        names=names,
        backgrounds=backgrounds,
        not_leaf=not_leaf,
        overwrite=overwrite,
    )
    strategy = training_strategy([place for place in workers.split(",") if place], worker)
    try:
        with strategy.scope():
            run, result = fit_task(task)
    except KeyboardInterrupt:
        without = ", without --overwrite," if overwrite else ""
        begun = Run(out).record_path.is_file()
        then = f"; the same command{without} goes on after the last whole epoch in {out}"
        raise UserError(f"stopped{then if begun else ''}", exit_code=INTERRUPTED) from None
    _tell(result.validation, "held-out pictures of the training data")
    say(f"run: {run.folder}   report: {run.report_path}")


@app.command()
@recipe_options
def preview(
    *,
    data: DataArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The sheet to write: name.jpg.")],
    class_names: ClassNamesOption = None,
    arch: ArchOption = "alexnet",
    recipe: RecipeOption = DEFAULT_RECIPE,
    backgrounds: BackgroundsOption = None,
    not_leaf: NotLeafOption = None,
    overwrite: OverwriteOption = False,
    overrides: dict[str, Any],
) -> None:
    """Show what a training would see: a sheet of pictures as the recipe varies them.

    Options of the recipe are as for fit.

    Example: plant-train preview leaves --out sheet.jpg --augment-turn 90
    """
    require_ending(out, ".jpg", ".jpeg")
    require_new_file(out, overwrite)
    require("scipy", "train")
    from plant_train.data.class_names import read_class_names
    from plant_train.data.layouts import read_training_data, require_there

    settings = read_recipe(recipe, overrides)
    require_there(data)
    names = read_class_names(class_names) if class_names else None
    start_tensorflow()
    from plant_train.archs import find_architecture
    from plant_train.data.preview import preview as write_sheet

    write_sheet(
        out,
        read_training_data(data, names).training,
        find_architecture(arch).geometry,
        fitting(settings, None, backgrounds, not_leaf),
        backgrounds,
        not_leaf,
    )
    say(f"sheet: {out}")


@app.command("find-rate")
@recipe_options
def find_rate(
    *,
    data: DataArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The plot: name.png or name.svg.")],
    class_names: ClassNamesOption = None,
    arch: ArchOption = "alexnet",
    arch_option: ArchOptionsOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    weights: WeightsOption = "none",
    recipe: RecipeOption = DEFAULT_RECIPE,
    overwrite: OverwriteOption = False,
    overrides: dict[str, Any],
) -> None:
    """Suggest a learning rate: a hundred steps whose rate rises until the loss does.

    Prints the rate at which the loss fell fastest; the plot shows whether to believe it. Exit 1,
    with a plot and without a rate, if the loss has no clear fall: less than 5 %, or than four
    times what it wavers by. Options of the recipe are as for fit.

    Example: plant-train find-rate leaves --out rates.png --weights alexnet.npz
    """
    require_ending(out, ".png", ".svg")
    require_new_file(out, overwrite)
    require("scipy", "train")
    from plant_train.data.class_names import read_class_names
    from plant_train.data.layouts import read_training_data, require_there
    from plant_train.weights.choice import chosen_weights

    settings = read_recipe(recipe, overrides)
    require_there(data)
    names = read_class_names(class_names) if class_names else None
    start = chosen_weights(weights)
    start_tensorflow()
    from plant_train.archs import find_architecture, read_options
    from plant_train.rate_finder import plot_rate_test, test_rates

    architecture = find_architecture(arch)
    if start is None:
        _tell_of_scratch(recipe, settings)
    tested = test_rates(
        read_training_data(data, names).training,
        architecture,
        read_options(architecture, arch_option),
        start,
        fitting(settings, start, None, None),
    )
    plot_rate_test(tested, out)
    say(f"plot: {out}")
    if tested.suggested is None:
        raise UserError(
            f"expected a loss that falls clearly, received none: {tested.in_words}; give more "
            "pictures, a larger --batch, or --weights to start from",
            exit_code=REFUSED,
        )
    print(f"{tested.suggested:.1e}")


@app.command()
def evaluate(
    run: RunArgument,
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Class folders, test/ above them, or a .csv.")
    ],
    class_names: ClassNamesOption = None,
    unknown: UnknownOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    crops: CropsOption = 1,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the JSON here too.")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Judge a run on any data set whose classes it knows, or some of them.

    Example: plant-train evaluate runs/first leaves/test --unknown sheds
    """
    if out:
        require_new_file(out, overwrite)
    require("scipy", "train")
    from plant_train.data.class_names import read_class_names
    from plant_train.data.layouts import require_there
    from plant_train.run import Run

    Run(run).finished()
    require_there([data])
    names = read_class_names(class_names) if class_names else None
    start_tensorflow()
    from plant_train.evaluate import evaluate as evaluate_run
    from plant_train.report.terminal import print_evaluation

    reached = evaluate_run(run, data, unknown, crops, names)
    if out:
        write_atomically(out, reached.model_dump_json(indent=1))
    if as_json:
        print(reached.model_dump_json())
    else:
        print_evaluation(reached)


@app.command()
def report(
    run: RunArgument,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA", help="Class folders, test/ above, or a .csv; else the held-out ones."
        ),
    ] = None,
    class_names: ClassNamesOption = None,
    training_data: Annotated[
        list[Path],
        typer.Option(
            metavar="DATA", help="What fit was given, if it was moved; once for each data set."
        ),
    ] = [],  # noqa: B006  (Typer reads it, nobody changes it)
    not_leaf: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="What fit was given, if it was moved."),
    ] = None,
    unknown: UnknownOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    crops: CropsOption = 1,
) -> None:
    """Judge a run again and write its report and model card, without training.

    With --data the report is report-NAME.html beside the first one, and the card tells both.
    """
    require("scipy", "train")
    from plant_train.data.class_names import read_class_names
    from plant_train.data.layouts import require_there
    from plant_train.run import Run

    Run(run).finished()
    require_there([data] if data else [])
    names = read_class_names(class_names) if class_names else None
    start_tensorflow()
    from plant_train.report.documents import document_again

    say(f"report: {document_again(run, data, training_data, unknown, crops, names, not_leaf)}")


@app.command()
def summary(
    arch: Annotated[str, typer.Argument(metavar="ARCH", help=_ARCHITECTURES)],
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


@app.command()
def weights(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME", help=".pth .onnx .caffemodel .h5 .keras .npz, or downloaded ones."
        ),
    ],
    arch: ArchOption = "alexnet",
    arch_option: ArchOptionsOption = [],  # noqa: B006  (Typer reads it, nobody changes it)
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="PICTURE",
            help="Keep every layer as published, the classifier too, and give PICTURE's logits.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
) -> None:
    """Show what fit would take from a file of published weights, tensor by tensor."""
    start_tensorflow()
    from plant_train.archs import find_architecture, read_options
    from plant_train.weights.choice import weights_file
    from plant_train.weights.command import inspect_weights

    architecture = find_architecture(arch)
    options = read_options(architecture, arch_option)
    inspection = inspect_weights(weights_file(file), architecture, options, picture)
    print(inspection.as_json() if as_json else inspection.as_text())


def _tell_of_scratch(name: str, recipe: Recipe) -> None:
    """Say what becomes of a recipe that is used without weights, and which one is for that."""
    told = []
    if without_stages(recipe) != recipe:
        told.append("every layer learns from the first epoch (head_epochs 0, unfreeze 0)")
    if name != SCRATCH_RECIPE:
        told.append(f"--recipe {SCRATCH_RECIPE} is made for this")
    if told:
        say(f"without weights: {'; '.join(told)}")


def _tell(reached: Figures, where: str) -> None:
    print(
        f"{where}: {reached.n} pictures, top-1 {reached.top1:.2%}, top-5 {reached.top5:.2%}, "
        f"macro F1 {reached.macro_f1:.4f}, weighted F1 {reached.weighted_f1:.4f}, "
        f"log loss {reached.log_loss:.4f}, ECE {reached.ece:.4f}"
    )


def main() -> None:
    """Run `plant-train` on the process's arguments."""
    run_command_line(app, "plant-train")
