"""`plant-device run --store` and `plant-device records`, as processes."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from plant_device.camera.folder import picture_paths
from plant_device.store.store import Store

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def store(plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path) -> Path:
    """What a session on a folder of pictures has kept."""
    folder = tmp_path / "store"
    ran = plant_device("run", "--model", model_path, "--source", leaves, "--store", folder)
    assert ran.returncode == 0, ran.stderr
    assert f"{len(picture_paths(leaves))} records kept in {folder}" in ran.stderr
    return folder


def _listed(plant_device: Command, store: Path, *options: object) -> list[dict[str, Any]]:
    process = plant_device("records", "list", store, "--json", *options)
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def test_each_picture_of_a_folder_is_a_record_as_classify_tells_it(
    plant_device: Command, model_path: Path, leaves: Path, store: Path
) -> None:
    lines = {line["path"]: line for line in _listed(plant_device, store)}
    classified = plant_device("classify", model_path, leaves, "--json")
    for line in map(json.loads, classified.stdout.splitlines()):
        kept = lines.pop(line["path"])
        assert {key: kept[key] for key in line if key != "ms"} == {
            key: value for key, value in line.items() if key != "ms"
        }
        with Image.open(store / kept["picture"]) as picture:
            picture.load()
    assert lines == {}


def test_a_correction_is_kept_shown_and_undone(plant_device: Command, store: Path) -> None:
    first = _listed(plant_device, store)[-1]["id"]
    corrected = plant_device(
        "records", "correct", store, first, "Apple___scab", "--note", "seen twice"
    )
    assert corrected.returncode == 0
    (line,) = _listed(plant_device, store, "--corrected")
    assert (line["id"], line["corrected"], line["note"]) == (first, "Apple___scab", "seen twice")
    told = plant_device("records", "list", store, "--corrected").stdout
    assert told.rstrip().endswith("→ Apple___scab  seen twice")
    assert plant_device("records", "correct", store, first).returncode == 0
    assert _listed(plant_device, store, "--corrected") == []


def test_a_note_is_one_line_and_does_not_steer_the_terminal(
    plant_device: Command, store: Path
) -> None:
    plant_device("records", "correct", store, 1, "--note", "below\n\x1b[2Jabove")
    assert plant_device("records", "list", store).stdout.count("  below ?[2Jabove\n") == 1


def test_deleted_records_are_in_no_list_and_no_export_until_restored(
    plant_device: Command, store: Path, tmp_path: Path
) -> None:
    numbers = [line["id"] for line in _listed(plant_device, store)]
    deleted = plant_device("records", "delete", store, numbers[0], numbers[2])
    assert deleted.returncode == 0, deleted.stderr
    left = [number for number in numbers if number not in (numbers[0], numbers[2])]
    assert [line["id"] for line in _listed(plant_device, store)] == left
    out = tmp_path / "records.csv"
    assert plant_device("records", "export", store, "-o", out).stdout.endswith(
        f"{len(left)} records\n"
    )
    lines = _listed(plant_device, store, "--deleted")
    assert [line["id"] for line in lines] == [numbers[0], numbers[2]]
    assert all(line["deleted"] for line in lines)
    again = plant_device("records", "delete", store, numbers[0])
    assert again.returncode == 2
    assert f"there is no record {numbers[0]}" in again.stderr
    assert plant_device("records", "restore", store, numbers[0], numbers[2]).returncode == 0
    assert [line["id"] for line in _listed(plant_device, store)] == numbers


def test_the_table_has_a_row_for_each_record_and_no_formula(
    plant_device: Command, store: Path, tmp_path: Path
) -> None:
    plant_device("records", "correct", store, 1, "=cmd()", "--note", "+1")
    out = tmp_path / "records.csv"
    exported = plant_device("records", "export", store, "-o", out)
    lines = _listed(plant_device, store)
    assert exported.stdout == f"{out}: {len(lines)} records\n"
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [str(line["id"]) for line in lines]
    assert [row["label"] for row in rows] == [line["label"] for line in lines]
    assert (rows[-1]["corrected"], rows[-1]["note"]) == ("'=cmd()", "'+1")
    again = plant_device("records", "export", store, "-o", out)
    assert again.returncode == 2
    assert "records.csv exists: choose another path, or say --overwrite" in again.stderr


def test_since_and_until_are_of_this_machines_clock(plant_device: Command, store: Path) -> None:
    number = len(_listed(plant_device, store))
    assert len(_listed(plant_device, store, "--since", "2020-01-01")) == number
    assert _listed(plant_device, store, "--until", "2020-01-01") == []


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (("list", "nowhere"), "there is no records.db in nowhere"),
        (("correct", "STORE", "99999", "x"), "there is no record 99999"),
        (("export", "STORE", "-o", "records.xlsx"), "expected a name that ends in .csv"),
    ],
)
def test_a_wrong_order_is_one_line(
    plant_device: Command, store: Path, order: tuple[str, ...], sentence: str
) -> None:
    given = [store if word == "STORE" else word for word in order]
    process = plant_device("records", *given)
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1, process.stderr
    assert sentence in process.stderr


def test_of_a_camera_an_answer_is_kept_when_it_comes_to_be_shown(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    ran = plant_device(
        "run", "--model", model_path, "--source", "synthetic:", "--frames", 90, "--steady", 0.2,
        "--store", folder,
    )  # fmt: skip
    shown = [line for line in ran.stdout.splitlines() if "→" in line]
    answers = [line for line in shown if "frames disagree" not in line]
    with Store(folder) as opened:
        kept = opened.count()
    assert 0 < kept <= len(answers)
    assert kept < 90


def test_a_store_that_cannot_be_written_is_told_before_the_first_frame(
    plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    ran = plant_device(
        "run", "--model", model_path, "--source", leaves, "--store", tmp_path / "taken"
    )
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "expected a folder for records, received another kind of file" in ran.stderr
