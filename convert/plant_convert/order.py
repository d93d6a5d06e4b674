"""What a call of `plant-convert build` asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plant_convert.backends import Quantisation
from plant_convert.compression import Compression
from plant_convert.gate import Limits
from plant_convert.lrn_power import LrnPower


@dataclass(frozen=True)
class Order:
    """What a call of `build` asks for.

    Args:
        run: a run folder; of a foreign model its file or folder.
        data: the data sets as `fit` got them, where they lie now; empty: where they lay.
        version: of the model, as the user counts.
        calibration: pictures in the representative data set.
        allow_float: write the file even if some ops of it are not integer.
        licence: under which the model is given away; empty: not known.
        compressions: to try, smallest first; the first that passes is written. Empty: as it is.
        quantisation: by which back end, and how.
        lrn: of which ops local response normalisation is made.
        name: of the model; None: the run's.
    """

    run: Path
    out: Path
    data: Sequence[Path]
    version: str
    calibration: int
    allow_float: bool
    limits: Limits
    licence: str = ""
    compressions: Sequence[Compression] = ()
    quantisation: Quantisation = field(default_factory=Quantisation)
    lrn: LrnPower = LrnPower.TANH
    name: str | None = None
