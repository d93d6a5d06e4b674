"""`plant.json`: what a model file says about itself. Documented in docs/model-file.md."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plant_device.contract.classes import LeafClass
from plant_device.contract.figures import Figures
from plant_device.contract.geometry import Geometry

FORMAT_VERSION: Final = 1

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Input(_Part):
    """The network's input: uint8 `[1, side, side, 3]`, cropped from `stored_side`."""

    side: int = Field(ge=1, le=1024)
    stored_side: int = Field(ge=1, le=1024)
    channels: Literal["RGB"] = "RGB"
    dtype: Literal["uint8"] = "uint8"


class Thresholds(_Part):
    """Below which a decision is not a disease's name.

    `unsure`: the least probability of the first class. `not_leaf`: the least energy
    (logsumexp of the logits, natural units).
    """

    unsure: float = Field(ge=0, le=1)
    not_leaf: float


class HeldOutFigures(_Part):
    """The float run and this int8 file on the same held-out pictures."""

    data_fingerprint: Sha256
    float32: Figures
    int8: Figures
    agreement: float = Field(ge=0, le=1)


class MadeBy(_Part):
    """What made the file: the run and the versions of the tools."""

    run: str
    created: str
    versions: dict[str, str]
    commit: str | None = None


class Flatbuffer(_Part):
    """The TFLite part: the file's first `bytes` bytes, and their sha256."""

    bytes: int = Field(gt=0)
    sha256: Sha256


class SelfTestVector(_Part):
    """A picture inside the file, and the int8 logits it must give."""

    picture: str = Field(pattern=r"^self_test/[0-9]+\.png$")
    logits: list[Annotated[int, Field(ge=-128, le=127)]]


class Manifest(_Part):
    """The whole of `plant.json`."""

    format_version: Literal[1] = FORMAT_VERSION
    name: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=200)
    architecture: str
    input: Input
    classes: list[LeafClass] = Field(min_length=2, max_length=10_000)
    temperature: float = Field(gt=0)
    thresholds: Thresholds
    held_out: HeldOutFigures
    made_by: MadeBy
    runtime_min: str
    flatbuffer: Flatbuffer
    self_test: list[SelfTestVector] = Field(min_length=1, max_length=16)

    @model_validator(mode="after")
    def _parts_fit(self) -> "Manifest":
        labels = [leaf.label for leaf in self.classes]
        if len(set(labels)) != len(labels):
            raise ValueError("a class label appears twice")
        if self.input.side > self.input.stored_side:
            raise ValueError("input.side is larger than input.stored_side")
        if any(len(vector.logits) != len(labels) for vector in self.self_test):
            raise ValueError("a self-test vector has not one logit a class")
        return self

    @property
    def labels(self) -> list[str]:
        """The labels in the order of the logits."""
        return [leaf.label for leaf in self.classes]

    @property
    def geometry(self) -> Geometry:
        """How a picture becomes this network's input."""
        return Geometry(self.input.side, self.input.stored_side)
