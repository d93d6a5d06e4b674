"""A language file; every mistake in it is a line."""

from pathlib import Path

from target import Target

from plant_device.texts.language_file import parse_language_file, read_language_file
from plant_device.texts.languages import language_files
from plant_device.texts.texts import Texts


def _read(content: bytes, folder: Path) -> object:
    file = folder / "xx.toml"
    file.write_bytes(content)
    parsed = parse_language_file(file)
    if isinstance(parsed, list):
        assert parsed
        assert all(line.isprintable() for line in parsed), parsed
    return read_language_file(file)


def _seeds() -> list[bytes]:
    return [language_files()[language].read_bytes() for language in ("de", "en")]


TARGET = Target(_read, _seeds, tokens=(*Texts.model_fields, '"""', "= {}", "[[", "= 1", "\\u0000"))
