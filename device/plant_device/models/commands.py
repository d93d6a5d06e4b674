"""The commands `plant-device model …`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import new_command_group, require_writable, say
from plant_device.contract.errors import UserError

model = new_command_group(
    "The models on this device: install one, list them, go back.\n\n"
    "Typical: plant-device model install leaves.tflite --models models, then "
    "plant-device run --model models --source usb:0"
)

ModelsOption = Annotated[
    Path, typer.Option(metavar="DIR", help="The folder of installed models, for `run --model`.")
]


@model.command("install")
def install_model(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of plant-convert.")],
    models: ModelsOption,
    sha256: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="What FILE must have; FILE.sha256 is checked by itself."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="minisign's public key, a file or RW…; checks FILE.minisig."
        ),
    ] = None,
    require_signature: Annotated[
        bool, typer.Option("--require-signature", help="Refuse a FILE without FILE.minisig.")
    ] = False,
    keep: Annotated[int, typer.Option(min=2, max=100, help="So many models stay.")] = 3,
) -> None:
    """Try a model file on this device and make it the current model.

    It is read, checked and run in a process of its own. A running service takes it over between
    two frames. Where it is refused, exit code 1 or 2, nothing has changed.
    """
    from plant_device.models.install import Demands, install
    from plant_device.models.shelf import Shelf
    from plant_device.models.signature import read_public_key

    if require_signature and not key:
        raise UserError("expected --key with --require-signature: whose signature it must be")
    require_writable(models)
    trusted = read_public_key(key) if key else None
    installed = install(file, Shelf(models), Demands(sha256, trusted, require_signature), keep, say)
    print(f"{installed} is the current model of {models}")


@model.command("list")
def list_models(
    models: ModelsOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a model.")] = False,
) -> None:
    """List the models, the newest first."""
    from plant_device.models.lines import model_lines, sentences
    from plant_device.models.shelf import Shelf

    shelf = Shelf(models)
    history = shelf.history()
    for one in history.models:
        if not shelf.path(one).is_file():
            say(f"warning: the file of model {one} is gone: install it again")
    lines = (line.model_dump_json(exclude_none=True) for line in model_lines(history))
    for line in lines if as_json else sentences(history):
        print(line)


@model.command("rollback")
def roll_back(models: ModelsOption) -> None:
    """Make the model before the current one current."""
    from plant_device.models.history import rolled_back
    from plant_device.models.shelf import Shelf

    shelf = Shelf(models)
    before = shelf.history().current
    print(f"{shelf.change(rolled_back).current} is current again, instead of {before}")
