"""The commands `plant-device records …`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import (
    new_command_group,
    require_ending,
    require_new_file,
    say,
)

records = new_command_group("What a device has kept: list it, correct it, take it home.")

StoreArgument = Annotated[Path, typer.Argument(metavar="DIR", help="What `run --store` wrote.")]
SinceOption = Annotated[
    datetime | None, typer.Option(help="Taken then or later, by this machine's clock.")
]
UntilOption = Annotated[datetime | None, typer.Option(help="Taken before then.")]
CorrectedOption = Annotated[bool, typer.Option("--corrected", help="Only what was corrected.")]


@records.command("list")
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
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a record.")] = False,
) -> None:
    """List records, the newest first."""
    from plant_device.store.export.lines import record_line
    from plant_device.store.store import Store, Wanted

    wanted = Wanted(_zoned(since), _zoned(until), decision, label, corrected)
    with Store.existing(store, say) as opened:
        for record in opened.records(wanted, limit):
            line = record_line(record)
            print(line.model_dump_json(exclude_none=True) if as_json else line.sentence)
        say(counted(opened.count(wanted)))


@records.command("correct")
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


@records.command("export")
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
    print(f"{out}: {counted(number)}")


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.astimezone() if moment else None


def counted(number: int) -> str:
    """So many records, in words."""
    return f"{number} record" if number == 1 else f"{number} records"
