"""The commands `plant-device records …`."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require_ending,
    require_new_file,
    say,
)
from plant_device.contract.counted import counted
from plant_device.contract.errors import UserError
from plant_device.contract.plain import plain

records = new_command_group("What a device has kept: list it, correct it, take it home.")

_MOST = (1 << 63) - 1
"""What SQLite counts to."""

StoreArgument = Annotated[Path, typer.Argument(metavar="DIR", help="What `run --store` wrote.")]
SinceOption = Annotated[
    datetime | None, typer.Option(help="Taken then or later, by this machine's clock.")
]
UntilOption = Annotated[datetime | None, typer.Option(help="Taken before then.")]
NumbersArgument = Annotated[
    list[int], typer.Argument(metavar="ID...", max=_MOST, help="The records' numbers.")
]
CorrectedOption = Annotated[bool, typer.Option("--corrected", help="Only what was corrected.")]


@records.command("list")
def list_records(
    store: StoreArgument,
    since: SinceOption = None,
    until: UntilOption = None,
    decision: Annotated[
        Literal["disease", "healthy", "unsure", "not_leaf"] | None, typer.Option()
    ] = None,
    label: Annotated[str | None, typer.Option(help="As corrected, or else as decided.")] = None,
    corrected: CorrectedOption = False,
    deleted: Annotated[bool, typer.Option("--deleted", help="Only what was deleted.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a record.")] = False,
) -> None:
    """List records, the newest first."""
    from plant_device.store.export.lines import record_line
    from plant_device.store.store import Store, Wanted

    wanted = Wanted(
        _zoned(since), _zoned(until), decision, label, corrected or None, deleted=deleted
    )
    with Store.existing(store) as opened:
        for record in opened.records(wanted, limit):
            line = record_line(record)
            print(line.model_dump_json(exclude_none=True) if as_json else line.sentence)
        say(counted(opened.count(wanted), "record"))


@records.command("correct")
def correct_record(
    store: StoreArgument,
    number: Annotated[int, typer.Argument(metavar="ID", max=_MOST, help="The record's number.")],
    label: Annotated[
        str | None,
        typer.Argument(
            metavar="[LABEL]",
            help="What it shows; with neither it nor a note a correction is undone.",
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Your own words.")] = None,
) -> None:
    """Say what a record really shows, or put a note to it."""
    from plant_device.contract.classes import NOT_LEAF
    from plant_device.contract.near_misses import near_misses
    from plant_device.store.store import Store

    if label is not None:
        require_label(label)
    with Store.existing(store) as opened:
        known = opened.labels()
        if label is not None or note is None:
            opened.correct(number, label)
            say(f"record {number}: {label or 'no correction'}")
        if note is not None:
            opened.note(number, note)
            say(f"record {number}: {note}")
    if label not in (None, NOT_LEAF, *known):
        say(f"note: no record was of the class {label} before{near_misses(str(label), known)}")


@records.command("delete")
def delete_records(store: StoreArgument, numbers: NumbersArgument) -> None:
    """Delete records: they appear nowhere any more, and `restore` undoes it.

    What was deleted over 30 days ago goes for good, with its pictures; on a full disk the pictures
    go first.
    """
    from plant_device.store.clock import BoardClock
    from plant_device.store.deletion import purge_old
    from plant_device.store.store import Store

    moment = BoardClock().now()
    with Store.existing(store) as opened:
        for number in numbers:
            opened.delete(number, moment.utc)
            say(f"record {number}: deleted")
        purge_old(opened, moment)


@records.command("restore")
def restore_records(store: StoreArgument, numbers: NumbersArgument) -> None:
    """Undo that records were deleted."""
    from plant_device.store.store import Store

    with Store.existing(store) as opened:
        for number in numbers:
            opened.restore(number)
            say(f"record {number}: restored")


@records.command("export")
def export_records(
    store: StoreArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="NAME.csv, NAME.geojson for a map, or NAME.zip: pictures in class folders.",
        ),
    ],
    since: SinceOption = None,
    until: UntilOption = None,
    corrected: CorrectedOption = False,
    overwrite: Annotated[bool, typer.Option(help="Replace FILE if it exists.")] = False,
) -> None:
    """Take records home: as a table, for a map, or to train with.

    A table and a map's file have the last that was kept first. A zip has each picture in the folder
    of the class that a person said, else that the device decided: plant-train fit takes it as it
    is. Killed, the same command goes on.
    """
    require_ending(out, ".csv", ".geojson", ".zip")
    require_new_file(out, overwrite)
    from plant_device.store.export.geojson import write_geojson
    from plant_device.store.export.table import write_table
    from plant_device.store.export.training import write_training_zip
    from plant_device.store.store import Store, Wanted

    wanted = Wanted(_zoned(since), _zoned(until), corrected=corrected or None)
    with Store.existing(store) as opened:
        if out.suffix.lower() != ".zip":
            write = write_table if out.suffix.lower() == ".csv" else write_geojson
            print(f"{out}: {counted(write(opened.records(wanted), out), 'record')}")
            return
        exported = write_training_zip(
            lambda last: opened.following(last, wanted),
            f"{store.resolve()} {wanted}",
            store,
            out,
            lambda so_far: say(counted(so_far.pictures, "picture")),
        )
    left_out = [f"{exported.unnamed} of no class"] if exported.unnamed else []
    left_out += [f"{exported.gone} without their picture"] if exported.gone else []
    told = f" (left out: {', '.join(left_out)})" if left_out else ""
    print(f"{out}: {counted(exported.pictures, 'picture')}{told}")


@records.command("events")
def list_events(
    store: StoreArgument,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most so many.")] = 20,
) -> None:
    """List what happened to the device itself, the last first: heat, disk, clock, models."""
    from plant_device.store.store import Store

    with Store.existing(store) as opened:
        for event in opened.events(limit):
            doubt = "?" if event.certainty == "uncertain" else " "
            print(plain(f"{event.at.isoformat()[:19]}{doubt} {event.kind}: {event.words}"))


def _zoned(moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone() if moment else None
    except (OverflowError, ValueError):
        raise UserError(f"expected a time of our days, received: {moment}") from None


def require_label(label: str) -> None:
    """Refuse what cannot be a class's name, which is a folder's, or is no class.

    Raises:
        UserError: it is empty or blank, too long, or has signs that no folder's name should have.
    """
    sound = re.fullmatch(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]{0,99}", label) and label.strip()
    if label == "unsure" or not sound:
        raise UserError(
            "expected a class's name of at most 100 letters, without a dot at its start or a "
            f"slash, such as Tomato___healthy or not_leaf, received: {label!r:.120}"
        )
