"""What a person may be doing when the power goes, an entry each: a shell's loop, and what holds."""

import csv
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from virtual_pi.guest_files import ACKNOWLEDGED_CONSOLE

from power_cuts.recording import STATE

SETTINGS = f"{STATE}/plant-edge.toml"
_RECORDS = f"{STATE}/records"
_MODELS = f"{STATE}/models"
_EXPORTS = f"{STATE}/exports"

Check = Callable[[Path, list[str]], None]
"""Given a folder with a copy of `STATE`, and what this start acknowledged, the oldest first."""


@dataclass(frozen=True)
class Work:
    """Something that is done again and again until the power goes.

    Args:
        command: of a shell, with `$n` counting; a word of it goes to standard output and is
            acknowledged where it ends well.
        check: raises AssertionError for what must not be.
    """

    command: str
    check: Check

    @property
    def loop(self) -> str:
        """The whole of it, in the guest's background."""
        body = f"n=$((n + 1)); if word=$({self.command}); then echo $word; fi"
        return f"(n=0; while :; do {body}; done > {ACKNOWLEDGED_CONSOLE}) 2> /dev/null &"


def _check_models(folder: Path, acknowledged: list[str]) -> None:
    models = folder / "plant-edge" / "models"
    told = subprocess.run(
        [sys.executable, "-m", "plant_device", "model", "list", "--models", models, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [json.loads(line) for line in told.stdout.splitlines()]
    for model in listed:
        content = (models / f"{model['sha256']}.tflite").read_bytes()
        assert sha256(content).hexdigest() == model["sha256"]
    (current,) = [model for model in listed if model["place"] == "current"]
    if acknowledged:
        # The last one, or the one after it, whose installation was under way.
        assert int(current["version"]) - int(acknowledged[-1]) in (0, 1)


def _check_exports(folder: Path, acknowledged: list[str]) -> None:
    exports = folder / "plant-edge" / "exports"
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
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "plant_device",
            "config",
            "show",
            folder / "plant-edge" / "plant-edge.toml",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    if acknowledged:
        rate = int(re.findall("#fps=([0-9]+)", told.stdout)[0])
        assert rate - int(acknowledged[-1]) in (0, 1)


WORKS = {
    "model install": Work(
        f"runuser -u plant-edge -- plant-device model install /host/$n.tflite --models {_MODELS} "
        "> /dev/null && echo $n",
        _check_models,
    ),
    "records export": Work(
        f"mkdir -p {_EXPORTS}; set -- zip csv geojson; shift $((n % 3)); name=$RANDOM-$n.$1; "
        f"plant-device records export {_RECORDS} --out {_EXPORTS}/$name > /dev/null && echo $name",
        _check_exports,
    ),
    "config init": Work(
        f"plant-device config init {SETTINGS} --overwrite --model {_MODELS} --store {_RECORDS} "
        "--source usb:0#fps=$n && echo $n",
        _check_settings,
    ),
}
