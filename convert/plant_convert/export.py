"""A model file for MediaPipe's image classifier and TensorFlow Lite's Task Library.

Both take the device's file for its metadata, but refuse to run it: they know scores as uint8 or
float, not as int8 (mediapipe/tasks/cc/components/processors/classification_postprocessing_graph.cc,
GetClassificationHeadsProperties). Nor do they know a temperature, or that logits want a softmax.
So two integer ops follow here: the logits in uint8, and from them the device's probabilities.
"""

import io
import zipfile
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema

from plant_convert.flatbuffer import packed_model, read_contents
from plant_convert.metadata import (
    classifier_metadata,
    probabilities,
    read_metadata,
    with_metadata,
)
from plant_device.contract.atomic import write_atomically
from plant_device.contract.model_file import LABELS, read_model_file


def export(file: Path, out: Path) -> None:
    """Write the file, atomically.

    Of the device's decisions it keeps *unsure*: no class reaches the least score. It cannot say
    *not a leaf*.

    Raises:
        UserError: it is no whole model file.
    """
    model = read_model_file(file)
    manifest = model.manifest
    said = read_metadata(read_contents(model.flatbuffer, str(file)), str(file))
    flatbuffer = with_metadata(
        with_probabilities(model.flatbuffer, manifest.temperature),
        classifier_metadata(
            name=manifest.name,
            version=manifest.version,
            architecture=manifest.architecture,
            classes=len(manifest.classes),
            licence=said.license if said else "",
            scores=probabilities(least=manifest.thresholds.unsure),
        ),
    )
    content = io.BytesIO(flatbuffer)
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr(zipfile.ZipInfo(LABELS), "".join(f"{label}\n" for label in manifest.labels))
    write_atomically(out, content.getvalue())


def with_probabilities(flatbuffer: bytes, temperature: float) -> bytes:
    """A network that gives uint8 probabilities, in steps of 1/256, where it gave int8 logits.

    Args:
        flatbuffer: from a trusted place, with one graph and one output.
        temperature: the logits are divided by it.
    """
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    graph = model.subgraphs[0]
    logits = int(graph.outputs[0])
    values = graph.tensors[logits].quantization
    # The same steps: uint8 begins where int8 does, 128 lower.
    unsigned = _append(
        model,
        schema.OperatorT(inputs=[logits]),
        schema.BuiltinOperator.QUANTIZE,
        schema.QuantizationParametersT(scale=values.scale, zeroPoint=values.zeroPoint + 128),
        "unsigned_logits",
    )
    softmax = schema.OperatorT(
        inputs=[unsigned],
        builtinOptionsType=schema.BuiltinOptions.SoftmaxOptions,
        builtinOptions=schema.SoftmaxOptionsT(beta=1 / temperature),
    )
    # The kernel insists on these.
    steps = schema.QuantizationParametersT(scale=[1 / 256], zeroPoint=[0])
    probability = _append(model, softmax, schema.BuiltinOperator.SOFTMAX, steps, "probability")
    graph.outputs = [probability]
    for signature in model.signatureDefs or []:
        signature.outputs[0].tensorIndex = probability
    return packed_model(model)


def _append(
    model: schema.ModelT,
    operator: schema.OperatorT,
    op: int,
    values: schema.QuantizationParametersT,
    name: str,
) -> int:
    """Append an op of version 1 that gives uint8 scores; the number of what it gives."""
    graph = model.subgraphs[0]
    operator.opcodeIndex = len(model.operatorCodes)
    operator.outputs = [len(graph.tensors)]
    shape = graph.tensors[operator.inputs[0]].shape
    model.operatorCodes.append(
        schema.OperatorCodeT(deprecatedBuiltinCode=op, builtinCode=op, version=1)
    )
    graph.tensors.append(
        schema.TensorT(shape=shape, type=schema.TensorType.UINT8, name=name, quantization=values)
    )
    graph.operators.append(operator)
    return len(graph.tensors) - 1
