"""What is wrong in a user's language files, and what they leave to be told in English."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plant_device.texts.language_file import parse_language_file, read_language_file
from plant_device.texts.languages import ENGLISH, language_files, variants
from plant_device.texts.texts import Text, Texts, layered


@dataclass(frozen=True)
class CheckedLanguage:
    """What was found of one language.

    Args:
        path: of its file.
        mistakes: why the file is refused, a line each.
        number: of texts that a complete language has.
        untranslated: keys of texts that it lacks, or has in the words of the English file.
        own_classes: labels that no built-in class has.
    """

    path: Path
    mistakes: tuple[str, ...] = ()
    number: int = 0
    untranslated: tuple[str, ...] = ()
    own_classes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The same for a person."""
        if self.mistakes:
            return [f"{self.path}: {mistake}" for mistake in self.mistakes]
        return [
            f"{self.path}: {self.number - len(self.untranslated)} of {self.number} texts",
            *(f"  missing, or as in English: {key}" for key in self.untranslated),
            *(f"  no built-in class, so one of your own: {label}" for label in self.own_classes),
        ]


def check_language_files(folder: Path, labels: Sequence[str] = ()) -> list[CheckedLanguage]:
    """Check each language file of a folder, together with the built-in one of its language.

    Args:
        labels: classes that should have texts, beside the built-in ones.

    Raises:
        UserError: there is no language file.
    """
    files = language_files(folder)
    own = {name: parse_language_file(path) for name, path in files.items()}
    built_in = {name: read_language_file(path) for name, path in language_files().items()}

    def told_in(*languages: str) -> dict[str, str]:
        layers = [texts.get(one) for one in languages for texts in (own, built_in)]
        return layered(*(layer for layer in layers if isinstance(layer, Texts))).by_key()

    english = told_in(ENGLISH)
    wanted = dict.fromkeys(english)
    wanted |= {f"classes.{label}.{key}": None for label in labels for key in Text.model_fields}

    def checked(name: str) -> CheckedLanguage:
        parsed = own[name]
        if not isinstance(parsed, Texts):
            return CheckedLanguage(files[name], tuple(parsed))
        told, copied = told_in(*variants(name)), {} if ENGLISH in variants(name) else english
        return CheckedLanguage(
            files[name],
            number=len(wanted),
            untranslated=tuple(key for key in wanted if told.get(key) in (None, copied.get(key))),
            own_classes=tuple(sorted(parsed.classes.keys() - built_in[ENGLISH].classes)),
        )

    return [checked(name) for name in own]
