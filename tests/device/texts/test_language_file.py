from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.texts.language_file import parse_language_file, read_language_file
from plant_device.texts.texts import Texts

LATE_BLIGHT = '[classes."Tomato___Late_blight"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fr.toml"


def _refusal(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as refused:
        read_language_file(path)
    assert refused.value.exit_code == 2
    assert str(refused.value).startswith(f"{path}: ")
    return str(refused.value).removeprefix(f"{path}: ")


def test_a_file_may_have_a_single_text(path: Path) -> None:
    path.write_text(f'{LATE_BLIGHT}name = "Tomate : mildiou"\n')
    assert read_language_file(path).by_key() == {
        "classes.Tomato___Late_blight.name": "Tomate : mildiou"
    }


def test_an_empty_file_has_no_texts(path: Path) -> None:
    path.touch()
    assert read_language_file(path) == Texts()


def test_a_text_on_several_lines_is_told_in_one(path: Path) -> None:
    path.write_text(f'{LATE_BLIGHT}next = """\n  Agir\n  aujourd\'hui.\n"""\n')
    (told,) = read_language_file(path).by_key().values()
    assert told == "Agir aujourd'hui."


@pytest.mark.parametrize("label", ["Reis___Brand", "a.b", 'say "x"', "", "naïve 葉___病", "[key]"])
def test_a_class_may_have_any_label(path: Path, label: str) -> None:
    quoted = label.replace('"', r"\"")
    path.write_text(f'[classes."{quoted}"]\nname = "n"\n', encoding="utf-8")
    assert list(read_language_file(path).classes) == [label]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            f'{LATE_BLIGHT}nxt = "x"',
            "unknown key classes.Tomato___Late_blight.nxt (did you mean next?): expected one of "
            "name, what, look, next",
        ),
        (
            '[causes.too_drak]\nname = "x"',
            "unknown key causes.too_drak (did you mean too_dark?): expected one of clear, "
            "low_probability, ",
        ),
        (
            '[decisions.not_a_leaf]\nname = "x"',
            "unknown key decisions.not_a_leaf (did you mean not_leaf?): expected one of disease, "
            "healthy, unsure, not_leaf",
        ),
        (
            '[decisions.unsure]\ntext = "x"',
            "unknown key decisions.unsure.text (did you mean next?): expected one of name, ",
        ),
        (
            '[class."Tomato___Late_blight"]\nname = "x"',
            "unknown key class (did you mean classes?): expected one of headings, ",
        ),
        (
            '[headings]\nwaht = "x"',
            "unknown key headings.waht (did you mean what?): expected one of what, look, ",
        ),
        (
            f"{LATE_BLIGHT}name = 7",
            "classes.Tomato___Late_blight.name: expected text in quotes, received: 7",
        ),
        (
            '[classes]\nTomato___Late_blight = "x"',
            "classes.Tomato___Late_blight: expected a table, received: 'x'",
        ),
        ('[classes."a\\nb"]\nnom = 1', "unknown key classes.a b.nom (did you mean name?)"),
        ("causes = 3", "causes: expected a table, received: 3"),
        (
            '[causes.blurred]\nname = " "',
            "causes.blurred.name: expected a name, or no line for it, received: ' '",
        ),
        (
            '[inspection]\nleaf = "{numbr} of {leaves}"',
            "inspection.leaf: expected words with {number} and {leaves} in them, received: ",
        ),
        (
            '[inspection]\nverdict = "many leaves"',
            "inspection.verdict: expected words with {leaves} in them, received: ",
        ),
        ("name = x", "expected TOML in UTF-8, cannot read it: "),
        (f"{LATE_BLIGHT}name = 'a'\nname = 'b'", "expected TOML in UTF-8, cannot read it: "),
        (b'[headings]\nnext = "\xe9"', "expected TOML in UTF-8, cannot read it: "),
    ],
)
def test_a_mistake_is_one_line_that_names_what_is_right(
    path: Path, content: str | bytes, told: str
) -> None:
    refused = _refusal(path, content)
    assert refused.startswith(told)
    assert "\n" not in refused


def test_the_first_mistake_is_told_and_how_many_more_there_are(path: Path) -> None:
    content = f"{LATE_BLIGHT}name = 7\nnxt = 'x'\n[headings]\nlooks = 'x'"
    assert _refusal(path, content).endswith("(and 2 more: `plant-device texts check`)")
    mistakes = parse_language_file(path)
    assert isinstance(mistakes, list)
    assert len(mistakes) == 3


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*fr\.toml: No such file"):
        read_language_file(path)
