"""What is inside a TFLite flatbuffer: its ops, its tensors' types, its runtime version."""

from collections import Counter
from dataclasses import dataclass

from tensorflow.lite.python import schema_py_generated as schema

_MIN_RUNTIME = b"min_runtime_version"
_UNKNOWN_RUNTIME = "unknown"


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


_OP_NAMES = _names(schema.BuiltinOperator)
_TYPE_NAMES = _names(schema.TensorType)


@dataclass(frozen=True)
class Contents:
    """Ops in the order of execution, and how many tensors there are of each type.

    Args:
        float_ops: those that take or give other numbers than integers, each with the name of what
            it gives.
        runtime_min: the lowest TensorFlow Lite version that has all the ops.
    """

    ops: tuple[str, ...]
    float_ops: tuple[str, ...]
    tensor_types: dict[str, int]
    runtime_min: str

    @property
    def float_tensors(self) -> int:
        """Tensors that are not integers."""
        return sum(n for kind, n in self.tensor_types.items() if _is_float(kind))


def read_contents(flatbuffer: bytes) -> Contents:
    """Read a flatbuffer from a trusted place: a checked model file, or the converter."""
    model = schema.ModelT.InitFromPackedBuf(flatbuffer, 0)
    graph = model.subgraphs[0]
    codes = [
        _OP_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if code.customCode is None
        else code.customCode.decode()
        for code in model.operatorCodes
    ]
    kinds = [_TYPE_NAMES[tensor.type] for tensor in graph.tensors]
    types = Counter(kinds)
    float_ops = [
        f"{codes[operator.opcodeIndex]} {graph.tensors[operator.outputs[0]].name.decode()}"
        for operator in graph.operators
        # An optional input that is not there is number -1.
        if any(n >= 0 and _is_float(kinds[n]) for n in (*operator.inputs, *operator.outputs))
    ]
    return Contents(
        tuple(codes[operator.opcodeIndex] for operator in graph.operators),
        tuple(float_ops),
        dict(types.most_common()),
        _runtime_min(model),
    )


def _is_float(kind: str) -> bool:
    return kind.startswith(("FLOAT", "BFLOAT", "COMPLEX"))


def _runtime_min(model: schema.ModelT) -> str:
    for entry in model.metadata or []:
        if entry.name == _MIN_RUNTIME:
            return bytes(model.buffers[entry.buffer].data).rstrip(b"\0").decode()
    return _UNKNOWN_RUNTIME
