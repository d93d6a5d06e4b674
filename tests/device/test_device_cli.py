import itertools
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from plant_device.classify.line import ClassifiedLine
from plant_device.classify.verdict_line import VerdictLine
from plant_device.contract.manifest import Manifest, SelfTestVector

Command = Callable[..., "subprocess.CompletedProcess[str]"]
KEYS_OF_A_PICTURE = [key for key in ClassifiedLine.model_fields if key not in ("frame", "shown")]


def _lines(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def _assert_one_error(told: "subprocess.CompletedProcess[str]", code: int = 2) -> str:
    assert told.returncode == code
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1, told.stderr
    assert told.stderr.startswith("error: ")
    return told.stderr


@pytest.fixture(scope="module")
def classified(
    plant_device: Command, model_path: Path, leaves: Path
) -> "subprocess.CompletedProcess[str]":
    return plant_device("classify", "--json", model_path, leaves)


# classify


def test_json_is_one_line_a_picture_and_nothing_else(
    classified: "subprocess.CompletedProcess[str]", leaves: Path
) -> None:
    assert classified.returncode == 0
    assert classified.stderr == ""
    lines = _lines(classified.stdout)
    assert [line["path"] for line in lines] == [str(path) for path in sorted(leaves.iterdir())]
    for line in lines:
        assert list(line) == KEYS_OF_A_PICTURE
        ClassifiedLine.model_validate(line)
        assert line["label"] == line["top"][0]["label"]
        assert line["probability"] == line["top"][0]["probability"]
        assert sum(entry["probability"] for entry in line["top"]) == pytest.approx(1, abs=1e-5)
    assert len({line["label"] for line in lines}) > 1


def test_a_camera_and_a_folder_of_the_same_pictures_agree(
    classified: "subprocess.CompletedProcess[str]",
    plant_device: Command,
    model_path: Path,
    leaves: Path,
) -> None:
    ran = plant_device("run", "--model", model_path, "--source", leaves, "--json")
    assert ran.returncode == 0
    pictures, frames = _lines(classified.stdout), _lines(ran.stdout)
    assert [line.pop("frame") for line in frames] == list(range(len(pictures)))
    for line in frames:
        # Pictures of a folder have nothing to do with one another.
        shown = line.pop("shown")
        assert (shown["decision"], shown["cause"], shown["share"]) == (
            line["decision"],
            "steady",
            1,
        )
        assert shown.get("label", line["label"]) == line["label"]
    for line in (*pictures, *frames):
        assert line.pop("ms") > 0
    assert frames == pictures


def test_words_are_one_line_a_picture(
    plant_device: Command, model_path: Path, leaves: Path
) -> None:
    told = plant_device("classify", model_path, leaves / "leaf_0.png", leaves / "leaf_1.jpg")
    assert (told.returncode, told.stderr) == (0, "")
    first, second = told.stdout.splitlines()
    assert re.fullmatch(rf"{re.escape(str(leaves))}/leaf_0\.png: [A-Z].* \(\d+%\)", first)
    assert second.startswith(f"{leaves}/leaf_1.jpg: ")


def test_pictures_and_folders_come_in_the_order_they_are_named(
    plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "z.png")
    names = [leaves / "leaf_2.png", tmp_path, leaves / "leaf_0.png"]
    told = plant_device("classify", "--json", "--threads", "1", model_path, *names)
    assert [line["path"] for line in _lines(told.stdout)] == [
        str(leaves / "leaf_2.png"),
        str(tmp_path / "z.png"),
        str(leaves / "leaf_0.png"),
    ]


def test_bad_pictures_are_named_and_the_others_classified_all_the_same(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    grain = np.random.default_rng(41).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    for name in ("a_good.png", "m_good.jpg", "z_good.webp"):
        Image.fromarray(grain).save(tmp_path / name)
    bad = ["b_text.jpg", "c_empty.png", "d_half.jpg", "e_half.png", "f_dot.png", "g_gif.bmp"]
    (tmp_path / bad[0]).write_text("not a picture")
    (tmp_path / bad[1]).touch()
    (tmp_path / bad[2]).write_bytes((tmp_path / "m_good.jpg").read_bytes()[:1500])
    (tmp_path / bad[3]).write_bytes((tmp_path / "a_good.png").read_bytes()[:1500])
    Image.new("RGB", (1, 1)).save(tmp_path / bad[4])
    Image.new("RGB", (60, 60)).save(tmp_path / bad[5], "GIF")
    told = plant_device("classify", "--json", model_path, tmp_path)
    assert told.returncode == 2
    assert [Path(line["path"]).name for line in _lines(told.stdout)] == [
        "a_good.png",
        "m_good.jpg",
        "z_good.webp",
    ]
    errors = told.stderr.splitlines()
    assert len(errors) == len(bad)
    for error, name in zip(errors, bad, strict=True):
        assert error.startswith("error: ")
        assert str(tmp_path / name) in error


def test_a_sound_picture_with_odd_exif_is_classified_without_a_word(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    # One entry that says it is larger than the file.
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\xff\xff\xff\xf0\0\0\0\x1a\0\0\0\0"
    Image.new("RGB", (60, 60), (9, 99, 9)).save(tmp_path / "leaf.jpg", exif=exif)
    told = plant_device("classify", "--json", model_path, tmp_path / "leaf.jpg")
    assert (told.returncode, told.stderr) == (0, "")
    assert len(_lines(told.stdout)) == 1


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "words"])
def test_a_name_that_is_not_utf8_is_told_with_escapes(
    device_command: list[str],
    environment: dict[str, str],
    model_path: Path,
    tmp_path: Path,
    options: list[str],
) -> None:
    path = tmp_path / os.fsdecode(b"bl\xe4tt.png")
    with path.open("wb") as file:
        Image.new("RGB", (60, 60)).save(file, "PNG")
    told = subprocess.run(
        [*device_command, "classify", *options, str(model_path), str(path)],
        env=environment | {"PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, b"")
    text = told.stdout.decode()
    assert r"bl\udce4tt.png" in (json.loads(text)["path"] if options else text)


def test_a_missing_picture_is_one_line_that_names_it(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    told = plant_device("classify", "--json", model_path, tmp_path / "nowhere.jpg")
    assert str(tmp_path / "nowhere.jpg") in _assert_one_error(told)


@pytest.mark.parametrize("command", ["classify", "run"])
def test_a_model_that_is_none_is_one_line_that_names_it(
    plant_device: Command, leaves: Path, tmp_path: Path, command: str
) -> None:
    model = tmp_path / "model.tflite"
    model.write_text("not a model")
    if command == "classify":
        told = plant_device("classify", model, leaves)
    else:
        told = plant_device("run", "--model", model, "--source", leaves)
    assert str(model) in _assert_one_error(told)


def test_a_model_whose_arithmetic_is_wrong_here_is_refused_with_exit_code_1(
    plant_device: Command, altered_model: Callable[..., Path], manifest: Manifest, leaves: Path
) -> None:
    wrong = [
        SelfTestVector(picture=vector.picture, logits=[-step - 1 for step in vector.logits])
        for vector in manifest.self_test
    ]
    told = plant_device("classify", "--json", altered_model(self_test=wrong), leaves)
    assert "fails its self-test" in _assert_one_error(told, code=1)


def test_a_model_whose_arithmetic_is_close_is_used_and_the_note_kept_off_stdout(
    plant_device: Command, altered_model: Callable[..., Path], manifest: Manifest, leaves: Path
) -> None:
    close = [
        SelfTestVector(
            picture=vector.picture,
            logits=[step + (2 if step < 0 else -2) for step in vector.logits],
        )
        for vector in manifest.self_test
    ]
    model = altered_model(self_test=close)
    told = plant_device("classify", "--json", model, leaves / "leaf_0.png")
    assert told.returncode == 0
    assert len(_lines(told.stdout)) == 1
    assert told.stderr == (
        "note: altered.tflite: logits differ from its self-test by up to 2 int8 steps\n"
    )


# run


def test_frames_end_at_the_limit_with_a_summary_on_stderr(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "new" / "sheet.jpg"
    options = ["--source", "synthetic:", "--frames", "5", "--sheet", sheet]
    told = plant_device("run", "--model", model_path, *options)
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) == 5
    for number, line in enumerate(told.stdout.splitlines()):
        assert re.fullmatch(rf" +{number} +\d+\.\d ms  [A-Z].* \(\d+%\)", line)
    ended, counts, where = told.stderr.splitlines()
    assert ended == "5 frames, frame limit"
    assert sum(int(number) for number in re.findall(r"\d+", counts)) == 5
    assert where == f"sheet: {sheet}"
    with Image.open(sheet) as picture:
        assert (picture.format, picture.size) == ("JPEG", (6 * 220, 278))


def test_an_arrow_tells_what_frames_say_together_where_it_changes(
    plant_device: Command, model_path: Path
) -> None:
    options = ["--source", "synthetic:", "--frames", "40", "--steady", "0.5"]
    told = plant_device("run", "--model", model_path, *options)
    assert told.returncode == 0, told.stderr
    arrows = [line.strip() for line in told.stdout.splitlines() if "→" in line]
    assert 1 <= len(arrows) < 10
    assert all(one != other for one, other in itertools.pairwise(arrows))


def _leaf(seed: int) -> np.ndarray:
    """A leaf-coloured picture, BGR, of large patches."""
    random = np.random.default_rng(seed)
    patches = random.integers((0, 60, 0), (60, 250, 60), (8, 8, 3)).astype(np.uint8)
    return np.kron(patches, np.ones((30, 30, 1), np.uint8)).astype(np.uint8)


@pytest.fixture
def three_leaves(tmp_path: Path) -> Path:
    """A video of three leaves, held before the camera for three seconds each."""
    path = tmp_path / "leaves.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (240, 240))
    for seed in range(3):
        for _ in range(30):
            video.write(_leaf(seed))
    video.release()
    return path


def test_inspect_has_several_leaves_vote_and_keeps_them_with_their_verdict(
    plant_device: Command, model_path: Path, three_leaves: Path, tmp_path: Path
) -> None:
    options = ["--mode", "inspect", "--leaves", "3", "--model", model_path, "--source"]
    told = plant_device("run", *options, three_leaves, "--json", "--store", tmp_path / "store")
    assert told.returncode == 0, told.stderr
    *frames, last = _lines(told.stdout)
    verdict = VerdictLine.model_validate(last).verdict
    concluded = [line for line in frames if line["shown"]["concluded"]]
    assert [line["frame"] // 30 for line in concluded] == [0, 1, 2]
    assert verdict.leaves == 3 == sum(entry.leaves for entry in verdict.votes)
    labels = [line["shown"].get("label") for line in concluded]
    assert {(entry.label, entry.leaves) for entry in verdict.votes} == set(Counter(labels).items())
    records = plant_device("records", "list", "--json", tmp_path / "store")
    assert [line["inspection"] for line in _lines(records.stdout)] == [1, 1, 1]
    words = plant_device("run", *options, three_leaves)
    told_leaves = re.findall(r"^leaf (\d) of 3: .*$", words.stdout, re.MULTILINE)
    assert told_leaves == ["1", "2", "3"]
    assert words.stdout.splitlines()[-1].startswith("3 leaves: ")


def test_interval_looks_now_and_then(
    plant_device: Command, model_path: Path, three_leaves: Path
) -> None:
    options = ["--mode", "interval", "--every", "4", "--model", model_path, "--json"]
    told = plant_device("run", *options, "--source", three_leaves)
    concluded = [line["frame"] for line in _lines(told.stdout) if line["shown"]["concluded"]]
    assert [frame // 40 for frame in concluded] == [0, 1, 2]
    assert len(_lines(told.stdout)) < 40
    assert told.stderr.startswith("90 frames, source ended")


def test_motion_looks_when_the_picture_changes(
    plant_device: Command, model_path: Path, three_leaves: Path
) -> None:
    told = plant_device(
        "run", "--mode", "motion", "--model", model_path, "--json", "--source", three_leaves,
        "--config", _settings(three_leaves.parent, "[decision]\nrest = 0.5"),
    )  # fmt: skip
    begun = {line["frame"] // 30 for line in _lines(told.stdout)}
    assert begun == {1, 2}


def _settings(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_a_press_of_enter_is_one_look(
    device_command: list[str], environment: dict[str, str], model_path: Path
) -> None:
    command = [*device_command, "run", "--mode", "button", "--model", str(model_path), "--json"]
    with subprocess.Popen(
        [*command, "--source", "synthetic:"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        bufsize=1,
    ) as session:
        assert session.stdin
        assert session.stdout
        for _ in range(2):
            session.stdin.write("\n")
            shown = json.loads(session.stdout.readline())["shown"]
            while not shown["concluded"]:
                shown = json.loads(session.stdout.readline())["shown"]
        assert not select.select([session.stdout], [], [], 1.0)[0]
        session.kill()


# config


def test_settings_are_written_checked_and_run(
    plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    assert plant_device("config", "init", path).returncode == 0
    # Passwords come to stand in it.
    assert path.stat().st_mode & 0o007 == 0
    assert str(path) in _assert_one_error(plant_device("config", "init", path))
    assert plant_device("config", "check", path).stderr == f"{path}: sound\n"
    assert plant_device("config", "show", path).stdout == path.read_text()
    text = path.read_text().replace("# model =", f'model = "{model_path}"')
    path.write_text(text.replace("# source =", f'source = "{leaves}"'))
    ran = plant_device("run", "--config", path, "--json")
    assert len(_lines(ran.stdout)) == 7
    path.write_text("[decision]\nmodus = 'inspect'")
    for command in (["config", "check", path], ["run", "--config", path]):
        assert "decision.modus is no setting (did you mean mode?)" in _assert_one_error(
            plant_device(*command)
        )


def test_what_neither_the_line_nor_a_file_says_is_one_line(
    plant_device: Command, model_path: Path
) -> None:
    assert "expected --model" in _assert_one_error(plant_device("run", "--source", "synthetic:"))
    assert "expected --source" in _assert_one_error(plant_device("run", "--model", model_path))
    wrong = plant_device("run", "--model", model_path, "--source", "synthetic:", "--mode", "loud")
    assert "'inspect', received 'loud'" in _assert_one_error(wrong)


def test_a_sheet_that_exists_is_refused_before_any_work(
    plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.jpg"
    sheet.write_text("precious")
    options = ["--model", model_path, "--source", leaves, "--sheet", sheet]
    error = _assert_one_error(plant_device("run", *options))
    assert str(sheet) in error
    assert "--overwrite" in error
    assert sheet.read_text() == "precious"
    told = plant_device("run", "--overwrite", *options)
    assert told.returncode == 0
    with Image.open(sheet) as picture:
        assert picture.size == (6 * 220, 2 * 278)


@pytest.mark.parametrize("source", ["notes.txt", "walk.mp4", "nowhere"])
def test_a_source_that_is_none_is_one_line_and_no_sheet(
    plant_device: Command, model_path: Path, tmp_path: Path, source: str
) -> None:
    (tmp_path / "notes.txt").write_text("This is not a video.\n")
    (tmp_path / "walk.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    options = ["--source", tmp_path / source, "--sheet", tmp_path / "sheet.jpg"]
    told = plant_device("run", "--model", model_path, *options)
    assert str(tmp_path / source) in _assert_one_error(told)
    assert not (tmp_path / "sheet.jpg").exists()


def test_a_bad_picture_of_a_folder_is_named_and_counted_and_the_others_classified(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.new("RGB", (60, 60)).save(pictures / "1.png")
    (pictures / "2.png").write_text("not a picture")
    Image.new("RGB", (60, 60)).save(pictures / "3.png")
    (pictures / "4.jpg").touch()
    sheet = tmp_path / "sheet.png"
    options = ["--source", pictures, "--json", "--sheet", sheet]
    told = plant_device("run", "--model", model_path, *options)
    assert told.returncode == 2
    named = [str(pictures / name) for name in ("1.png", "3.png")]
    assert [line["path"] for line in _lines(told.stdout)] == named
    assert sheet.exists()
    *errors, ended, counts, where = told.stderr.splitlines()
    for error, name in zip(errors, ("2.png", "4.jpg"), strict=True):
        assert error.startswith("error: expected a")
        assert str(pictures / name) in error
    assert ended == "2 frames, 2 damaged, source ended"
    assert counts.endswith(" 2")
    assert where == f"sheet: {sheet}"


def test_one_frame_is_not_called_frames(
    plant_device: Command, model_path: Path, leaves: Path
) -> None:
    told = plant_device("run", "--model", model_path, "--source", leaves / "leaf_0.png")
    assert told.stderr.splitlines()[0] == "1 frame, source ended"


def test_a_place_is_checked_where_no_record_is_kept_and_is_said_to_do_nothing(
    plant_device: Command, model_path: Path, leaves: Path
) -> None:
    run = ("run", "--model", model_path, "--source", leaves / "leaf_0.png", "--place")
    told = plant_device(*run, "foo")
    assert told.returncode == 2
    assert "received: foo" in told.stderr
    told = plant_device(*run, "52.1,11.6")
    assert told.returncode == 0
    assert "without --store none is kept" in told.stderr.splitlines()[0]


def test_a_source_of_one_bad_picture_is_told(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "leaf.png"
    bad.write_text("not a picture")
    told = plant_device("run", "--model", model_path, "--source", bad)
    assert (told.returncode, told.stdout) == (2, "")
    error, ended = told.stderr.splitlines()
    assert str(bad) in error
    assert ended == "0 frames, 1 damaged, source ended"


def _listen_to_sigint() -> None:
    # A shell that runs the tests in the background makes its children ignore it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_session_with_its_summary_its_sheet_and_130(
    device_command: list[str], environment: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.jpg"
    command = [*device_command, "run", "--model", str(model_path), "--source", "synthetic:"]
    with subprocess.Popen(
        [*command, "--json", "--sheet", str(sheet)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=_listen_to_sigint,
    ) as session:
        assert session.stdout is not None
        first = "".join(session.stdout.readline() for _ in range(2))
        session.send_signal(signal.SIGINT)
        rest, stderr = session.communicate(timeout=60)
    assert session.returncode == 130
    frames = [line["frame"] for line in _lines(first + rest)]
    assert frames == list(range(len(frames)))
    counts, where, last = stderr.splitlines()
    assert sum(int(number) for number in re.findall(r"\d+", counts)) in (
        len(frames),
        len(frames) - 1,
    )
    assert where == f"sheet: {sheet}"
    assert last == "error: stopped"
    with Image.open(sheet) as picture:
        picture.load()


def test_a_camera_that_dies_is_told_once_and_the_session_goes_on(
    plant_device: Command, model_path: Path
) -> None:
    ran = plant_device(
        "run", "--model", model_path, "--source", "synthetic:live,die@5", "--frames", 12, "--json"
    )
    assert ran.returncode == 0, ran.stderr
    assert [line["frame"] for line in _lines(ran.stdout)] == list(range(12))
    told = [line for line in ran.stderr.splitlines() if line.startswith("camera ")]
    lost = "camera lost: the process that reads it ended with exit code 1; it is opened again"
    assert told[:2] == [lost, "camera running"]
    assert re.search(r"^12 frames, \d+ dropped, frame limit$", ran.stderr, re.MULTILINE)


def test_a_reader_that_has_seen_enough_ends_a_session_quietly(
    device_command: list[str], environment: dict[str, str], model_path: Path
) -> None:
    command = [*device_command, "run", "--model", str(model_path), "--source", "synthetic:"]
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as session:
        assert session.stdout is not None
        assert session.stderr is not None
        json.loads(session.stdout.readline())
        session.stdout.close()
        stderr = session.stderr.read().decode()
        session.wait(60)
    assert session.returncode == 0
    assert "rror" not in stderr
    assert len(stderr.splitlines()) == 1, "the summary alone"


# The command itself


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["classify", "--colour", "m", "p"], "--colour"),
        (["run", "--model", "m"], "--source"),
        (["run", "--model", "m", "--source", "s", "--frames", "0"], "--frames"),
        (
            ["run", "--model", "m", "--source", "s", "--store", ""],
            "a value after --store, received",
        ),
        (["run", "--model=", "--source", "s"], "a value after --model, received an empty one"),
        (["classify", "", "p"], "a value after classify, received an empty one"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_mistake(
    plant_device: Command, arguments: list[str], named: str
) -> None:
    assert named.lower() in _assert_one_error(plant_device(*arguments)).lower()


def test_without_arguments_the_installed_command_prints_its_help() -> None:
    installed = Path(sys.executable).with_name("plant-device")
    if not installed.exists():
        pytest.skip("the project is not installed beside this Python")
    told = subprocess.run([installed], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Usage: plant-device ")
    assert "classify" in told.stdout


def test_results_that_are_lost_are_told_once_and_end_nothing(
    device_command: list[str], model_path: Path
) -> None:
    command = [*device_command, "run", "--model", str(model_path), "--source", "synthetic:"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*command, "--frames", "3"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 0
    assert ended.stderr.count("results are lost") == 1
    assert "3 frames, frame limit" in ended.stderr


def test_what_to_do_is_told_in_the_language_that_is_set(
    plant_device: Command, model_path: Path
) -> None:
    options = ["--model", model_path, "--source", "synthetic:", "--frames", "1"]
    told = plant_device("run", *options, "--mode", "inspect", "--language", "de")
    assert told.stderr.splitlines()[0] == "6 Blätter zeigen, eines nach dem anderen"
    english = plant_device("run", *options, "--mode", "inspect", "--leaves", "1")
    assert english.stderr.splitlines()[0] == "show a leaf"


def test_without_a_keyboard_nobody_is_told_to_press_enter(
    device_command: list[str], model_path: Path
) -> None:
    options = ["--model", str(model_path), "--source", "synthetic:", "--frames", "3"]
    ended = subprocess.run(
        [*device_command, "run", *options, "--mode", "button"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert "press Enter for" not in ended.stderr
    assert "nobody presses Enter any more" in ended.stderr
