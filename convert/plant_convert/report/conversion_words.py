"""A conversion in words: what a person should know before the file travels."""

from plant_convert.converted import Converted, Factored
from plant_convert.gate import Comparison, Limits, refusals
from plant_convert.inspect.words import amount
from plant_convert.report.disagreement import who_is_right
from plant_device.contract.classes import leaf_class
from plant_train.judge.verdict import Finding

_NAMED_CLASSES = 5


def in_short(converted: Converted) -> str:
    """The verdict in two sentences."""
    gate = converted.passed.gate
    place = (
        "passed limits that were set for it, but breaks the usual ones"
        if _broken(converted)
        else "may take the float32 model's place"
    )
    if _no_better_than_one_class(converted):
        place += ", which is no better than always naming one class"
    return (
        f"{converted.file.name} {place}: it names the same class on {gate.agreement:.2%} of "
        f"{gate.n} pictures. It takes {amount(converted.passed.bytes, 'B')} instead of "
        f"{amount(converted.float32_bytes, 'B')}."
    )


def findings(converted: Converted) -> list[Finding]:
    """The conversion in words, the most important first."""
    broken = _broken(converted)
    blind = _no_better_than_one_class(converted)
    return [
        *([Finding("Does the network know anything?", blind)] if blind else []),
        *([Finding("Which limits does it break?", f"{'; '.join(broken)}.")] if broken else []),
        Finding("What did it cost?", _cost(converted)),
        Finding("Which classes moved?", _moved(converted.passed.judged.gate)),
        Finding("Where was most lost?", _lost(converted)),
        Finding("What runs it?", _runs(converted)),
        Finding("What was not tested?", _not_tested(converted)),
    ]


def factors_part(factored: Factored) -> str:
    """What a compressed model lost by its factors, and what by int8."""
    float32 = factored.float32
    return (
        f"The factors alone, in float32, reach top-1 {float32.top1:.2%} and macro F1 "
        f"{float32.macro_f1:.4f}, and name the whole network's class on {factored.agreement:.2%}; "
        f"int8 names their class on {factored.int8_agreement:.2%}."
    )


def moved_recalls(comparison: Comparison) -> list[str]:
    """Labels of the classes whose recall is another one, the greatest loss first."""
    drops = comparison.recall_drops
    return sorted((label for label, drop in drops.items() if drop), key=lambda label: -drops[label])


def _broken(converted: Converted) -> list[str]:
    """The usual limits that the file breaks, though it kept its own."""
    return refusals(converted.passed.judged.gate, Limits())


def _no_better_than_one_class(converted: Converted) -> str:
    """What to say of a network that always naming the same class would equal; else empty."""
    float32 = converted.passed.judged.held_out.float32
    most = max(one.support for one in float32.per_class.values()) / float32.n
    if float32.top1 > most:
        return ""
    return (
        f"Not on these pictures: float32 is right on {float32.top1:.2%}, and always naming their "
        f"most frequent class would be on {most:.2%}. Perhaps the labels are in another order."
    )


def _cost(converted: Converted) -> str:
    comparison = converted.passed.judged.held_out
    float32, int8 = comparison.float32, comparison.int8
    words = (
        f"On {int8.n} held-out pictures top-1 is {int8.top1:.2%} ({float32.top1:.2%} in float32), "
        f"macro F1 {int8.macro_f1:.4f} ({float32.macro_f1:.4f}), calibration error "
        f"{int8.ece:.4f} ({float32.ece:.4f}). "
    )
    if converted.factored:
        words += f"{factors_part(converted.factored)} "
    if not converted.disagreements:
        return f"{words}The two name the same class on every one."
    right = who_is_right(converted.disagreements)
    return (
        f"{words}They name different classes on {len(converted.disagreements)}: int8 is right on "
        f"{right['int8']}, float32 on {right['float32']}, neither on {right['neither']}."
    )


def _moved(comparison: Comparison) -> str:
    moved = moved_recalls(comparison)
    if not moved:
        return "None: the recall of every class is what it was."
    drops = comparison.recall_drops
    named = [f"{leaf_class(label).text} ({-drops[label]:+.3f})" for label in moved[:_NAMED_CLASSES]]
    more = len(moved) - len(named)
    return (
        f"The recall of {len(moved)} of {len(drops)}: {', '.join(named)}"
        f"{f' and {more} more' if more else ''}."
    )


def _lost(converted: Converted) -> str:
    if not converted.noise:
        return "That is not known: int8 and float32 have no tensor in common."
    worst = converted.noise[0]
    apart = ", beside float32 with the same factors" if converted.factored else ""
    return (
        f"In {worst.name.partition(';')[0]} ({worst.op}): the signal is {worst.decibels:.1f} dB "
        f"above what quantisation changed{apart}."
    )


def _runs(converted: Converted) -> str:
    float_ops = converted.conversion.float_ops
    integers = (
        f"{len(float_ops)} of its ops are not integer, which makes it slower"
        if float_ops
        else "It is integer from end to end"
    )
    return f"TensorFlow Lite {converted.manifest.runtime_min} and newer. {integers}."


def _not_tested(converted: Converted) -> str:
    ms = converted.passed.judged.ms
    return (
        f"A field, and a device. A picture took {ms:.3g} ms on the machine that converted it: "
        "expect another time on another one. plant-convert verify judges the file on pictures of "
        "your own."
    )
