"""One command-line option for each key of a recipe, made from the recipe's own fields."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from plant_train.data.augment.augmentation import Augmentation
from plant_train.recipe import DEFAULT_RECIPE, Recipe, read_recipe

_AUGMENT = "augment_"


def recipe_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's `overrides: dict` by options; it gets the values that were given."""
    signature = inspect.signature(command)
    own = [value for value in signature.parameters.values() if value.name != "overrides"]
    added = list(_parameters())

    @functools.wraps(command)
    def with_options(**arguments: Any) -> None:
        values = {parameter.name: arguments.pop(parameter.name) for parameter in added}
        given = {name: value for name, value in values.items() if value is not None}
        augment = {
            name.removeprefix(_AUGMENT): given.pop(name)
            for name in list(given)
            if name.startswith(_AUGMENT)
        }
        command(**arguments, overrides={**given, "augment": augment})

    parameters = [*own, *added]
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {value.name: value.annotation for value in parameters}
    return with_options


def _parameters() -> Iterator[inspect.Parameter]:
    default = read_recipe(DEFAULT_RECIPE, {})
    for name, field in Recipe.model_fields.items():
        if name == "augment":
            for key, part in Augmentation.model_fields.items():
                yield _parameter(_AUGMENT + key, part, getattr(default.augment, key))
        else:
            yield _parameter(name, field, getattr(default, name))


def _parameter(name: str, field: FieldInfo, in_default_recipe: object) -> inspect.Parameter:
    values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    flag = "--" + name.replace("_", "-")
    option = typer.Option(
        f"{flag}/--no-{flag[2:]}" if field.annotation is bool else flag,
        metavar="|".join(values) or None,
        help=field.description,
        show_default=f"{DEFAULT_RECIPE}: {in_default_recipe}",
    )
    kind = str if values else field.annotation
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],  # type: ignore[operator]
    )
