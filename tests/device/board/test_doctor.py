import json
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plant_device.board.checks import CHECKS
from plant_device.board.doctor import examine, line
from plant_device.board.finding import Asked, Finding

LEVELS = ("ok", "warning", "failure")
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _fine(asked: Asked) -> list[Finding]:
    return [Finding("fine", "ok", "all is well"), Finding("fine too", "ok", "still")]


def test_a_check_that_raises_is_a_failure_and_the_others_go_on() -> None:
    def broken(asked: Asked) -> list[Finding]:
        raise KeyError("MemTotal")

    found = list(examine(Asked(), {"memory": broken, "fine": _fine}))
    assert [(finding.name, finding.level) for finding in found] == [
        ("memory", "failure"),
        ("fine", "ok"),
        ("fine too", "ok"),
    ]
    assert "KeyError" in found[0].what


def test_a_check_that_hangs_is_a_failure_and_the_others_go_on() -> None:
    for_ever = threading.Event()

    def hangs(asked: Asked) -> list[Finding]:
        for_ever.wait()
        return [Finding("disk", "ok", "after all")]

    found = list(examine(Asked(), {"disk": hangs, "fine": _fine}, seconds=0.2))
    for_ever.set()
    assert [finding.level for finding in found] == ["failure", "ok", "ok"]
    assert "within 0.2 s" in found[0].what


def test_no_check_raises_on_a_machine_without_any_file(tmp_path: Path) -> None:
    found = list(examine(Asked(root=tmp_path)))
    assert {finding.name for finding in found} >= {"board", "memory", "runtime", "OpenCV"}
    assert not [finding for finding in found if "could not be looked at" in finding.what]


def test_each_file_of_a_check_is_in_the_list() -> None:
    import plant_device.board.checks as package

    names = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__"}
    assert {check.__module__.rpartition(".")[2] for check in CHECKS.values()} == names


def test_a_line_has_what_to_do_below_it_and_colour_where_it_is_asked_for() -> None:
    finding = Finding("disk", "warning", "little room", "delete something")
    assert line(finding, colour=False) == (
        "warning  disk          little room\n                       → delete something"
    )
    assert line(finding, colour=True).startswith("\033[33mwarning\033[0m  disk")
    assert line(Finding("disk", "ok", "room"), colour=False) == "ok       disk          room"


# The command


def _examined(told: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert told.stderr == ""
    examined: dict[str, Any] = json.loads(told.stdout)
    return examined


def test_a_machine_is_examined_with_what_it_will_run(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    told = plant_device(
        "doctor", "--model", model_path, "--source", "synthetic:", "--store", tmp_path, "--json"
    )
    examined = _examined(told)
    levels = {finding["name"]: finding["level"] for finding in examined["findings"]}
    for name in ("Python", "runtime", "OpenCV", "source", "store", "model", "self-test"):
        assert levels[name] == "ok", examined["findings"]
    for finding in examined["findings"]:
        assert list(finding) == ["name", "level", "what", "to_do"]
        assert bool(finding["to_do"]) or finding["level"] == "ok"
    counted = Counter(finding["level"] for finding in examined["findings"])
    assert [examined[level] for level in LEVELS] == [counted[level] for level in LEVELS]
    assert told.returncode == (1 if examined["failure"] else 0)


def test_a_failure_is_exit_code_1_and_says_what_to_do(
    plant_device: Command, tmp_path: Path
) -> None:
    told = plant_device("doctor", "--model", tmp_path / "none.tflite")
    assert told.returncode == 1
    assert told.stderr == ""
    lines = told.stdout.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("FAILURE  model"))
    assert lines[at + 1].lstrip().startswith("→ copy the file again")
    assert re.fullmatch(r"\d+ ok, \d+ warnings?, [1-9]\d* failures?", lines[-1])
    assert "\033" not in told.stdout
