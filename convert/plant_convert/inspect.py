"""What a model file says of itself, and what its graph is made of."""

from collections import Counter
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from plant_convert.flatbuffer import read_contents
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import read_model_file


class Inspected(BaseModel):
    """What `inspect --json` prints. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    sha256: str
    ops: list[str]
    float_ops: list[str]
    tensor_types: dict[str, int]
    manifest: Manifest


def inspect(file: Path) -> Inspected:
    """Read and check a model file.

    Raises:
        UserError: it is not a whole one.
    """
    model = read_model_file(file)
    contents = read_contents(model.flatbuffer)
    return Inspected(
        bytes=file.stat().st_size,
        sha256=model.sha256,
        ops=list(contents.ops),
        float_ops=list(contents.float_ops),
        tensor_types=contents.tensor_types,
        manifest=model.manifest,
    )


def in_words(inspected: Inspected) -> str:
    """For a person."""
    manifest = inspected.manifest
    held_out = manifest.held_out
    ops = Counter(inspected.ops)
    return "\n".join(
        [
            f"{manifest.name} {manifest.version}: {manifest.architecture}, "
            f"{len(manifest.classes)} classes, {inspected.bytes / 1e6:.1f} MB",
            f"input       uint8 [1, {manifest.input.side}, {manifest.input.side}, 3] RGB, "
            f"centre of {manifest.input.stored_side} x {manifest.input.stored_side}",
            f"ops         {', '.join(f'{name} {count}' for name, count in ops.items())}",
            f"float ops   {', '.join(inspected.float_ops) or 'none'}",
            f"tensors     {', '.join(f'{n} {kind}' for kind, n in inspected.tensor_types.items())}",
            f"held out    {held_out.int8.n} pictures: top-1 {held_out.int8.top1:.2%} "
            f"(float32 {held_out.float32.top1:.2%}), macro F1 {held_out.int8.macro_f1:.4f} "
            f"(float32 {held_out.float32.macro_f1:.4f}), agreement {held_out.agreement:.2%}",
            f"decides     unsure below {manifest.thresholds.unsure:.3f}, not a leaf below energy "
            f"{manifest.thresholds.not_leaf:.2f}, temperature {manifest.temperature:.3f}",
            f"self-test   {len(manifest.self_test)} pictures",
            f"runtime     TensorFlow Lite {manifest.runtime_min} or newer",
            f"made by     run {manifest.made_by.run}, {manifest.made_by.created}",
            f"sha256      {inspected.sha256}",
        ]
    )
