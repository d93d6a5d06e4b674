"""The commands `plant-device doctor` and `plant-device bench`."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from plant_device.board.finding import Level
from plant_device.contract.errors import DONE, REFUSED

_PLURALS: Mapping[Level, str] = {"ok": "ok", "warning": "warnings", "failure": "failures"}


def doctor(
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A model file: is it whole, does it compute rightly?"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="As of run: does it give a frame?"),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="As of run: can records be kept there, and how fast?"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, on stdout.")] = False,
) -> int:
    """Look for what is wrong with this machine; each line is ok, a warning or a failure.

    Under a line that is not ok stands what to do. Name what you will run with, and it is tried:

    plant-device doctor --model leaves.tflite --source usb:0 --store records

    Exit code 0: nothing failed, 1: something did. Nothing is changed; 1.6 MB are written, and
    removed, to time the disk.
    """
    from plant_device.board.doctor import examine, line
    from plant_device.board.finding import Asked

    asked = Asked(model=model, source=source, store=store)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    findings = []
    for finding in examine(asked):
        findings.append(finding)
        if not as_json:
            print(line(finding, colour=colour), flush=True)
    counts = Counter(finding.level for finding in findings)
    if as_json:
        told = {"findings": [asdict(finding) for finding in findings]}
        print(json.dumps(told | {level: counts[level] for level in _PLURALS}))
    else:
        counted = (
            f"{counts[level]} {level if counts[level] == 1 else plural}"
            for level, plural in _PLURALS.items()
        )
        print(f"\n{', '.join(counted)}")
    return REFUSED if counts["failure"] else DONE


def bench(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file of plant-convert.")],
    source: Annotated[
        str, typer.Option(metavar="SOURCE", help="As of run; of a camera capture is its pace.")
    ] = "synthetic:",
    calls: Annotated[int, typer.Option(min=1, max=1_000_000, help="So many frames each.")] = 100,
    threads: Annotated[
        str | None,
        typer.Option(metavar="N,N,…", help="Such as 1,2,4.  [default: 1, 2, 4 … all cores]"),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep each frame in a temporary store in this folder, which is removed.",
        ),
    ] = None,
    delegate: Annotated[str | None, typer.Option(metavar="LIBRARY", help="As of classify.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, on stdout.")] = False,
) -> None:
    """Time a frame's way stage by stage: capture, geometry, inference, decision, store.

    Prints the head and the lines of a Markdown table, times in ms as median / p95 / p99. End other
    programs first.
    """
    from plant_device.board.bench import measure_board
    from plant_device.board.measured import table_head, table_rows
    from plant_device.board.threads import read_thread_counts, thread_counts

    numbers = read_thread_counts(threads) if threads else thread_counts(os.cpu_count() or 1)
    measured = measure_board(model, source, calls, numbers, store, delegate)
    if as_json:
        print(measured.model_dump_json())
    else:
        print("\n".join((table_head(), *table_rows(measured))))
