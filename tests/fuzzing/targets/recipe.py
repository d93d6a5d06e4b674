"""A training's recipe."""

from pathlib import Path

from target import Target

from plant_train.recipe import Recipe, read_recipe


def _read(content: bytes, folder: Path) -> object:
    (folder / "mine.toml").write_bytes(content)
    return read_recipe(str(folder / "mine.toml"), {})


def _seeds() -> list[bytes]:
    recipes = Path(__file__).parents[3] / "train" / "plant_train" / "recipes"
    return [file.read_bytes() for file in sorted(recipes.glob("*.toml"))]


TARGET = Target(_read, _seeds, tokens=(*Recipe.model_fields, "augment.", "= 1e400", "[[", "= {}"))
