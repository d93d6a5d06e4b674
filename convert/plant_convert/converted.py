"""What a conversion made, and what it showed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plant_convert.compression import Compression
from plant_convert.disagreements import Disagreement
from plant_convert.judged import Judged
from plant_convert.quantisation_noise import TensorNoise
from plant_device.contract.figures import Figures
from plant_device.contract.manifest import Conversion, Gate, Manifest
from plant_train.data.cache import CachedPictures


@dataclass(frozen=True)
class Trial:
    """An int8 model that was judged.

    Args:
        compression: None where its layers are whole.
        bytes: of its flatbuffer.
        gate: what is said of it, kept or broken.
        refusals: the limits that it broke, in words; empty for the one that passed.
    """

    compression: Compression | None
    bytes: int
    judged: Judged
    gate: Gate
    refusals: Sequence[str]


@dataclass(frozen=True)
class Factored:
    """A compressed model before it was quantised, on the held-out pictures.

    What it lost against the whole model is the factors' part, what int8 lost against it the
    quantiser's.

    Args:
        float32: its figures.
        bytes: of its weights.
        agreement: of its first class with the whole float32 model's.
        int8_agreement: of the int8 model's first class with its.
    """

    float32: Figures
    bytes: int
    agreement: float
    int8_agreement: float


@dataclass(frozen=True)
class Converted:
    """A model file that passed, and all that its report tells.

    Args:
        file: where it belongs.
        content: all its bytes.
        trials: in their order; the last is the one that passed.
        float32_bytes: of the weights that it stands for.
        factored: what compression alone made of these; None where nothing is compressed.
        noise: of each tensor, beside the float32 model that was quantised, the worst first.
        held_out: the pictures that `disagreements` counts.
        seconds: from the float32 model to the file.
        peak_bytes: of memory.
    """

    file: Path
    content: bytes
    manifest: Manifest
    trials: Sequence[Trial]
    float32_bytes: int
    factored: Factored | None
    noise: Sequence[TensorNoise]
    held_out: CachedPictures
    disagreements: Sequence[Disagreement]
    seconds: float
    peak_bytes: int

    @property
    def page(self) -> Path:
        """Where the page about it belongs."""
        return self.file.with_suffix(".html")

    @property
    def passed(self) -> Trial:
        """The one that is in the file."""
        return self.trials[-1]

    @property
    def conversion(self) -> Conversion:
        """What the file says of how it was made."""
        # Files of the first format lack it, but none is written any more.
        assert self.manifest.conversion
        return self.manifest.conversion
