from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.testing import CliRunner

from plant_train.data.augment.augmentation import Augmentation
from plant_train.recipe import DEFAULT_RECIPE, Recipe, read_recipe
from plant_train.recipe_options import recipe_options


def _run(*arguments: str) -> tuple[str, dict[str, Any]]:
    seen: list[tuple[str, dict[str, Any]]] = []
    app = typer.Typer()

    @app.command()
    @recipe_options
    def work(*, name: Annotated[str, typer.Argument()], overrides: dict[str, Any]) -> None:
        seen.append((name, overrides))

    outcome = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return seen[0]


def test_only_what_was_given_overrides_the_recipe() -> None:
    assert _run("a") == ("a", {"augment": {}})
    given = _run("a", "--epochs", "3", "--ema", "0", "--augment-turn", "5", "--schedule", "step")
    assert given == ("a", {"epochs": 3, "ema": 0.0, "schedule": "step", "augment": {"turn": 5.0}})


def test_every_key_of_a_recipe_has_an_option_with_its_help_and_the_default_recipes_value() -> None:
    app = typer.Typer()

    @app.command()
    @recipe_options
    def work(*, overrides: dict[str, Any]) -> None:
        pass

    options = {
        option: parameter
        for parameter in typer.main.get_command(app).params
        for option in parameter.opts
    }
    fields = {
        **{name: field for name, field in Recipe.model_fields.items() if name != "augment"},
        **{f"augment_{name}": field for name, field in Augmentation.model_fields.items()},
    }
    for name, field in fields.items():
        option = options["--" + name.replace("_", "-")]
        assert field.description, name
        assert getattr(option, "help", None) == field.description
    default = read_recipe(DEFAULT_RECIPE, {})
    assert getattr(options["--ema"], "show_default", None) == f"{DEFAULT_RECIPE}: {default.ema}"
    turn = f"{DEFAULT_RECIPE}: {default.augment.turn}"
    assert getattr(options["--augment-turn"], "show_default", None) == turn
