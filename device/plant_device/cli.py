"""The command `plant-device`."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require_new_file,
    run_command_line,
    say,
)
from plant_device.contract.errors import DONE, WRONG_INPUT, UserError
from plant_device.store.commands import counted, records

app = new_command_group(
    "Classify leaves with one model file, on a device without a network.\n\n"
    "Typical: plant-device classify model.tflite leaf.jpg, or "
    "plant-device run --model model.tflite --source video.mp4"
)
app.add_typer(records, name="records")

ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A file of plant-convert.")]
ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="Processor threads a picture.  [default: cores, at most 4]"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON line a picture, on stdout.")]


@app.command()
def classify(
    model: ModelArgument,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")
    ],
    as_json: JsonOption = False,
    threads: ThreadsOption = None,
) -> int:
    """Classify pictures and folders of pictures.

    A picture that cannot be read is named on stderr, the others are classified all the
    same, and the exit code is 2.
    """
    from plant_device.camera.folder import picture_paths
    from plant_device.classify.classifier import classified_line, open_classifier, sentence
    from plant_device.contract.picture_file import read_picture

    classifier = open_classifier(model, threads)
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
            print(f"{path}: {sentence(outcome)}")
    return exit_code


@app.command()
def run(
    model: Annotated[Path, typer.Option(metavar="FILE", help="A file of plant-convert.")],
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="FOLDER, PICTURE, VIDEO, usb:0, picam:, csi:0, rtsp://…, http://…, "
            "gst:PIPELINE, or synthetic: (a camera that needs no hardware); after # what is set, "
            "as in usb:0#size=1280x720&fps=30&rotate=90.",
        ),
    ],
    frames: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many.  [default: when SOURCE ends]")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write frames with their decisions as one picture."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the sheet if it exists.")] = False,
    steady: Annotated[
        float,
        typer.Option(
            min=0.05,
            max=60,
            metavar="SECONDS",
            help="How long frames are averaged for what is shown after an arrow.",
        ),
    ] = 1.0,
    stalled: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=600,
            metavar="SECONDS",
            help="A camera that gives no frame for so long is opened again.",
        ),
    ] = 2.0,
    store: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep what is seen there, in records with pictures."),
    ] = None,
    as_json: JsonOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Classify a source frame by frame: one line a frame, a summary at the end.

    A camera is read by a process of its own. The newest frame is classified, those that came
    meanwhile are dropped and counted; a camera that hangs, freezes or vanishes is opened again for
    ever. Of files each frame is classified.

    With --store a record is kept of each answer that an arrow tells, and of each picture of a
    folder. A disk that is full or cannot be written is told, and stops nothing.

    An arrow tells what the last moments' frames say together, whenever it changes. Pictures of a
    folder have nothing to do with one another: each speaks for itself.
    """
    from plant_device.camera.report import CameraReport
    from plant_device.camera.supervisor import Patience, SupervisedCamera
    from plant_device.classify.classifier import (
        answer_in_words,
        classified_line,
        open_classifier,
        sentence,
    )
    from plant_device.classify.smoothing import Answer, Smoothing
    from plant_device.service.keeping import Keeping
    from plant_device.service.loop import Listener, Observation, run_loop
    from plant_device.service.sheet import PictureSheet
    from plant_device.store.store import Store

    if sheet:
        require_new_file(sheet, overwrite)
    camera = SupervisedCamera(source, Patience(stalled=stalled), CameraReport(say))
    classifier = open_classifier(model, threads)
    kept = Keeping(Store(store, say), classifier.sha256, say) if store else None
    counts: Counter[str] = Counter()
    pictures = PictureSheet()
    shown: Answer | None = None

    def tell(seen: Observation) -> None:
        nonlocal shown
        frame, outcome = seen.frame, seen.classified
        if as_json:
            line = classified_line(frame.origin, outcome, frame.index, seen.smoothed)
            print(line.model_dump_json(exclude_none=True), flush=True)
            return
        print(f"{frame.index:6d}  {outcome.ms:6.1f} ms  {sentence(outcome)}", flush=True)
        if seen.smoothed.shown != shown:
            shown = seen.smoothed.shown
            print(f"        → {answer_in_words(shown)}", flush=True)

    def count(seen: Observation) -> None:
        counts[seen.classified.decision.kind] += 1

    def keep(seen: Observation) -> None:
        pictures.add(seen.frame, seen.classified)

    try:
        listeners: list[Listener] = [tell, count]
        if sheet:
            listeners.append(keep)
        if kept:
            listeners.append(kept)
        ended = run_loop(camera, classifier, listeners, frames, Smoothing(steady))
        dropped = f", {camera.status.dropped} dropped" if camera.live else ""
        say(f"{ended.frames} frames{dropped}, {ended.reason}")
    finally:
        # After Ctrl-C too: what was seen so far is worth a summary and a sheet.
        if counts:
            say("  ".join(f"{kind} {number}" for kind, number in counts.most_common()))
        if kept:
            lost = f", {kept.lost} lost" if kept.lost else ""
            say(f"{counted(kept.count)} kept in {store}{lost}")
        if counts and sheet:
            pictures.write(sheet)
            say(f"sheet: {sheet}")


def main() -> None:
    """Run `plant-device` on the process's arguments."""
    run_command_line(app, "plant-device")
