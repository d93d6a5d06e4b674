"""Every setting of a training: a small file, its defaults, and what a command line overrides."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.contract.toml import read_toml
from plant_train.data.augment.augmentation import Augmentation
from plant_train.data.balance import Balance
from plant_train.run_file import RECORD_NAME

DEFAULT_RECIPE = "field"
SCRATCH_RECIPE = "scratch"
_OUTLIERS, _BACKGROUND = 0.06, 0.5
_BUILT_IN = Path(__file__).parent / "recipes"

Schedule = Literal["constant", "step", "cosine", "one-cycle", "plateau"]


class Recipe(BaseModel):
    """How to train; a typo in a key is an error."""

    # Defaults too: an integer one of a float key would come back from run.json as another number.
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )

    epochs: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="Passes over the training pictures, after those of head_epochs.",
    )
    batch: int = Field(default=32, ge=1, le=8192, description="Pictures in a step.")

    optimizer: str = Field(
        default="sgd", description="Any of Keras, by its name: sgd, adamw, lion …"
    )
    learning_rate: float = Field(default=0.002, gt=0, description="At its highest.")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="Of sgd and rmsprop.")
    weight_decay: float = Field(default=5e-4, ge=0, description="Decoupled, times the rate.")
    schedule: Schedule = Field(default="cosine", description="How the rate goes on.")
    warmup_epochs: float = Field(default=0.5, ge=0, description="The rate rises from zero.")
    step_epochs: float = Field(
        default=0, ge=0, description="Epochs between steps; 0: a third of all. Of step."
    )
    step_factor: float = Field(
        default=0.1, gt=0, le=1, description="What a step or plateau leaves of the rate."
    )
    patience: int = Field(
        default=2, ge=1, description="Epochs without a better validation loss. Of plateau."
    )
    early_stopping: int = Field(
        default=0, ge=0, description="Stop after so many epochs without a better one; 0: never."
    )

    transferred_rate: float = Field(
        default=0.5, ge=0, le=1, description="Factor of the rate for transferred layers."
    )
    group_rate: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Factor of the rate from a layer group to the one before.",
    )
    head_epochs: int = Field(
        default=0,
        ge=0,
        description="First so many more in which only the head learns; 0 without weights.",
    )
    unfreeze: int = Field(
        default=0,
        ge=0,
        description="Then the last so many layer groups learn; 0: all, as always without weights.",
    )

    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description="Szegedy et al. 2016.")
    mixup: float = Field(default=0.0, ge=0, le=1, description="Share of batches that are mixed.")
    cutmix: float = Field(default=0.0, ge=0, le=1, description="Share of batches that are cut.")
    ema: float = Field(
        default=0.0, ge=0, lt=1, description="Momentum of the weights' moving average; 0: none."
    )
    balance: Balance = Field(
        default="sqrt", description="How often, or how much, rare classes count."
    )
    outliers: float = Field(
        default=0.0, ge=0, le=0.5, description="Share of a batch that shows no leaf of any class."
    )
    augment: Augmentation = Augmentation()
    calm: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the epochs, the last, without variations."
    )

    precision: Literal["best", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        default="best", description="Of the arithmetic; best is what this machine is good at."
    )
    xla: bool = Field(
        default=False, description="Compile the step with XLA: for GPUs; processors get slower."
    )
    validation_fraction: float = Field(
        default=0.1, gt=0, le=0.5, description="Held out of each class."
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Of everything that is drawn.")

    @field_validator("cutmix")
    @classmethod
    def _leaves_room_for_mixup(cls, cutmix: float, others: ValidationInfo) -> float:
        mixup = others.data.get("mixup", 0.0)
        if mixup + cutmix > 1:
            raise PydanticCustomError(
                "shares", "Shares of mixup and cutmix should be at most 1 together"
            )
        return cutmix

    @property
    def all_epochs(self) -> int:
        """Those of the head alone, and the others."""
        return self.head_epochs + self.epochs

    def augment_in(self, epoch: int) -> Augmentation:
        """How pictures are varied in an epoch, counted from 0.

        The last ones may be calm, as in YOLOX (Ge et al. 2021, arXiv:2107.08430): what a
        picture shows without any variation is learned at the lowest rates.
        """
        wild = self.all_epochs - round(self.calm * self.all_epochs)
        return self.augment if epoch < wild else Augmentation()


# As a file writes them, those of the table with its name.
_KEYS = [
    *(key for key in Recipe.model_fields if key != "augment"),
    *(f"augment.{key}" for key in Augmentation.model_fields),
]


def without_stages(recipe: Recipe) -> Recipe:
    """The recipe with all layers learning from its first epoch.

    For a training without weights: features that are drawn at random teach a head nothing.
    """
    return recipe.model_copy(update={"head_epochs": 0, "unfreeze": 0})


def fitting(
    recipe: Recipe, weights: Path | None, backgrounds: Path | None, not_leaf: Path | None
) -> Recipe:
    """The recipe, such that it fits what a user gave.

    Pictures are used, if it did not; and layers that start anew learn, all of them.
    """
    if weights is None:
        recipe = without_stages(recipe)
    if not_leaf and not recipe.outliers:
        recipe = recipe.model_copy(update={"outliers": _OUTLIERS})
    if backgrounds and not recipe.augment.background:
        augment = recipe.augment.model_copy(update={"background": _BACKGROUND})
        recipe = recipe.model_copy(update={"augment": augment})
    return recipe


def built_in_recipes() -> list[str]:
    """The names that `--recipe` knows."""
    return sorted(file.stem for file in _BUILT_IN.glob("*.toml"))


def read_recipe(name: str, overrides: dict[str, Any]) -> Recipe:
    """A built-in recipe, one's own TOML file or a run's, with some values overridden.

    Args:
        name: of a built-in recipe, or a path that ends in `.toml`, or in `run.json`.
        overrides: by key; an `augment` among them holds those of the augmentation.

    Raises:
        UserError: there is no such recipe, it is no TOML, or a key or value is wrong.
    """
    settings = _settings(name)
    try:
        return Recipe.model_validate(_merged(settings, overrides))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = [str(part) for part in first["loc"]]
        key = ".".join(keys)
        if first["type"] == "extra_forbidden":
            raise UserError(
                f"unknown key {key} in recipe {name}{near_misses(key, _KEYS, most=1)}; all keys "
                "are in docs/recipes.md, and options of plant-train fit --help"
            ) from None
        given = overrides.get("augment", {}) if keys[0] == "augment" else overrides
        if keys[-1] in given:
            told = f"wrong --{'-'.join(keys).replace('_', '-')}"
        else:
            told = f"wrong {key} in recipe {name}"
        raise UserError(f"{told}: {first['msg']}, received: {first['input']}") from None


def _merged(settings: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    augment = settings.get("augment", {})
    if isinstance(augment, dict):
        augment = {**augment, **overrides.get("augment", {})}
    return {**settings, **overrides, "augment": augment}


def _settings(name: str) -> dict[str, Any]:
    try:
        if name.endswith(".toml"):
            return read_toml(Path(name))
        if Path(name).name == RECORD_NAME:
            return _settings_of_a_run(Path(name))
        if name in built_in_recipes():
            return read_toml(_BUILT_IN / f"{name}.toml")
    except FileNotFoundError:
        raise _no_recipe(f"{name}, which is no such file") from None
    except ValueError as error:
        raise UserError(f"expected a recipe in TOML, cannot read {name}: {error}") from None
    raise _no_recipe(f"{name}{near_misses(name, built_in_recipes())}")


def _settings_of_a_run(record: Path) -> dict[str, Any]:
    try:
        settings = json.loads(record.read_text(encoding="utf-8"))["recipe"]
    except (ValueError, KeyError, TypeError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise UserError(f"expected the record of a run with its recipe, received: {record}")
    return settings


def _no_recipe(received: str) -> UserError:
    return UserError(
        f"expected a recipe: {', '.join(built_in_recipes())}, a file that ends in .toml, or a "
        f"run's {RECORD_NAME}. Received: {received}"
    )
