"""The commands `plant-device run` and `plant-device config …`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require_ending,
    require_new_file,
    say,
)
from plant_device.texts.commands import LanguageOption, TextsOption

config = new_command_group("The settings file of `run`: write one, check it, show what holds.")

SettingsArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A settings file (TOML).")]


def run(
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR", help="A file of plant-convert, or a folder of `model install`."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="FOLDER, PICTURE, VIDEO, usb:0, picam:, csi:0, rtsp://…, http://…, "
            "gst:PIPELINE, or synthetic: (a camera that needs no hardware); after # what is set, "
            "as in usb:0#size=1280x720&fps=30&rotate=90.",
        ),
    ] = None,
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Settings (`config init FILE` writes all of them); options go before it.",
        ),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="MODE",
            help="continuous, interval, motion, button, or inspect: several leaves, one verdict.  "
            "[default: continuous]",
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Of interval: between looks.  [default: 60]"),
    ] = None,
    leaves: Annotated[
        int | None, typer.Option(metavar="N", help="Of inspect: for a verdict.  [default: 6]")
    ] = None,
    button: Annotated[
        str | None,
        typer.Option(metavar="BUTTON", help="keyboard (Enter), page or gpio:LINE begins a look."),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many.  [default: when SOURCE ends]")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write frames with their decisions as one picture."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the sheet if it exists.")] = False,
    steady: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long frames are averaged for what is shown after an arrow.  [default: 1]",
        ),
    ] = None,
    stalled: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="A camera that gives no frame for so long is opened again.  [default: 2]",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep what is seen there, in records with pictures."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            metavar="LAT,LON|gpsd", help="Where it is, for the records: degrees, or a receiver's."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a frame, on stdout.")
    ] = False,
    web: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Serve a page for a phone there, such as 0.0.0.0:8080, behind a token; at "
            "127.0.0.1:8080 for this board alone.",
        ),
    ] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            metavar="BROKER",
            help="Report what is kept to an MQTT broker: HOST, HOST:PORT or mqtts://HOST.",
        ),
    ] = None,
    language: LanguageOption = None,
    own_texts: TextsOption = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Processor threads a picture.  [default: cores, at most 4]"),
    ] = None,
    delegate: Annotated[
        str | None,
        typer.Option(
            metavar="LIBRARY",
            help="An external TFLite delegate; where it fails, that is said, and the processor is "
            "used.",
        ),
    ] = None,
) -> int:
    """Classify a source frame by frame: one line a frame, a summary at the end.

    A camera is read by a process of its own. The newest frame is classified, those that came
    meanwhile are dropped and counted; a camera that hangs, freezes or vanishes is opened again for
    ever. Of files each frame is classified; a picture that cannot be read is named on stderr, the
    others are classified all the same, and the exit code is 2.

    An arrow tells what the last moments' frames say together. Continuous looks on and tells
    whenever that changes. The other modes look for as long as it takes, a few seconds at most, and
    rest: interval every so often, motion when something moves, button when it is pressed. Inspect
    asks for several leaves of a plant, one after the other, and has them vote.

    Of a folder of installed models the current one runs, and a newly installed one takes over
    between two frames; where it does not start, the one before goes on.

    With --store a record is kept of each answer that an arrow tells, and of each picture of a
    folder: these have nothing to do with one another, and each speaks for itself. A disk that is
    full or cannot be written is told, and stops nothing.
    """
    from plant_device.service.adjustments import Adjustments
    from plant_device.service.settings import Settings, changed, read_settings

    if sheet:
        require_ending(sheet, ".jpg", ".jpeg", ".png")
        require_new_file(sheet, overwrite)
    options = {
        "model": model,
        "source": source,
        "threads": threads,
        "language": language,
        "texts": own_texts,
        "delegate": delegate,
        "camera.stalled": stalled,
        "decision.mode": mode,
        "decision.every": every,
        "decision.leaves": leaves,
        "decision.button": button,
        "decision.steady": steady,
        "store.folder": store,
        "store.place": place,
        "web.listen": web,
        "mqtt.broker": mqtt,
    }
    given = {name: value for name, value in options.items() if value is not None}
    settings = changed(read_settings(settings_file) if settings_file else Settings(), given)
    adjustments = Adjustments.of(settings, given)
    from plant_device.service.run import run_device

    return run_device(adjustments, frame_limit=frames, sheet=sheet, as_json=as_json)


@config.command()
def init(
    path: SettingsArgument,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE|DIR", help="What it says of the model.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="What it says of the source.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What it says of the store.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace FILE if it exists.")] = False,
) -> None:
    """Write a settings file with every setting, its default and what it means."""
    from plant_device.contract.atomic import write_privately
    from plant_device.service.settings import Settings, as_toml, changed

    require_new_file(path, overwrite)
    settings = changed(Settings(), {"model": model, "source": source, "store.folder": store})
    # A camera's password may come to stand in it; a service reads it as of its group.
    write_privately(path, as_toml(settings), 0o640)
    say(f"{path}: edit it, then plant-device run --config {path}")


@config.command()
def check(path: SettingsArgument) -> None:
    """Read a settings file; exit 2 and one line of all in it that is none, or not there.

    Source, place, language and button are understood as `run` would; nothing is opened.
    """
    from plant_device.service.check import check_settings
    from plant_device.service.settings import read_settings

    check_settings(read_settings(path))
    say(f"{path}: sound")


@config.command()
def show(path: SettingsArgument) -> None:
    """Print what holds, defaults included, as a settings file."""
    from plant_device.service.settings import as_toml, read_settings

    print(as_toml(read_settings(path)), end="")
