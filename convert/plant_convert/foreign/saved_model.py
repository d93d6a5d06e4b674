"""A TensorFlow SavedModel, which is a program: its graph may read and write any file.

Nothing of one runs before it is known to be harmless. Loading runs what objects bring along to
create, initialise and restore themselves, so that no object may bring any; and what its signature
reaches may only be ops of the list below, none of which knows anything but tensors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from plant_device.contract.errors import UserError
from plant_train.weights.signs import require_size

SAVED_MODEL_NAME = "saved_model.pb"
_SIGNATURE = "serving_default"
# Of a SavedModel's objects; resources, such as tables, and assets bring code to run at loading.
_PLAIN_OBJECTS = {"user_object", "variable", "constant", "function", "bare_concrete_function"}

# Those of TensorFlow's ops that know nothing but tensors, so far as picture classifiers need them:
# calls and constants, values one by one, layers, sums over axes, shapes.
_NAMES = """
    Const Identity IdentityN NoOp PartitionedCall Placeholder PreventGradient ReadVariableOp
    StatefulPartitionedCall StopGradient

    Abs Add AddN AddV2 Cast Ceil ClipByValue Div DivNoNan Elu Equal Erf Exp Expm1 Floor FloorDiv
    FloorMod Greater GreaterEqual LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot
    LogicalOr Maximum Minimum Mod Mul Neg NotEqual Pow RealDiv Reciprocal Relu Relu6 Round Rsqrt
    Select SelectV2 Selu Sigmoid Sign Softplus Softsign Sqrt Square SquaredDifference Sub Tanh

    AvgPool BatchMatMul BatchMatMulV2 BatchMatMulV3 BiasAdd Conv2D DepthwiseConv2dNative Einsum
    FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 L2Loss LogSoftmax LRN MatMul MaxPool MaxPoolV2
    ResizeArea ResizeBilinear ResizeNearestNeighbor Softmax

    All Any ArgMax ArgMin Cumsum Max Mean Min Prod Sum

    BatchToSpaceND BroadcastTo Concat ConcatV2 DepthToSpace EnsureShape ExpandDims Fill Gather
    GatherNd GatherV2 MirrorPad OnesLike Pack Pad PadV2 Range Rank Reshape ReverseV2 Shape Size
    Slice SpaceToBatchND SpaceToDepth Split SplitV Squeeze StridedSlice Tile Transpose Unpack
    ZerosLike
"""
_OPS = frozenset(_NAMES.split())


@dataclass(frozen=True)
class GraphFunction:
    """A frozen graph: a function of one tensor.

    Args:
        function: from a float32 tensor to another.
        shape: of the one that it takes, None where it is free.
    """

    function: Any
    shape: tuple[int | None, ...]


def logits_function(folder: Path) -> GraphFunction:
    """The serving signature of a SavedModel as a graph without variables, up to its logits.

    A softmax at its end is left out.

    Raises:
        UserError: the folder holds no SavedModel of TensorFlow 2, one that may do anything but
            compute, or its signature has not one float32 input and one output.
    """
    _require_plain_objects(folder)
    try:
        # It keeps the variables that its signatures know.
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:
        # What TensorFlow raises on damaged files is anything.
        raise _unreadable(folder, error) from None
    signature = _serving(loaded.signatures, folder)
    _require_known_ops(signature.graph.as_graph_def(), folder)
    frozen = convert_variables_to_constants_v2(signature)
    if len(frozen.inputs) != 1 or len(frozen.outputs) != 1:
        raise UserError(
            f"expected a signature with one input and one output, {folder} has "
            f"{len(frozen.inputs)} and {len(frozen.outputs)}"
        )
    (pixels,) = frozen.inputs
    if pixels.dtype != tf.float32 or pixels.shape.rank != 4:
        raise UserError(
            f"expected a signature that takes float32 pictures, {folder} takes "
            f"{pixels.dtype.name} {pixels.shape}"
        )
    logits = _before_softmax(frozen.outputs[0])
    return GraphFunction(frozen.prune(pixels, logits), tuple(pixels.shape.as_list()))


def _require_plain_objects(folder: Path) -> None:
    require_size(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), folder)
    try:
        # The parser of tf.saved_model.load: what is checked is what is loaded.
        saved = tf.__internal__.saved_model.parse_saved_model(str(folder))
    except (OSError, tf.errors.OpError) as error:
        raise _unreadable(folder, error) from None
    if len(saved.meta_graphs) != 1 or not saved.meta_graphs[0].HasField("object_graph_def"):
        raise UserError(
            f"expected a SavedModel of TensorFlow 2, {folder} has another form: load it where it "
            "was made, and save it with tf.saved_model.save or as .keras"
        )
    graph = saved.meta_graphs[0]
    nodes = graph.object_graph_def.nodes
    found = {str(node.WhichOneof("kind")) for node in nodes} - _PLAIN_OBJECTS
    found |= {name for node in nodes for name in (node.registered_name, node.registered_saver)}
    found |= {f"restoring of {name}" for node in nodes for name in node.saveable_objects}
    found |= {asset.filename for asset in graph.asset_file_def}
    # Of objects without a registered name.
    found.discard("")
    if found:
        raise UserError(
            f"expected a SavedModel of variables and functions alone, {folder} also has "
            f"{', '.join(sorted(found)[:5])}, which run code or read files when it is loaded: save "
            "the network without its preprocessing, or as .keras"
        )


def _serving(signatures: Any, folder: Path) -> Any:
    names = [_SIGNATURE] if _SIGNATURE in signatures else list(signatures)
    if len(names) != 1:
        raise UserError(
            f"expected a SavedModel with a signature {_SIGNATURE}, {folder} has "
            f"{', '.join(names) or 'none'}"
        )
    return signatures[names[0]]


_functions_of = attrgetter("library.function")
"""The functions that a GraphDef brings with it."""


def _require_known_ops(graph: Any, folder: Path) -> None:
    """Refuse ops that are not in the list, in the graph and in the functions that it calls."""
    functions = _functions_of(graph)
    bodies = {function.signature.name: function.node_def for function in functions}
    ops: set[str] = set()
    calls: set[str] = set()
    waiting: list[Iterable[Any]] = [graph.node]
    while waiting:
        for node in waiting.pop():
            ops.add(node.op)
            # Whatever attribute an op calls a function by.
            for name in _called(node) - calls:
                calls.add(name)
                waiting.append(bodies.get(name, []))
    unknown = sorted((ops - _OPS) | (calls - bodies.keys()))
    if unknown:
        raise UserError(
            f"expected a SavedModel of ops that a picture classifier needs, {folder} also has "
            f"{', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}, and is not run: save the "
            "network without its preprocessing, or as .keras"
        )


def _called(node: Any) -> set[str]:
    attributes = node.attr.values()
    return {value.func.name for value in attributes if value.HasField("func")} | {
        function.name for value in attributes for function in value.list.func
    }


def _before_softmax(output: tf.Tensor) -> tf.Tensor:
    tensor = output
    while tensor.op.type == "Identity":
        tensor = tensor.op.inputs[0]
    return tensor.op.inputs[0] if tensor.op.type in ("Softmax", "LogSoftmax") else output


def _unreadable(folder: Path, error: Exception) -> UserError:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return UserError(f"expected a SavedModel, cannot read {folder}: {reason}")
