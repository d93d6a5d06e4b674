"""`plant-device texts`, and what `classify` and `run` tell in each language, as processes."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.classes import leaf_class
from plant_device.texts.languages import language_files, load_texts

Command = Callable[..., "subprocess.CompletedProcess[str]"]
LANGUAGES = list(language_files())
PEPPER = "Pepper,_bell___Bacterial_spot"


@pytest.fixture
def dark(tmp_path: Path) -> Path:
    path = tmp_path / "dark.png"
    Image.fromarray(np.full((60, 60, 3), 9, np.uint8)).save(path)
    return path


def _one_error(process: "subprocess.CompletedProcess[str]") -> str:
    assert process.returncode == 2
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: ")
    return line


# classify and run


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_named_in_each_language(
    plant_device: Command, model_path: Path, leaves: Path, language: str
) -> None:
    texts = load_texts(language)
    told = plant_device("classify", model_path, leaves, "--language", language)
    assert (told.returncode, told.stderr) == (0, "")
    lines = plant_device("classify", model_path, leaves, "--json").stdout.splitlines()
    seen = set()
    for sentence, line in zip(told.stdout.splitlines(), map(json.loads, lines), strict=True):
        if line["decision"] not in ("disease", "healthy"):
            continue
        label, probability = line["label"], line["probability"]
        own = leaf_class(label).text
        name = texts.classes[label].name if label in texts.classes else own
        assert sentence == f"{line['path']}: {name} ({probability:.0%})"
        seen.add(label in texts.classes)
    assert seen == {True, False}, "with texts and without"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_tells_in_each_language_what_to_do(
    plant_device: Command, model_path: Path, dark: Path, language: str
) -> None:
    texts = load_texts(language)
    told = plant_device("classify", model_path, dark, "--explain", "--language", language)
    unsure, too_dark = texts.decisions["unsure"], texts.causes["too_dark"]
    sentence, *lines = told.stdout.splitlines()
    assert sentence.startswith(f"{dark}: {unsure.name} ({too_dark.name}; {texts.headings.nearest}")
    assert lines == [
        f"    {texts.headings.what}: {too_dark.what}",
        f"    {texts.headings.next}: {too_dark.next}",
    ]


def test_lines_for_machines_know_no_language(
    plant_device: Command, model_path: Path, dark: Path
) -> None:
    lines = [
        json.loads(plant_device("classify", model_path, dark, "--json", *options).stdout)
        for options in ([], ["--language", "de"])
    ]
    for line in lines:
        line.pop("ms")
    assert lines[0] == lines[1]
    error = _one_error(plant_device("classify", model_path, dark, "--json", "--explain"))
    assert "expected --explain or --json, received both" in error


def test_the_environment_chooses_the_language(
    plant_device: Command, model_path: Path, dark: Path
) -> None:
    told = plant_device("classify", model_path, dark, env={"LC_ALL": "de_AT.UTF-8"})
    assert ": unsicher (zu dunkel; " in told.stdout
    told = plant_device("classify", model_path, dark, env={"LC_ALL": "is_IS.UTF-8"})
    assert ": unsure (too dark; " in told.stdout


def test_a_session_is_told_in_its_language_arrows_and_sheet_too(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    Image.fromarray(np.full((60, 60, 3), 9, np.uint8)).save(tmp_path / "dark.png")
    command = ["run", "--model", model_path, "--source", tmp_path / "dark.png"]
    sheets = []
    for language in ("en", "es"):
        sheet = tmp_path / f"{language}_sheet.png"
        told = plant_device(*command, "--language", language, "--sheet", sheet)
        assert told.returncode == 0, told.stderr
        name = load_texts(language).decisions["unsure"].name
        frame, arrow = told.stdout.splitlines()
        assert re.fullmatch(rf" +0 +\d+\.\d ms  {name} \(.+\)", frame)
        assert arrow == f"        → {name}"
        sheets.append(sheet.read_bytes())
    assert sheets[0] != sheets[1]


def test_settings_choose_language_and_texts_in_which_leaves_vote(
    plant_device: Command, model_path: Path, dark: Path, tmp_path: Path
) -> None:
    (tmp_path / "de.toml").write_text('[causes.leaves_disagree]\nname = "uneins"\n')
    settings = tmp_path / "settings" / "plant-edge.toml"
    settings.parent.mkdir()
    settings.write_text(
        f'model = "{model_path}"\nsource = "{dark}"\nlanguage = "de"\ntexts = "{tmp_path}"\n'
        '[decision]\nmode = "inspect"\nleaves = 2\n'
    )
    told = plant_device("run", "--config", settings)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "Blatt 1 von 2: unsicher; jetzt ein anderes Blatt"
    told = plant_device("run", "--config", settings, "--leaves", "1")
    assert told.stdout.splitlines()[-1] == "1 Blatt: unsicher (uneins) (unsicher 1)"
    told = plant_device("run", "--config", settings, "--language", "es")
    assert told.stdout.splitlines()[-1] == "hoja 1 de 2: dudosa; ahora otra hoja"


def test_a_users_texts_come_first_and_are_told_of_labels_of_any_kind(
    plant_device: Command, altered_model: Callable[..., Path], leaves: Path, tmp_path: Path
) -> None:
    labels = ['a "b" [c].d', "葉 病___ü", "{0} %s", "x=y#z"]
    model = altered_model(classes=[leaf_class(label) for label in labels])
    plain = plant_device("classify", model, leaves)
    assert (plain.returncode, plain.stderr) == (0, "")
    texts = tmp_path / "texts"
    texts.mkdir()
    tables = "".join(
        f"[classes.{json.dumps(label, ensure_ascii=False)}]\n"
        f'name = "Name {place}"\nnext = "Nexte {place}"\n'
        for place, label in enumerate(labels)
    )
    (texts / "de.toml").write_text(tables, encoding="utf-8")
    options = ["--texts", texts, "--language", "de", "--explain"]
    told = plant_device("classify", model, leaves, *options)
    assert (told.returncode, told.stderr) == (0, "")
    found = re.findall(r": Name (\d) \(\d+%\)$", told.stdout, re.MULTILINE)
    named = [line for line in plain.stdout.splitlines() if line.endswith("%)")]
    assert len(set(found)) > 1, "the network names one class only"
    assert re.findall(r"^    Was tun: Nexte (\d)$", told.stdout, re.MULTILINE) == found
    for sentence, place in zip(named, found, strict=True):
        assert f": {leaf_class(labels[int(place)]).text} (" in sentence


@pytest.mark.parametrize("command", ["classify", "run"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            '[causes.too_dark]\nnmae = "x"\n',
            "unknown key causes.too_dark.nmae (did you mean name?)",
        ),
        ("[causes.too_dark]\nname = 3\n", "causes.too_dark.name: expected text in quotes"),
        (None, "expected a folder with language files such as de.toml"),
    ],
)
def test_a_mistake_in_a_users_texts_is_told_before_any_work(
    plant_device: Command,
    model_path: Path,
    leaves: Path,
    tmp_path: Path,
    command: str,
    content: str | None,
    told: str,
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    if content:
        (folder / "de.toml").write_text(content)
    call = {
        "classify": ["classify", model_path, leaves],
        "run": ["run", "--model", model_path, "--source", leaves],
    }[command]
    assert told in _one_error(plant_device(*call, "--texts", folder, "--language", "de"))


# texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_is_shown_in_each_language(plant_device: Command, language: str) -> None:
    texts = load_texts(language)
    text, headings = texts.classes[PEPPER], texts.headings
    shown = plant_device("texts", "show", PEPPER, "--language", language)
    assert shown.stdout.splitlines() == [
        text.name,
        f"{headings.what}: {text.what}",
        f"{headings.look}: {text.look}",
        f"{headings.next}: {text.next}",
    ]


def test_a_class_without_texts_is_not_shown_but_those_like_it_named(plant_device: Command) -> None:
    error = _one_error(plant_device("texts", "show", "Tomato___Late_blite"))
    assert "received: Tomato___Late_blite (did you mean Tomato___Late_blight or " in error


def test_what_is_exported_changes_nothing_until_it_is_edited(
    plant_device: Command, model_path: Path, dark: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "texts"
    exported = plant_device("texts", "export", folder)
    assert exported.stdout.splitlines() == [str(folder / f"{one}.toml") for one in LANGUAGES]
    for language in LANGUAGES:
        assert load_texts(language, folder) == load_texts(language)
        head = (folder / f"{language}.toml").read_text(encoding="utf-8").partition("\n\n")[0]
        assert "plant-device texts check" in head
        assert all(line.startswith("#") for line in head.splitlines())
    german = folder / "de.toml"
    german.write_text(german.read_text(encoding="utf-8").replace("zu dunkel", "zappenduster"))
    options = ["--texts", folder, "--language", "de"]
    assert "(zappenduster; " in plant_device("classify", model_path, dark, *options).stdout
    (folder / "en.toml").unlink()
    error = _one_error(plant_device("texts", "export", folder))
    assert not (folder / "en.toml").exists()
    assert "exists: choose another path, or say --overwrite" in error
    assert load_texts("de", folder).causes["too_dark"].name == "zappenduster"
    assert plant_device("texts", "export", folder, "--overwrite").returncode == 0
    assert load_texts("de", folder) == load_texts("de")


def test_a_new_language_is_begun_checked_and_told(
    plant_device: Command, model_path: Path, dark: Path, tmp_path: Path
) -> None:
    begun = plant_device("texts", "export", tmp_path, "--language", "fr")
    assert begun.stdout == f"{tmp_path / 'fr.toml'}\n"
    french = tmp_path / "fr.toml"
    french.write_text(french.read_text(encoding="utf-8").replace('"too dark"', '"trop sombre"'))
    checked = plant_device("texts", "check", tmp_path)
    assert checked.returncode == 0
    assert checked.stdout.startswith(f"{french}: 1 of ")
    told = plant_device("classify", model_path, dark, "--texts", tmp_path, "--language", "fr")
    assert ": unsure (trop sombre; nearest: " in told.stdout


def test_a_check_says_no_where_a_file_is_wrong(plant_device: Command, tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text('[causes.blured]\nname = "x"\n[headings]\nlook = 1\n')
    (tmp_path / "es.toml").write_text('[headings]\nlook = "Mire"\n')
    checked = plant_device("texts", "check", tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    first, second, third = checked.stdout.splitlines()
    assert first.startswith(f"{tmp_path / 'de.toml'}: headings.look: expected text in quotes")
    assert "unknown key causes.blured (did you mean blurred?)" in second
    assert re.fullmatch(rf"{re.escape(str(tmp_path))}/es\.toml: (\d+) of \1 texts", third)


def test_a_check_asks_for_texts_of_a_models_classes(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "de.toml").write_text('[classes."Apple___scab"]\nname = "Apfel: Schorf"\n')
    checked = plant_device("texts", "check", tmp_path, "--model", model_path)
    assert checked.returncode == 0
    assert checked.stdout.splitlines()[1:] == [
        "  missing, or as in English: classes.Apple___scab.what",
        "  missing, or as in English: classes.Apple___scab.look",
        "  missing, or as in English: classes.Apple___scab.next",
        "  no built-in class, so one of your own: Apple___scab",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", PEPPER, "--language", "dee"], "expected one of the languages de, en, es, "),
        (["export", "DIR", "--language", "../x"], "expected a language such as fr or pt_BR"),
        (["check", "DIR"], "expected a folder with language files such as de.toml"),
        (["check", "DIR", "--model", "DIR/nowhere.tflite"], "nowhere.tflite"),
    ],
)
def test_a_wrong_call_is_one_line(
    plant_device: Command, tmp_path: Path, arguments: list[str], told: str
) -> None:
    given = [argument.replace("DIR", str(tmp_path)) for argument in arguments]
    assert told in _one_error(plant_device("texts", *given))
    assert list(tmp_path.iterdir()) == []
