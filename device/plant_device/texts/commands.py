"""The commands `plant-device texts …`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import new_command_group, require_new_file
from plant_device.contract.errors import DONE, REFUSED, UserError

texts = new_command_group("What people are told: read it, edit it, translate it.")

LanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="LANGUAGE",
        help="What people are told is in it: en, de, es, or one of --texts.  "
        "[default: the environment's, or else en]",
    ),
]
TextsOption = Annotated[
    Path | None,
    typer.Option(
        "--texts", metavar="DIR", help="Your own language files: what is in them comes first."
    ),
]


@texts.command("show")
def show_texts(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Such as Tomato___Late_blight.")],
    language: LanguageOption = None,
    folder: TextsOption = None,
) -> None:
    """Tell what is told of a class."""
    from plant_device.contract.classes import leaf_class
    from plant_device.contract.near_misses import near_misses
    from plant_device.texts.languages import load_texts
    from plant_device.texts.words import class_name, in_lines

    told = load_texts(language, folder)
    if label not in told.classes:
        raise UserError(
            f"expected the label of a class that has texts, received: "
            f"{label}{near_misses(label, told.classes)}"
        )
    lines = in_lines(told.classes[label], told)
    print("\n".join([class_name(leaf_class(label), told), *lines]))


@texts.command("export")
def export_texts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    language: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE",
            help="Only this one; a new one, such as fr, starts in English.  [default: all]",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Write the built-in language files, to edit or translate them."""
    from plant_device.contract.atomic import write_atomically
    from plant_device.texts.languages import language_files, start_of

    starts = {
        folder / f"{name}.toml": start_of(name)
        for name in ([language] if language else language_files())
    }
    for path in starts:
        require_new_file(path, overwrite)
    for path, start in starts.items():
        write_atomically(path, start.read_bytes())
        print(path)


@texts.command("check")
def check_texts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Your own language files.")],
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A model file, whose classes should have texts."),
    ] = None,
) -> int:
    """Tell what is wrong or missing in language files; exit code 1 if something is wrong."""
    from plant_device.contract.model_file import read_model_file
    from plant_device.texts.check import check_language_files

    labels = read_model_file(model).manifest.labels if model else []
    all_right = True
    for checked in check_language_files(folder, labels):
        all_right = all_right and not checked.mistakes
        print("\n".join(checked.lines()))
    return DONE if all_right else REFUSED
