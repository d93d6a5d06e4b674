"""The command `plant-device`."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require_ending,
    require_new_file,
    run_command_line,
    say,
)
from plant_device.contract.errors import DONE, WRONG_INPUT, UserError

app = new_command_group(
    "Classify leaves with one model file, on a device without a network.\n\n"
    "Typical: plant-device classify model.tflite leaf.jpg, or "
    "plant-device run --model model.tflite --source video.mp4"
)

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
            say(f"{_counted(kept.count)} kept in {store}{lost}")
        if counts and sheet:
            pictures.write(sheet)
            say(f"sheet: {sheet}")


records_app = new_command_group("What a device has kept: list it, correct it, take it home.")
app.add_typer(records_app, name="records")

StoreArgument = Annotated[Path, typer.Argument(metavar="DIR", help="What `run --store` wrote.")]
SinceOption = Annotated[
    datetime | None, typer.Option(help="Taken then or later, by this machine's clock.")
]
UntilOption = Annotated[datetime | None, typer.Option(help="Taken before then.")]
CorrectedOption = Annotated[bool, typer.Option("--corrected", help="Only what was corrected.")]


@records_app.command("list")
def list_records(
    store: StoreArgument,
    since: SinceOption = None,
    until: UntilOption = None,
    decision: Annotated[
        str | None, typer.Option(help="disease, healthy, unsure or not_leaf.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="As corrected, or else as decided.")] = None,
    corrected: CorrectedOption = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List records, the newest first."""
    from plant_device.store.export.lines import record_line
    from plant_device.store.store import Store, Wanted

    wanted = Wanted(_zoned(since), _zoned(until), decision, label, corrected)
    with Store.existing(store, say) as opened:
        for record in opened.records(wanted, limit):
            line = record_line(record)
            print(line.model_dump_json(exclude_none=True) if as_json else line.sentence)
        say(_counted(opened.count(wanted)))


@records_app.command("correct")
def correct_record(
    store: StoreArgument,
    number: Annotated[int, typer.Argument(metavar="ID", help="The record's number.")],
    label: Annotated[
        str | None,
        typer.Argument(metavar="[LABEL]", help="What it shows; without it a correction is undone."),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Your own words.")] = None,
) -> None:
    """Say what a record really shows."""
    from plant_device.store.store import Store

    with Store.existing(store, say) as opened:
        opened.correct(number, label, note)
    say(f"record {number}: {label or 'no correction'}")


@records_app.command("export")
def export_records(
    store: StoreArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="NAME.csv")],
    since: SinceOption = None,
    until: UntilOption = None,
    corrected: CorrectedOption = False,
    overwrite: Annotated[bool, typer.Option(help="Replace FILE if it exists.")] = False,
) -> None:
    """Write records as a table, the newest first."""
    require_ending(out, ".csv")
    require_new_file(out, overwrite)
    from plant_device.store.export.table import write_table
    from plant_device.store.store import Store, Wanted

    with Store.existing(store, say) as opened:
        number = write_table(
            opened.records(Wanted(_zoned(since), _zoned(until), None, None, corrected)), out
        )
    print(f"{out}: {_counted(number)}")


def _counted(number: int) -> str:
    return f"{number} record" if number == 1 else f"{number} records"


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.astimezone() if moment else None


def main() -> None:
    """Run `plant-device` on the process's arguments."""
    run_command_line(app, "plant-device")
