from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.texts.check import check_language_files
from plant_device.texts.languages import load_texts, start_of

ALL = len(load_texts("en").by_key())


def test_the_built_in_files_are_all_right(tmp_path: Path) -> None:
    for language in ("de", "en", "es"):
        (tmp_path / f"{language}.toml").write_bytes(start_of(language).read_bytes())
    for checked in check_language_files(tmp_path):
        assert checked.lines() == [f"{checked.path}: {ALL} of {ALL} texts"]


def test_what_is_missing_or_still_english_is_named(tmp_path: Path) -> None:
    english = start_of("en").read_text(encoding="utf-8")
    (tmp_path / "fr.toml").write_text(english.replace('"too dark"', '"trop sombre"'))
    (tmp_path / "it.toml").write_text('[causes.blurred]\nname = "mossa"\nnext = ""\n')
    french, italian = check_language_files(tmp_path)
    assert len(french.untranslated) == ALL - 1
    assert "causes.too_dark.name" not in french.untranslated
    assert len(italian.untranslated) == ALL - 1
    assert italian.lines()[:2] == [
        f"{tmp_path / 'it.toml'}: 1 of {ALL} texts",
        "  missing, or as in English: headings.what",
    ]


def test_the_built_in_file_of_a_language_counts_with_the_users(tmp_path: Path) -> None:
    (tmp_path / "de_AT.toml").write_text('[causes.blurred]\nname = "verwackelt"\n')
    (tmp_path / "en.toml").write_text('[causes.blurred]\nname = "shaky"\n')
    assert [checked.untranslated for checked in check_language_files(tmp_path)] == [(), ()]


def test_english_of_a_country_may_be_as_english_is(tmp_path: Path) -> None:
    (tmp_path / "en_GB.toml").write_text('[causes.blurred]\nname = "blurred"\n')
    (checked,) = check_language_files(tmp_path)
    assert checked.untranslated == ()


def test_every_mistake_is_told_and_does_not_hide_other_files(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text('[causes.blured]\nname = "x"\n[headings]\nlook = 1\n')
    (tmp_path / "en.toml").write_text("no TOML")
    (tmp_path / "es.toml").write_text('[headings]\nlook = "Mire"\n')
    german, english, spanish = check_language_files(tmp_path)
    assert [line.partition(": ")[2].split(":")[0] for line in german.lines()] == [
        "headings.look",
        "unknown key causes.blured (did you mean blurred?)",
    ]
    assert len(english.mistakes) == 1
    assert (spanish.mistakes, spanish.untranslated) == ((), ())


def test_classes_of_a_users_own_are_told_and_asked_for_in_other_languages(tmp_path: Path) -> None:
    own = '[classes."Rice___Blast"]\nname = "Rice: blast"\nlook = "Diamonds."\n'
    (tmp_path / "en.toml").write_text(own)
    (tmp_path / "de.toml").write_text('[classes."Tomato___Late_blght"]\nname = "x"\n')
    german, english = check_language_files(tmp_path)
    assert english.own_classes == ("Rice___Blast",)
    assert german.lines()[1:] == [
        "  missing, or as in English: classes.Rice___Blast.name",
        "  missing, or as in English: classes.Rice___Blast.look",
        "  no built-in class, so one of your own: Tomato___Late_blght",
    ]


def test_classes_of_a_model_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "es.toml").write_text('[classes."Rice___Blast"]\nname = "Arroz: quemado"\n')
    (checked,) = check_language_files(tmp_path, ["Rice___Blast", "Tomato___healthy"])
    assert checked.untranslated == tuple(
        f"classes.Rice___Blast.{key}" for key in ("what", "look", "next")
    )
    assert checked.number == ALL + 4


def test_a_folder_without_language_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected a folder with language files"):
        check_language_files(tmp_path)
