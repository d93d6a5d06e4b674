"""What a person may be doing when the power goes, an entry each: a shell's loop, and what holds."""

import csv
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from plant_device.models.shelf import Shelf
from plant_device.service.settings import read_settings

Check = Callable[[Path, list[str]], None]
"""Given a copy of the state's folder, and what this start acknowledged, the oldest first."""


@dataclass(frozen=True)
class Work:
    """Something that is done again and again until the power goes.

    Args:
        command: of a shell, with `$n` counting, `$state` the state's folder and `$share` one with
            models; a word of it goes to standard output and is acknowledged where it ends well.
        check: raises AssertionError for what must not be.
    """

    command: str
    check: Check

    def loop(self, state: str, share: str) -> str:
        """The whole of it, for ever."""
        body = f"n=$((n + 1)); if word=$({self.command}); then echo $word; fi"
        return f"state={state} share={share} n=0; while :; do {body}; done"


def _check_models(folder: Path, acknowledged: list[str]) -> None:
    shelf = Shelf(folder / "models")
    history = shelf.history()
    for model in history.models:
        assert sha256(shelf.path(model).read_bytes()).hexdigest() == model.sha256
    if acknowledged:
        # The last one, or a later one, whose acknowledgement was under way.
        assert int(history.current.version) >= int(acknowledged[-1])


def _check_exports(folder: Path, acknowledged: list[str]) -> None:
    exports = folder / "exports"
    for name in acknowledged:
        assert (exports / name).exists(), f"{name} was acknowledged"
    for path in exports.glob("[!.]*.csv"):
        rows = list(csv.reader(path.read_text().splitlines()))
        assert {len(row) for row in rows} == {len(rows[0])}
    for path in exports.glob("[!.]*.geojson"):
        json.loads(path.read_text())
    for path in exports.glob("[!.]*.zip"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist()


def _check_settings(folder: Path, acknowledged: list[str]) -> None:
    settings = read_settings(folder / "plant-edge.toml")
    if acknowledged:
        assert settings.source
        assert int(settings.source.rpartition("fps=")[2]) >= int(acknowledged[-1])


WORKS = {
    "model install": Work(
        "plant-device model install $share/$n.tflite --models $state/models > /dev/null && echo $n",
        _check_models,
    ),
    "records export": Work(
        "mkdir -p $state/exports; set -- zip csv geojson; shift $((n % 3)); name=$RANDOM-$n.$1; "
        "plant-device records export $state/records --out $state/exports/$name > /dev/null "
        "&& echo $name",
        _check_exports,
    ),
    "config init": Work(
        "plant-device config init $state/plant-edge.toml --overwrite --model $state/models "
        "--store $state/records --source usb:0#fps=$n && echo $n",
        _check_settings,
    ),
}
