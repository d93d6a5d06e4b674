"""A running service and its models: taken over, gone back from, never ended by one."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Manifest, SelfTestVector
from plant_device.models.current import MOST_STARTS, CurrentModel
from plant_device.models.history import Installed, begun, rolled_back
from plant_device.models.shelf import Shelf
from plant_device.service.attention import Continuous
from plant_device.service.keeping import Keeping
from plant_device.service.loop import run_loop
from plant_device.service.triggers.button import Button
from plant_device.store.clock import BoardClock
from plant_device.store.store import Store

Command = Callable[..., "subprocess.CompletedProcess[str]"]
PutVersion = Callable[..., Installed]
BLACK = np.zeros((40, 40, 3), np.uint8)


class InstallingSource:
    """Pictures that have nothing to do with one another; before some, something is done."""

    live = False

    def __init__(self, number: int, before: dict[int, Callable[[], object]]) -> None:
        self._number = number
        self._before = before

    def frames(self) -> Iterator[Frame]:
        random = np.random.default_rng(5)
        for index in range(self._number):
            self._before.get(index, lambda: None)()
            picture = random.integers(0, 256, (40, 50, 3), dtype=np.uint8)
            yield Frame(index, f"test:{index}", picture, duration=np.inf)


def _wrong(manifest: Manifest) -> list[SelfTestVector]:
    return [
        SelfTestVector(picture=vector.picture, logits=[-step - 1 for step in vector.logits])
        for vector in manifest.self_test
    ]


def test_each_frame_is_kept_once_with_the_model_that_decided_it(
    put_version: PutVersion, models: Path, tmp_path: Path
) -> None:
    first = put_version("1")
    said: list[str] = []
    current = CurrentModel(models, said.append)
    put: list[Installed] = []
    source = InstallingSource(
        9,
        {
            3: lambda: put.append(put_version("2")),
            5: lambda: put.append(put_version("3")),
            7: lambda: Shelf(models).change(rolled_back),
        },
    )
    keeping = Keeping(
        tmp_path / "store", lambda: current.sha256, BoardClock(), lambda: None, 0, print
    )
    assert run_loop(source, current, [keeping], None, Smoothing(), Continuous(Button())).frames == 9
    with Store(tmp_path / "store") as store:
        kept = {record.classified.frame: record.model for record in store.records()}
    second, third = put
    by_frame = [first] * 3 + [second] * 2 + [third] * 2 + [second] * 2
    assert kept == {index: model.sha256 for index, model in enumerate(by_frame)}
    assert said == [
        f"model {second} takes over from {first}",
        f"model {third} takes over from {second}",
        f"model {second} takes over from {third}",
    ]
    assert [model.proven for model in Shelf(models).history().models] == [True] * 3


def test_that_a_model_takes_over_is_said_once_it_is_on_the_disk(
    put_version: PutVersion, models: Path
) -> None:
    put_version("1")
    proven: list[bool] = []
    current = CurrentModel(models, lambda _: proven.append(Shelf(models).history().current.proven))
    put_version("2")
    current.classify(BLACK)
    assert proven == [True]


def test_it_answers_as_the_model_does(
    put_version: PutVersion, models: Path, manifest: Manifest
) -> None:
    put_version("1")
    current = CurrentModel(models, print)
    before = current.classify(BLACK).prediction
    put_version("2", temperature=manifest.temperature * 3)
    after = current.classify(BLACK).prediction
    assert current.manifest.temperature == manifest.temperature * 3
    assert after.energy == before.energy
    assert after.top[0][1] < before.top[0][1]


@pytest.mark.parametrize("fault", ["self-test", "damaged", "missing", "foreign"])
def test_a_model_that_does_not_start_is_gone_back_from_while_frames_go_on(
    put_version: PutVersion, models: Path, manifest: Manifest, fault: str
) -> None:
    first = put_version("1")
    said: list[str] = []
    current = CurrentModel(models, said.append)
    second = put_version("2", **({"self_test": _wrong(manifest)} if fault == "self-test" else {}))
    path = Shelf(models).path(second)
    if fault == "damaged":
        path.write_bytes(path.read_bytes() + b"\0")
    elif fault == "missing":
        path.unlink()
    elif fault == "foreign":
        path.write_text("my thesis")
    for _ in range(3):
        current.classify(BLACK)
        assert current.sha256 == first.sha256
    (told,) = said
    assert told.startswith(f"model {second} does not start: ")
    assert told.endswith(f"; model {first} goes on")
    history = Shelf(models).history()
    assert history.current.sha256 == first.sha256
    assert history.models[0].fault
    assert history.models[0].fault in told
    assert CurrentModel(models, said.append).sha256 == first.sha256
    assert len(said) == 1, "said once"


def test_a_start_goes_back_to_the_newest_model_that_starts(
    put_version: PutVersion, models: Path, manifest: Manifest
) -> None:
    first, second = put_version("1"), put_version("2", self_test=_wrong(manifest))
    third = put_version("3")
    Shelf(models).path(third).unlink()
    said: list[str] = []
    assert CurrentModel(models, said.append).sha256 == first.sha256
    assert [line.partition(": ")[0] for line in said] == [
        f"model {third} does not start",
        f"model {second} does not start",
        f"model {first} is current again",
    ]
    assert Shelf(models).history().current.sha256 == first.sha256


def test_where_no_model_starts_the_list_stays_and_all_may_start_again(
    put_version: PutVersion, models: Path
) -> None:
    put_version("1")
    second = put_version("2")
    aside = models.with_name("aside")
    for _ in range(MOST_STARTS + 1):
        shutil.copytree(models, aside)
        for path in models.glob("*.tflite"):
            path.unlink()
        with pytest.raises(UserError, match=r"no model in .* starts: install another one"):
            CurrentModel(models, print)
        for path in aside.glob("*.tflite"):
            path.rename(models / path.name)
        shutil.rmtree(aside)
    assert CurrentModel(models, print).sha256 == second.sha256


def test_a_damaged_list_and_a_folder_that_is_gone_change_nothing(
    put_version: PutVersion, models: Path
) -> None:
    first = put_version("1")
    said: list[str] = []
    current = CurrentModel(models, said.append)
    (models / "shelf.json").write_text("{")
    for _ in range(3):
        current.classify(BLACK)
    assert len(said) == 1
    assert said[0].endswith(f"model {first} goes on")
    shutil.rmtree(models)
    current.classify(BLACK)
    assert current.sha256 == first.sha256
    assert len(said) == 1


def test_a_list_that_cannot_be_written_is_told_and_stops_nothing(
    put_version: PutVersion, models: Path
) -> None:
    put_version("1")
    said: list[str] = []
    current = CurrentModel(models, said.append)
    second = put_version("2")
    # In the place of what is renamed to the list: root may write where others may not.
    (models / f".partial-{os.getpid()}-shelf.json").mkdir()
    current.classify(BLACK)
    assert current.sha256 == second.sha256
    assert [line for line in said if "is not written down" in line]


# What ends the whole process


def test_a_model_that_ends_its_process_twice_is_gone_back_from(
    plant_device: Command,
    put_version: PutVersion,
    misbehaving_runtime: dict[str, str],
    models: Path,
    leaves: Path,
) -> None:
    first, second = put_version("1"), put_version("2", "illegal_instruction")
    run = ["run", "--model", models, "--source", leaves, "--json"]
    for starts in range(1, MOST_STARTS + 1):
        assert plant_device(*run, env=misbehaving_runtime).returncode == -signal.SIGILL
        current = Shelf(models).history().current
        assert (current.sha256, current.starts) == (second.sha256, starts)
    told = plant_device(*run, env=misbehaving_runtime)
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) == len(list(leaves.iterdir()))
    assert told.stderr.splitlines()[:2] == [
        f"model {second} does not start: it was begun 2 times, and each time the process ended "
        "before it answered",
        f"model {first} is current again",
    ]
    assert Shelf(models).history().current.sha256 == first.sha256
    again = plant_device(*run, env=misbehaving_runtime)
    assert (again.returncode, again.stdout.count("\n")) == (0, told.stdout.count("\n"))
    assert "does not start" not in again.stderr, "said once"


def test_one_start_that_was_cut_off_is_not_held_against_a_model(
    put_version: PutVersion, models: Path
) -> None:
    put_version("1")
    second = put_version("2")
    Shelf(models).change(lambda history: begun(history, second.sha256, 1))
    assert CurrentModel(models, print).sha256 == second.sha256
    assert Shelf(models).history().current.proven


def test_the_running_model_installed_once_more_is_proven_once_more(
    put_version: PutVersion, models: Path
) -> None:
    put_version("1")
    said: list[str] = []
    current = CurrentModel(models, said.append)
    put_version("1")
    assert not Shelf(models).history().current.proven
    current.classify(BLACK)
    assert Shelf(models).history().current.proven
    assert said == []


def test_a_running_service_takes_a_model_that_is_installed_beside_it(
    device_command: list[str],
    environment: dict[str, str],
    plant_device: Command,
    put_version: PutVersion,
    model_path: Path,
    models: Path,
    tmp_path: Path,
) -> None:
    put_version("0")
    frames = ["run", "--model", str(models), "--source", "synthetic:", "--json"]
    with subprocess.Popen(
        [*device_command, *frames],
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "stderr").open("w"),
        text=True,
        env=environment,
    ) as service:
        assert service.stdout
        seen = [json.loads(service.stdout.readline())["frame"]]
        installed = plant_device("model", "install", model_path, "--models", models)
        assert installed.returncode == 0, installed.stderr
        while "takes over" not in (tmp_path / "stderr").read_text():
            seen.append(json.loads(service.stdout.readline())["frame"])
        seen += [json.loads(service.stdout.readline())["frame"] for _ in range(20)]
        service.kill()
    assert seen == list(range(len(seen)))
    assert Shelf(models).history().current.proven
