"""What a conversion made and what it cost, as one self-contained page."""

import math
import os
import platform
from collections.abc import Sequence

from plant_convert.converted import Converted
from plant_convert.gate_words import checks, conversion_sentence, judged_on
from plant_convert.inspect import inspect_content
from plant_convert.inspect.words import amount, facts, flow, op, size, work
from plant_convert.quantisation_noise import TensorNoise
from plant_convert.report.conversion_words import findings, in_short, moved_recalls
from plant_convert.report.curve import curve
from plant_convert.report.disagreement import MOST_SHOWN, shown, who_is_right
from plant_train.report.environment import page_environment
from plant_train.run import tool_versions

_TEMPLATE = "conversion.html.j2"
_WORST_TENSORS = 12
_CONVERTERS = ("plant-edge", "tensorflow", "ai-edge-litert")


def conversion_page(converted: Converted) -> str:
    """The page of a model file that was just made on this machine."""
    trial, held_out = converted.passed, converted.held_out
    inspected = inspect_content(converted.file, converted.content)
    return (
        page_environment(["plant_convert"])
        .get_template(_TEMPLATE)
        .render(
            file=converted.file.name,
            manifest=converted.manifest,
            short=in_short(converted),
            findings=findings(converted),
            float32_bytes=converted.float32_bytes,
            factored=converted.factored,
            comparison=trial.judged.held_out,
            judged=trial.judged.gate,
            checks=checks(trial.gate),
            judged_on=judged_on(trial.gate),
            trials=converted.trials,
            curve=curve(converted.trials, trial.judged.held_out.float32),
            machine=f"{platform.machine()}, {os.cpu_count()} cores",
            noise=[(one, share(one, converted.noise)) for one in converted.noise],
            worst=_WORST_TENSORS,
            count=len(converted.disagreements),
            right=who_is_right(converted.disagreements),
            shown=[
                shown(one, held_out.leaf(one.picture), held_out.names[one.picture])
                for one in converted.disagreements[:MOST_SHOWN]
            ],
            moved=moved_recalls(trial.judged.gate),
            inspected=inspected,
            facts=dict(facts(inspected)),
            amount=amount,
            op=op,
            flow=flow,
            size=size,
            work=work,
            quantised=conversion_sentence(converted.conversion),
            converters=tool_versions(_CONVERTERS),
            seconds=converted.seconds,
            peak_bytes=converted.peak_bytes,
        )
    )


def share(one: TensorNoise, noise: Sequence[TensorNoise]) -> float:
    """A tensor's decibels as a fraction of the most of any: 0 where noise is louder, 1 for none."""
    finite = [each.decibels for each in noise if math.isfinite(each.decibels)]
    if not math.isfinite(one.decibels):
        return 1.0
    return max(0.0, one.decibels) / max(1.0, *finite)
