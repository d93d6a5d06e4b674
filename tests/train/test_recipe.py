from __future__ import annotations

import json
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.augment.augmentation import Augmentation
from plant_train.recipe import DEFAULT_RECIPE, Recipe, built_in_recipes, fitting, read_recipe


def test_the_promised_recipes_are_there_and_say_what_they_are_for() -> None:
    assert built_in_recipes() == ["field", "laptop", "paper", "scratch", "tutorial"]
    assert DEFAULT_RECIPE in built_in_recipes()
    folder = Path(__file__).parents[2] / "train" / "plant_train" / "recipes"
    for name in built_in_recipes():
        recipe = read_recipe(name, {})
        assert recipe == read_recipe(str(folder / f"{name}.toml"), {})
        head = (folder / f"{name}.toml").read_text().splitlines()[:4]
        assert head[0].startswith("# ")
        assert any(line.startswith("#   plant-train fit ") for line in head)


def test_the_papers_recipe_is_the_papers() -> None:
    paper = read_recipe("paper", {})
    published = {
        "epochs": 30,
        "batch": 100,
        "optimizer": "sgd",
        "learning_rate": 0.005,
        "momentum": 0.9,
        "weight_decay": 5e-4,
        "schedule": "step",
        "step_factor": 0.1,
        "step_epochs": 0,
    }
    assert paper.model_dump(include=set(published)) == published


def test_a_command_line_goes_before_a_file_and_a_file_before_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 3\nbatch = 5\n[augment]\nturn = 90\nzoom = 2\n")
    recipe = read_recipe(str(path), {"epochs": 4, "augment": {"turn": 10.0}})
    assert (recipe.epochs, recipe.batch) == (4, 5)
    assert (recipe.augment.turn, recipe.augment.zoom) == (10, 2)
    assert recipe.learning_rate == Recipe().learning_rate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "epoch = 3",
            r"^unknown key epoch in recipe .*mine\.toml \(did you mean epochs\?\); all keys "
            r"are in docs/recipes\.md, and options of plant-train fit --help$",
        ),
        ("[augment]\nturns = 3", r"^unknown key augment\.turns in .*mean augment\.turn\?\); all"),
        ("blur = 0.3", r"^unknown key blur in .* \(did you mean augment\.blur\?\); all keys are"),
        ("colour = 3", r"^unknown key colour in recipe .*mine\.toml; all keys are"),
        ("augment = 3", r"^wrong augment in recipe .*valid dictionary .*, received: 3$"),
        ("epochs = 0", r"^wrong epochs in recipe .*greater than or equal to 1, received: 0$"),
        ("epochs = ", r"^expected a recipe in TOML, cannot read .*mine\.toml: "),
        ("a = " + "[" * 5000, r"^expected a recipe in TOML, cannot read .*: it is nested too deep"),
        (
            "epochs = " + "1" * 5000,
            r"^expected a recipe in TOML, cannot read .*: Exceeds the limit",
        ),
        ("\xff", r"^expected a recipe in TOML, cannot read "),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=message):
        read_recipe(str(path), {})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"learning_rate": 0.0}, r"^wrong --learning-rate: Input should be greater than 0, rec"),
        ({"augment": {"blur": 2.0}}, r"^wrong --augment-blur: .*received: 2\.0$"),
        ({"balance": "all"}, r"^wrong --balance: Input should be 'none', "),
        ({"learning_rate": float("inf")}, r"^wrong --learning-rate: Input should be a finite num"),
        ({"mixup": 0.7, "cutmix": 0.7}, r"^wrong --cutmix: Shares of mixup and cutmix should be"),
        ({"batch": 100_000_000}, r"^wrong --batch: Input should be less than or equal to 8192"),
    ],
)
def test_a_mistake_on_the_command_line_names_its_option(
    overrides: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_recipe("laptop", overrides)


def test_a_runs_recipe_is_taken_from_its_record(tmp_path: Path) -> None:
    recipe = Recipe(epochs=3, mixup=0.5, augment=Augmentation(blur=0.25))
    record = tmp_path / "run.json"
    record.write_text(json.dumps({"recipe": recipe.model_dump(), "architecture": "alexnet"}))
    assert read_recipe(str(record), {}) == recipe
    assert read_recipe(str(record), {"epochs": 5}).epochs == 5


@pytest.mark.parametrize("text", ["", "[]", '{"recipe": 1}', "{"])
def test_a_record_without_a_recipe_is_named(tmp_path: Path, text: str) -> None:
    record = tmp_path / "run.json"
    record.write_text(text)
    with pytest.raises(UserError, match=r"^expected the record of a run with its recipe, rec"):
        read_recipe(str(record), {})


def test_an_unknown_recipe_is_told_which_there_are() -> None:
    with pytest.raises(
        UserError, match=r"field, laptop, .* \.toml, or a run's run\.json\. Received: lab$"
    ):
        read_recipe("lab", {})
    with pytest.raises(UserError, match=r"\. Received: fild \(did you mean field\?\)$"):
        read_recipe("fild", {})


def test_a_recipe_file_that_is_not_there_is_told_beside_the_recipes_that_are() -> None:
    with pytest.raises(UserError, match=r"field, laptop, .* Received: gone\.toml, which is no"):
        read_recipe("gone.toml", {})


def test_without_weights_no_layer_is_left_as_it_was_drawn(tmp_path: Path) -> None:
    last_six = Recipe(unfreeze=6, head_epochs=2)
    assert fitting(last_six, tmp_path / "weights.npz", None, None) == last_six
    assert fitting(last_six, None, None, None) == Recipe(unfreeze=0, head_epochs=0)
