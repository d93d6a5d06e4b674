"""Which languages there are, which one is meant, and its texts with what stands in for gaps."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.texts.language_file import read_language_file
from plant_device.texts.texts import Texts, layered

ENGLISH = "en"
_BUILT_IN = Path(__file__).parent


def language_files(folder: Path = _BUILT_IN) -> dict[str, Path]:
    """A folder's language files by their languages; by default the built-in ones.

    Raises:
        UserError: there is none.
    """
    found = {variants(path.stem)[0]: path for path in sorted(folder.glob("*.toml"))}
    if not found:
        raise UserError(f"expected a folder with language files such as de.toml: {folder}")
    return found


def load_texts(language: str | None = None, folder: Path | None = None) -> Texts:
    """Everything that people are told, in one language.

    Texts of `folder` come before built-in ones. What a language lacks is told in English.

    Args:
        language: such as `de` or `de_AT`, which falls back to `de`; None: the environment's, or
            English where that has no file.
        folder: the user's own language files.

    Raises:
        UserError: there is no such language, or a file of it has a mistake.
    """
    folders = [language_files(folder)] if folder else []
    folders.append(language_files())
    asked = variants(language or language_of(os.environ))
    if language and not any(one in files for one in asked for files in folders):
        known = sorted({one for files in folders for one in files})
        raise UserError(
            f"expected one of the languages {', '.join(known)}, received: "
            f"{language}{near_misses(language, known, most=1)}"
        )
    wanted = [files[one] for one in (*asked, ENGLISH) for files in folders if one in files]
    return layered(*map(read_language_file, wanted))


def start_of(language: str) -> Path:
    """The built-in file to begin a language with: its own, or the one that it falls back to.

    Raises:
        UserError: that is no name of a language.
    """
    if not re.fullmatch("[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8})*", language):
        raise UserError(f"expected a language such as fr or pt_BR, received: {language}")
    files = language_files()
    return next(files[one] for one in (*variants(language), ENGLISH) if one in files)


def variants(language: str) -> list[str]:
    """A language and what it falls back to: of `de-AT` it is `de_AT`, then `de`."""
    parts = language.replace("-", "_").split("_")
    return ["_".join(parts[:number]) for number in range(len(parts), 0, -1)]


def language_of(environment: Mapping[str, str]) -> str:
    """The language that POSIX's variables ask for, such as `de_AT`; `C` is English.

    The first of them that is set and not empty counts (POSIX.1-2017, 8.2).
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(environment.get, names)), "C")
    language = locale.partition(".")[0].partition("@")[0]
    return ENGLISH if language in ("C", "POSIX") else language
