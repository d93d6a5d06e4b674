from pathlib import Path

import pytest
import tomllib
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_device.service.settings import Settings, as_toml, changed, read_settings


def _read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert _read(tmp_path, "") == Settings()


def test_a_file_says_what_differs(tmp_path: Path) -> None:
    settings = _read(
        tmp_path,
        'model = "m.tflite"\nsource = "usb:0"\n[decision]\nmode = "inspect"\nleaves = 4\n'
        "[camera]\nstalled = 3\n",
    )
    assert settings.model == Path("m.tflite")
    assert (settings.decision.mode, settings.decision.leaves) == ("inspect", 4)
    assert settings.camera.stalled == 3
    assert settings.quality == Settings().quality


def test_all_settings_are_written_with_what_they_mean_and_read_back_alike(tmp_path: Path) -> None:
    text = as_toml(Settings())
    assert _read(tmp_path, text) == Settings()
    said = [line for line in text.splitlines() if " =" in line]
    comments = [line for line in text.splitlines() if line.startswith("# ") and " =" not in line]
    assert len(comments) >= len(said)


@given(st.text(max_size=40).filter(lambda text: "\0" not in text))
def test_any_text_is_written_so_that_toml_reads_it_back(text: str) -> None:
    written = as_toml(Settings(source=text))
    assert tomllib.loads(written)["source"] == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sorce = 'usb:0'", "sorce is no setting (did you mean source?)"),
        ("[decision]\nstedy = 1", "decision.stedy is no setting (did you mean steady?)"),
        ("steady = 1", "steady is no setting here: it belongs under [decision]"),
        ("zzz = 1", "zzz is no setting: model, source"),
        ("[decision]\nmode = 'loud'", "'inspect', received 'loud'"),
        ("[decision]\nleave = 0.9", "expected leave below enter (0.6), received 0.9"),
        ("[camera]\nstalled = inf", "finite number, received inf"),
        ('model = ""', "model: expected a path, received an empty one"),
        ('[store]\nfolder = ""', "store.folder: expected a path, received an empty one"),
        ('[store]\nfolder = "a\\u0000b"', "store.folder: expected a path, received 'a\\x00b'"),
        ("model = 5", "model: expected a path, received 5"),
        ('delegate = ""', "delegate: string should have at least 1 character, received ''"),
        ("threads = 0", "greater than or equal to 1, received 0"),
        ("decision = 3", "decision: expected a table, [decision], received 3"),
        ("source = ", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
        ("a." * 5000 + "a = 1", "is not TOML: expected keys of at most 32 parts"),
        ("threads = 0x" + "f" * 5000, "is not TOML: expected whole numbers of 64 bits"),
    ],
)
def test_what_is_no_setting_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UserError) as raised:
        _read(tmp_path, text)
    assert told in str(raised.value)
    assert str(tmp_path / "settings.toml") in str(raised.value)
    assert len(str(raised.value)) < 400


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("sorce = 'usb:0'\nthreads = 0\n[decision]\nmode = 'loud'\n")
    with pytest.raises(UserError) as told:
        read_settings(path)
    words = str(told.value)
    for wrong in ("did you mean source?", "threads: ", "decision.mode: "):
        assert wrong in words
    assert "\n" not in words
    path.write_text("\n".join(f"unknown_{number} = 1" for number in range(1000)))
    with pytest.raises(UserError, match=r"; 995 more$"):
        read_settings(path)


def test_a_missing_a_foreign_and_a_huge_file_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="config init"):
        read_settings(tmp_path / "none.toml")
    with pytest.raises(UserError, match="Is a directory"):
        read_settings(tmp_path)
    path = tmp_path / "strange.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not TOML"):
        read_settings(path)
    path.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(UserError, match="at most 1 MiB"):
        read_settings(path)


def test_the_command_line_goes_before_the_file() -> None:
    settings = Settings(source="usb:0", language="de")
    told = changed(settings, {"language": None, "decision.mode": "motion", "threads": 2})
    assert (told.source, told.language) == ("usb:0", None)
    assert (told.decision.mode, told.threads) == ("motion", 2)
    with pytest.raises(UserError, match=r"the command line: decision\.every"):
        changed(settings, {"decision.every": -1.0})
