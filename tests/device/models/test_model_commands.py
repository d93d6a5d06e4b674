"""`plant-device model list` and `rollback`, as processes."""

import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from plant_device.models.history import Installed, rolled_back, settled
from plant_device.models.lines import ModelLine, model_lines, sentences
from plant_device.models.shelf import Shelf

Command = Callable[..., "subprocess.CompletedProcess[str]"]
PutVersion = Callable[..., Installed]


def test_json_is_one_line_a_model_the_newest_first(
    plant_device: Command, put_version: PutVersion, models: Path
) -> None:
    put = [put_version(version) for version in "123"]
    Shelf(models).change(rolled_back)
    told = plant_device("model", "list", "--models", models, "--json")
    assert (told.returncode, told.stderr) == (0, "")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(line["place"], line["version"]) for line in lines] == [
        ("set_aside", "3"),
        ("current", "2"),
        ("former", "1"),
    ]
    for line, model in zip(lines, reversed(put), strict=True):
        assert (line["sha256"], line["bytes"], line["name"]) == (model.sha256, model.bytes, "tiny")
        assert datetime.fromisoformat(line["installed_at"].replace("Z", "+00:00")).tzinfo
        assert line["proven"] is False


def test_words_tell_what_json_does(put_version: PutVersion, models: Path) -> None:
    first, second = put_version("1"), put_version("2")
    history = Shelf(models).change(
        lambda history: settled(
            history, second.sha256, first.sha256, {second.sha256: "it computes wrongly"}
        )
    )
    aside, current = sentences(history)
    assert re.fullmatch(
        rf"set aside  {re.escape(str(second))}, 0\.0 MB, installed 20\d\d-\d\d-\d\d \d\d:\d\d, "
        r"not yet proven, it computes wrongly",
        aside,
    )
    assert current.startswith(f"current    {first}, ")
    assert current.endswith(", proven")
    assert [line.fault for line in model_lines(history)] == ["it computes wrongly", None]


def test_a_rollback_is_told_and_the_oldest_has_none(
    plant_device: Command, put_version: PutVersion, models: Path
) -> None:
    first, second = put_version("1"), put_version("2")
    told = plant_device("model", "rollback", "--models", models)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"{first} is current again, instead of {second}\n"
    assert Shelf(models).history().current.sha256 == first.sha256
    again = plant_device("model", "rollback", "--models", models)
    assert again.returncode == 2
    assert again.stderr == f"error: there is no model to go back to: {first} is the oldest\n"


@pytest.mark.parametrize(
    "order",
    [["model", "list", "--models"], ["model", "rollback", "--models"]],
    ids=["list", "rollback"],
)
def test_a_folder_without_models_is_one_line(
    plant_device: Command, tmp_path: Path, order: list[str]
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        told = plant_device(*order, folder)
        assert told.returncode == 2
        assert told.stderr == (
            "error: expected a folder that plant-device model install wrote: there is no "
            f"shelf.json in {folder}\n"
        )


def test_every_key_of_a_line_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "json.md").read_text()
    section = page.partition("## An installed model\n")[2].partition("\n## ")[0]
    missing = [key for key in ModelLine.model_fields if f"`{key}`" not in section]
    assert not missing


def test_a_model_whose_file_is_gone_is_told(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    assert plant_device("model", "install", model_path, "--models", models).returncode == 0
    (file,) = models.glob("*.tflite")
    file.unlink()
    listed = plant_device("model", "list", "--models", models)
    assert listed.returncode == 0
    assert "is gone: install it again" in listed.stderr
