import os
from pathlib import Path

import pytest

from plant_device.contract.toml import read_toml


def _read(tmp_path: Path, text: str) -> object:
    file = tmp_path / "any.toml"
    file.write_text(text)
    return read_toml(file)


def test_keys_of_a_few_parts_and_any_text_are_read(tmp_path: Path) -> None:
    dots = ". A word. And.so.on. " * 100 + "1.2.3.4"
    assert _read(tmp_path, f'a."b.c".\'d\' = 1\ne = "{dots}"\n') == {
        "a": {"b.c": {"d": 1}},
        "e": dots,
    }


def test_the_mark_that_notepad_begins_a_file_with_is_no_key(tmp_path: Path) -> None:
    file = tmp_path / "any.toml"
    file.write_bytes(b"\xef\xbb\xbfthreads = 1\r\n")
    assert read_toml(file) == {"threads": 1}


@pytest.mark.parametrize("part", ["a", '"a b"', "'a'", "a \t"])
@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "[[{}]]", "a = {{ {} = 1 }}"])
def test_a_key_whose_reading_would_take_an_hour_is_refused(
    tmp_path: Path, part: str, form: str
) -> None:
    with pytest.raises(ValueError, match="at most 32 parts"):
        _read(tmp_path, form.format(".".join([part] * 100_000)))


def test_nesting_and_size_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too deep"):
        _read(tmp_path, "a = " + "[" * 100_000)
    with pytest.raises(ValueError, match="at most 1 MiB"):
        _read(tmp_path, "#" * ((1 << 20) + 1))


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "any.toml")
    with pytest.raises(ValueError, match="expected a file, received a pipe"):
        read_toml(tmp_path / "any.toml")


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, str(1 << 63), str(-(1 << 63) - 1)])
def test_a_number_that_toml_does_not_have_is_refused(tmp_path: Path, number: str) -> None:
    assert _read(tmp_path, f"a = {(1 << 63) - 1}") == {"a": (1 << 63) - 1}
    with pytest.raises(ValueError, match="64 bits"):
        _read(tmp_path, f"a = [{{ b = {number} }}]")
