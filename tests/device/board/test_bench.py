import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.board.bench import time_stages
from plant_device.board.measured import STAGES, Measured, table_head, table_rows
from plant_device.board.threads import read_thread_counts, thread_counts
from plant_device.board.timings import Timings
from plant_device.classify.classifier import Classifier
from plant_device.contract.errors import UserError

Command = Callable[..., "subprocess.CompletedProcess[str]"]


# Percentiles


def test_percentiles_are_of_what_was_timed() -> None:
    timings = Timings()
    for milliseconds in range(101):
        timings.add("capture", float(milliseconds))
    timings.add("store", 7.0)
    told = timings.percentiles()
    assert list(told) == ["capture", "store"]
    assert told["capture"].model_dump() == {"median": 50, "p95": 95, "p99": 99}
    assert told["store"].model_dump() == {"median": 7, "p95": 7, "p99": 7}


def test_a_stage_that_fails_is_not_counted() -> None:
    timings = Timings()
    with pytest.raises(KeyError), timings.stage("store"):
        raise KeyError
    assert timings.percentiles() == {}


# Threads


@pytest.mark.parametrize(
    ("cores", "counts"),
    [(1, [1]), (2, [1, 2]), (4, [1, 2, 4]), (6, [1, 2, 4, 6]), (12, [1, 2, 4, 8, 12])],
)
def test_threads_double_up_to_all_cores(cores: int, counts: list[int]) -> None:
    assert thread_counts(cores) == counts


def test_threads_are_read() -> None:
    assert read_thread_counts("1,3,4") == [1, 3, 4]


@pytest.mark.parametrize("text", ["", "0", "1,,2", "two", "1;2", "65", "-1", "1.5", "9" * 5000])
def test_what_is_no_number_of_threads_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"such as 1,2,4, received:"):
        read_thread_counts(text)


# The stages


def test_a_store_is_a_stage_where_there_is_one(classifier: Classifier, tmp_path: Path) -> None:
    assert list(time_stages(classifier, "synthetic:", 2).percentiles()) == list(STAGES[:-1])
    assert list(time_stages(classifier, "synthetic:", 2, tmp_path).percentiles()) == list(STAGES)
    assert list(tmp_path.iterdir()) == [], "the temporary store is left"


def test_a_source_that_ends_too_soon_is_told(classifier: Classifier, leaves: Path) -> None:
    with pytest.raises(UserError, match=r"of 25 frames or more, received 7: "):
        time_stages(classifier, str(leaves), 20)


# The command


def test_the_command_prints_lines_for_a_table(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    told = plant_device("bench", model_path, "--calls", 3, "--threads", "1,2", "--store", tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stderr.splitlines() == ["threads 1: 3 frames", "threads 2: 3 frames"]
    head, rule, *rows = told.stdout.splitlines()
    assert [head, rule] == table_head().splitlines()
    assert len(rows) == 2
    columns = [name.strip() for name in head.strip("|").split("|")]
    for row, threads in zip(rows, "12", strict=True):
        cells = dict(
            zip(columns, (cell.strip() for cell in row.strip("|").split("|")), strict=True)
        )
        assert cells["board"]
        assert cells["model"] == "tiny"
        assert cells["threads"] == threads
        for stage in STAGES:
            assert re.fullmatch(r"\d+\.\d\d / \d+\.\d\d / \d+\.\d\d", cells[stage])
    assert list(tmp_path.iterdir()) == []


def test_json_has_the_same_and_a_delegate_that_fails_is_said_once(
    plant_device: Command, model_path: Path
) -> None:
    told = plant_device(
        "bench", model_path, "--calls", 2, "--threads", "1,2", "--delegate", "none.so", "--json"
    )
    assert told.returncode == 0, told.stderr
    notes = [line for line in told.stderr.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1
    assert "not the delegate none.so" in notes[0]
    measured = Measured.model_validate(json.loads(told.stdout))
    assert [(run.threads, run.delegate) for run in measured.runs] == [(1, None), (2, None)]
    assert measured.bytes == model_path.stat().st_size
    assert measured.memory_bytes > 10_000_000
    for run in measured.runs:
        assert list(run.stages) == list(STAGES[:-1])
        for times in run.stages.values():
            assert 0 < times.median <= times.p95 <= times.p99
    assert all("| – |" in row for row in table_rows(measured)), "no store was timed"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--threads", "0"], "expected numbers of threads"),
        (["--store", "/nowhere"], "expected a folder that is there"),
        (["--source", "nothing.mp4"], "nothing is on the disk by this name"),
        (["--calls", "0"], "--calls"),
    ],
)
def test_a_wrong_call_is_one_line(
    plant_device: Command, model_path: Path, arguments: list[str], reason: str
) -> None:
    told = plant_device("bench", model_path, *arguments, "--json")
    assert (told.returncode, told.stdout) == (2, "")
    assert reason in told.stderr.splitlines()[-1]


def test_a_camera_that_is_not_there_is_told_rather_than_waited_for(
    plant_device: Command, model_path: Path
) -> None:
    told = plant_device("bench", model_path, "--source", "/dev/video987")
    assert told.returncode == 2
    assert told.stdout == ""
    assert "the camera is unavailable: " in told.stderr.splitlines()[-1]
