"""What the gate found, and how the file was made, as a person reads it."""

import math
from dataclasses import dataclass

from plant_device.contract.manifest import Conversion, Gate

_LEAST_LIMIT = 1e-6
_FORGIVEN = "one picture alone is named differently, which is forgiven"


@dataclass(frozen=True)
class Check:
    """One of the gate's limits, and what was found beside it."""

    what: str
    found: str
    limit: str


def checks(gate: Gate) -> list[Check]:
    """All limits, whether they were kept or not."""
    worst = gate.greatest_recall_drop
    return [
        Check("agreement", f"{gate.agreement:.2%}", f"at least {gate.min_agreement:.2%}"),
        Check("macro F1", _moved(gate.macro_f1_drop), _may_fall(gate.max_macro_f1_drop)),
        Check(
            "worst recall",
            f"{worst.label} {_moved(worst.drop)}" if worst else _too_few(gate.max_recall_drop),
            _may_fall(gate.max_recall_drop),
        ),
    ]


def judged_on(gate: Gate) -> str:
    """How many pictures, and which."""
    joined = f", {gate.from_training} of them from training" if gate.from_training else ""
    return f"{gate.n} pictures{joined}"


def gate_lines(gate: Gate) -> str:
    """For a terminal: a heading, and a line for each limit."""
    lines = [f"  {one.what:<14}{one.found} ({one.limit})" for one in checks(gate)]
    forgiven = f" {_FORGIVEN}" if forgives(gate) else ""
    return "\n".join([f"gate, on {judged_on(gate)}:{forgiven}", *lines])


def gate_sentence(gate: Gate) -> str:
    """The same in one line."""
    told = "; ".join(f"{one.what} {one.found} ({one.limit})" for one in checks(gate))
    return f"on {judged_on(gate)}: {told}{f'; {_FORGIVEN}' if forgives(gate) else ''}"


def forgives(gate: Gate) -> bool:
    """Whether a limit stands broken by one picture alone, which is forgiven (`gate.refusals`)."""
    broken = (
        gate.agreement < gate.min_agreement < 1 or gate.macro_f1_drop > gate.max_macro_f1_drop > 0
    )
    return broken and round((1 - gate.agreement) * gate.n) <= 1


def conversion_sentence(conversion: Conversion) -> str:
    """How the int8 graph was made, in one line."""
    rank = f"factored, rank {conversion.rank}" if conversion.rank else "whole"
    share = f"factored, {conversion.share:g} of their variance" if conversion.share else "whole"
    allowed = f"allowed, {len(conversion.float_ops)} remain" if conversion.allow_float else "none"
    return (
        f"{conversion.backend}, {conversion.calibration_method} of "
        f"{conversion.calibration_pictures} pictures; convolutions {share}; "
        f"dense layers {rank}, {conversion.dense}; float ops {allowed}"
    )


def _too_few(max_recall_drop: float) -> str:
    # Of a file that others made it may be 0, or next to it.
    needed = f"{math.ceil(1 / max_recall_drop)} " if max_recall_drop > _LEAST_LIMIT else ""
    return f"no class has the {needed}pictures to tell"


def _moved(drop: float) -> str:
    if not drop:
        return "stays as it is"
    return f"{'falls' if drop > 0 else 'rises'} by {abs(drop) * 100:.2f} points"


def _may_fall(limit: float) -> str:
    return f"may fall by {limit * 100:g}"
