"""Every setting of a training, with its default; a run keeps the whole of it."""

from pydantic import BaseModel, ConfigDict, Field

from plant_train.data.balance import Balance


class Recipe(BaseModel):
    """How to train; a typo in a key is an error.

    The defaults are those of the trial on 38 PlantVillage classes that docs/results.md
    reports: SGD with Nesterov momentum, cosine decay, crops and mirror images.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=0.002, gt=0)
    transferred_rate: float = Field(default=0.5, ge=0, le=1)
    """Factor of the learning rate for the layers whose weights were transferred."""
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=5e-4, ge=0)
    warmup_epochs: float = Field(default=0.5, ge=0)
    balance: Balance = "sqrt"
    """How often each class comes up: as it is, in proportion to the root, equally often."""
    validation_fraction: float = Field(default=0.1, gt=0, le=0.5)
    seed: int = Field(default=0, ge=0, lt=2**31)
