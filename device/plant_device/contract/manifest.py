"""`plant.json`: what a model file says about itself. Documented in docs/model-file.md."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plant_device.contract.classes import LeafClass
from plant_device.contract.figures import Figures
from plant_device.contract.geometry import Geometry

FORMAT_VERSION: Final = 2

# Parts that a format brought: files of earlier ones are in the field, and do not have them.
_SINCE: Final = {"gate": 2, "conversion": 2}

# A calibration gives a twentieth at least; logits that are divided by next to nothing overflow.
_LEAST_TEMPERATURE: Final = 0.001

Fraction = Annotated[float, Field(ge=0, le=1)]
Difference = Annotated[float, Field(ge=-1, le=1)]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)


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

    unsure: Fraction
    not_leaf: float


class HeldOutFigures(_Part):
    """The float run and this int8 file on the same held-out pictures."""

    data_fingerprint: Sha256
    float32: Figures
    int8: Figures
    agreement: Fraction


class RecallDrop(_Part):
    """What the int8 model lost of a class's recall; negative where it gained."""

    label: str
    drop: Difference


class Gate(_Part):
    """What the int8 model could lose against the float32 one, and what it lost.

    On `n` pictures, of which `from_training` are training pictures of classes with few held-out
    ones. Of recall the greatest drop of the classes whose number of pictures the limit asks for;
    None where no class has as many. A negative drop is a gain.
    """

    n: int = Field(ge=1)
    from_training: int = Field(ge=0)
    agreement: Fraction
    min_agreement: Fraction
    macro_f1_drop: Difference
    max_macro_f1_drop: Fraction
    greatest_recall_drop: RecallDrop | None
    max_recall_drop: Fraction


class Conversion(_Part):
    """How the int8 graph was made of the float32 one.

    `rank`: of the factors of its dense layers; `share`: of the variance of what convolutions in
    factors give; None where they are whole. `float_ops`: what `allow_float` let stay, each with
    the name of what it gives.
    """

    backend: str
    calibration_method: str
    calibration_pictures: int = Field(ge=1)
    dense: str
    rank: int | None = Field(ge=1)
    share: float | None = Field(gt=0, lt=1)
    allow_float: bool
    float_ops: list[str]


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
    """The whole of `plant.json`; a file of format 1 has neither `gate` nor `conversion`."""

    format_version: Literal[1, 2] = FORMAT_VERSION
    name: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=200)
    architecture: str
    input: Input
    classes: list[LeafClass] = Field(min_length=2, max_length=10_000)
    temperature: float = Field(gt=0)
    thresholds: Thresholds
    held_out: HeldOutFigures
    gate: Gate | None = None
    conversion: Conversion | None = None
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
        if self.temperature < _LEAST_TEMPERATURE:
            raise ValueError(f"temperature is below {_LEAST_TEMPERATURE}")
        if any(len(vector.logits) != len(labels) for vector in self.self_test):
            raise ValueError("a self-test vector has not one logit a class")
        return self

    @model_validator(mode="after")
    def _has_the_parts_of_its_format(self) -> "Manifest":
        for part, since in _SINCE.items():
            has = getattr(self, part) is not None
            if has != (self.format_version >= since):
                raise ValueError(
                    f"format {self.format_version} {'has no' if has else 'asks for'} {part}"
                )
        return self

    @property
    def labels(self) -> list[str]:
        """The labels in the order of the logits."""
        return [leaf.label for leaf in self.classes]

    @property
    def geometry(self) -> Geometry:
        """How a picture becomes this network's input."""
        return Geometry(self.input.side, self.input.stored_side)
