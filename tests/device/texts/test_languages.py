from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.texts.languages import language_of, load_texts, start_of, variants

LABEL = "Tomato___Late_blight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def _write(folder: Path, language: str, **texts: str) -> None:
    lines = [f'[classes."{LABEL}"]', *(f'{key} = "{words}"' for key, words in texts.items())]
    (folder / f"{language}.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_users_text_comes_first_and_the_others_stay(folder: Path) -> None:
    _write(folder, "de", name="Tomate: Braunfäule (bei uns)")
    told, built_in = load_texts("de", folder), load_texts("de")
    assert told.classes[LABEL].name == "Tomate: Braunfäule (bei uns)"
    assert told.classes[LABEL].next == built_in.classes[LABEL].next
    changed = {key for key, words in told.by_key().items() if built_in.by_key()[key] != words}
    assert changed == {f"classes.{LABEL}.name"}


def test_what_a_language_lacks_is_told_in_english_key_by_key(folder: Path) -> None:
    _write(folder, "fr", name="Tomate : mildiou", look="")
    told, english = load_texts("fr", folder), load_texts("en")
    assert told.classes[LABEL].name == "Tomate : mildiou"
    assert told.classes[LABEL].look == english.classes[LABEL].look
    assert told.decisions == english.decisions


def test_a_users_english_stands_in_for_what_a_language_lacks(folder: Path) -> None:
    _write(folder, "fr", name="Tomate : mildiou")
    _write(folder, "en", name="Late blight", next="Ring Mary.")
    told = load_texts("fr", folder).classes[LABEL]
    assert (told.name, told.next) == ("Tomate : mildiou", "Ring Mary.")
    # A built-in translation is nearer to the reader than the user's English.
    assert load_texts("de", folder).classes[LABEL].next == load_texts("de").classes[LABEL].next


def test_a_country_falls_back_to_its_language(folder: Path) -> None:
    _write(folder, "de_AT", name="Paradeiser: Krautfäule")
    _write(folder, "de", name="nicht das", next="Anrufen.")
    told = load_texts("de-AT", folder)
    assert told.classes[LABEL].name == "Paradeiser: Krautfäule"
    assert told.classes[LABEL].next == "Anrufen."
    assert told.decisions == load_texts("de").decisions
    assert load_texts("de_CH") == load_texts("de")


def test_a_file_may_be_named_as_web_pages_name_languages(folder: Path) -> None:
    _write(folder, "pt-BR", name="Tomateiro: requeima")
    assert load_texts("pt_BR", folder).classes[LABEL].name == "Tomateiro: requeima"


def test_a_mistake_in_a_language_that_is_not_asked_for_stops_nothing(folder: Path) -> None:
    _write(folder, "fr", nom="x")
    _write(folder, "de", name="Braunfäule")
    assert load_texts("de", folder).classes[LABEL].name == "Braunfäule"
    with pytest.raises(UserError, match="did you mean name"):
        load_texts("fr", folder)


def test_a_language_that_nobody_wrote_is_refused_with_those_there_are(folder: Path) -> None:
    _write(folder, "fr", name="x")
    with pytest.raises(UserError, match="expected one of the languages de, en, es, fr, received: "):
        load_texts("it", folder)
    with pytest.raises(UserError, match="expected one of the languages de, en, es, received: fr"):
        load_texts("fr")


@pytest.mark.parametrize("language", ["", "../en", "/etc/passwd", "*", "e*"])
def test_a_language_is_no_path(language: str) -> None:
    if language:
        with pytest.raises(UserError, match="expected one of the languages"):
            load_texts(language)
    with pytest.raises(UserError, match="expected a language such as fr"):
        start_of(language)


def test_a_folder_without_language_files_is_refused(folder: Path) -> None:
    (folder / "de.tml").touch()
    for place in (folder, folder / "nowhere", folder / "de.tml"):
        with pytest.raises(UserError, match="expected a folder with language files") as refused:
            load_texts("de", place)
        assert str(place) in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de_DE"),
        ({"LANG": "es_ES@euro"}, "es_ES"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_MX.UTF-8"}, "es_MX"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_MX", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "de"}, "de"),
    ],
)
def test_the_environment_says_which_language_is_meant(
    environment: dict[str, str], language: str
) -> None:
    assert language_of(environment) == language


@pytest.mark.parametrize(
    ("locale", "language"), [("de_AT.UTF-8", "de"), ("fr_FR.UTF-8", "en"), ("../x", "en")]
)
def test_by_default_the_environments_language_is_told_or_english(
    monkeypatch: pytest.MonkeyPatch, locale: str, language: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert load_texts() == load_texts(language)


def test_variants_go_from_the_country_to_the_language() -> None:
    assert variants("zh-Hant-TW") == ["zh_Hant_TW", "zh_Hant", "zh"]


@pytest.mark.parametrize(
    ("language", "start"), [("de", "de"), ("de_AT", "de"), ("fr", "en"), ("pt-BR", "en")]
)
def test_a_new_language_starts_from_what_it_falls_back_to(language: str, start: str) -> None:
    assert start_of(language).name == f"{start}.toml"
