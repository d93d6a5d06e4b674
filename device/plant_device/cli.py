"""The command `plant-device`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.board.commands import bench, doctor
from plant_device.bundle.commands import bundle
from plant_device.contract.command_line import new_command_group, run_command_line, say
from plant_device.contract.errors import DONE, WRONG_INPUT, UserError
from plant_device.contract.plain import plain
from plant_device.models.commands import model as models
from plant_device.service.commands import config, run
from plant_device.store.commands import records
from plant_device.texts.commands import LanguageOption, TextsOption, texts
from plant_device.web.commands import certificate, token

app = new_command_group(
    "Classify leaves with one model file, on a device without a network.\n\n"
    "Typical: plant-device classify model.tflite leaf.jpg, or "
    "plant-device run --model model.tflite --source video.mp4"
)
app.add_typer(records, name="records")
app.add_typer(config, name="config")
app.add_typer(models, name="model")
app.add_typer(texts, name="texts")

ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A file of plant-convert.")]
ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="Processor threads a picture.  [default: cores, at most 4]"),
]
DelegateOption = Annotated[
    str | None,
    typer.Option(
        metavar="LIBRARY",
        help="An external TFLite delegate, such as libedgetpu.so.1. One that fails, or fails the "
        "self-test, is said, and the processor is used.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON line a picture, on stdout.")]


@app.command()
def classify(
    model: ModelArgument,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")
    ],
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Tell what it is, what to look for and what to do next."),
    ] = False,
    as_json: JsonOption = False,
    language: LanguageOption = None,
    own_texts: TextsOption = None,
    threads: ThreadsOption = None,
    delegate: DelegateOption = None,
) -> int:
    """Classify pictures and folders of pictures.

    A picture that cannot be read is named on stderr, the others are classified all the
    same, and the exit code is 2.
    """
    from plant_device.camera.folder import picture_paths
    from plant_device.classify.classifier import open_classifier
    from plant_device.classify.line import classified_line
    from plant_device.contract.picture_file import read_picture
    from plant_device.texts.languages import load_texts
    from plant_device.texts.words import explanation, sentence

    if explain and as_json:
        raise UserError("expected --explain or --json, received both: JSON lines hold labels alone")
    words = load_texts(language, own_texts)
    classifier = open_classifier(model, threads, delegate=delegate)
    exit_code = DONE
    pictures: list[Path] = []
    for path in paths:
        try:
            pictures += picture_paths(path)
        except UserError as error:
            say(f"error: {error}")
            exit_code = WRONG_INPUT
    for path in pictures:
        try:
            outcome = classifier.classify(read_picture(path))
        except UserError as error:
            say(f"error: {error}")
            exit_code = WRONG_INPUT
            continue
        if as_json:
            print(classified_line(str(path), outcome).model_dump_json(exclude_none=True))
        else:
            print(f"{plain(str(path))}: {sentence(outcome, words)}")
            for line in explanation(outcome, words) if explain else []:
                print(f"    {line}")
    return exit_code


app.command()(run)
app.command()(doctor)
app.command()(bench)
app.command()(bundle)
app.command()(token)
app.command()(certificate)


def main() -> None:
    """Run `plant-device` on the process's arguments."""
    run_command_line(app, "plant-device", may_be_empty=("--note",))
