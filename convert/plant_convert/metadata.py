"""The TFLITE_METADATA block: what other readers of TFLite files understand of a model file.

MediaPipe and TensorFlow Lite's Task Library take from it how a picture enters, and that the labels
are in labels.txt of the zip that is appended to the flatbuffer.
"""

from importlib import metadata

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from plant_convert.flatbuffer import Contents, packed_model
from plant_convert.schema.metadata import (
    IDENTIFIER,
    AssociatedFile,
    Content,
    FeatureProperties,
    ImageProperties,
    ModelMetadata,
    NormalizationOptions,
    ProcessUnit,
    ScoreThresholdingOptions,
    Stats,
    SubGraphMetadata,
    TensorMetadata,
)
from plant_convert.schema.tables import MalformedError, packed, read_root
from plant_device.contract.errors import UserError
from plant_device.contract.model_file import LABELS

ENTRY = "TFLITE_METADATA"
_AUTHOR = "plant-convert"
# All that is written here was in the schema's first version.
_MIN_PARSER_VERSION = "1.0.0"

# What quantisation does to a pixel is in the flatbuffer: a scale of 1 and a zero point of 0. So
# the float model's pixels are the raw ones, too.
_IMAGE = TensorMetadata(
    name="image",
    description="a leaf, RGB, raw pixels from 0 to 255",
    content=Content(ImageProperties(color_space="RGB")),
    process_units=(ProcessUnit(NormalizationOptions(mean=(0.0,), std=(1.0,))),),
    stats=Stats(max=(255.0,), min=(0.0,)),
)
_LABEL_FILE = AssociatedFile(
    name=LABELS,
    description="the class of each score, one a line",
    type="TENSOR_AXIS_LABELS",
)
LOGITS = TensorMetadata(
    name="logits",
    description="one score a class, in natural units; their softmax gives probabilities",
    content=Content(FeatureProperties()),
    associated_files=(_LABEL_FILE,),
)


def probabilities(least: float) -> TensorMetadata:
    """Scores of which a reader names only those that reach the least one."""
    return TensorMetadata(
        name="probability",
        description="of each class; none of them is for a picture without a leaf",
        content=Content(FeatureProperties()),
        process_units=(ProcessUnit(ScoreThresholdingOptions(least)),),
        stats=Stats(max=(1.0,), min=(0.0,)),
        associated_files=(_LABEL_FILE,),
    )


def classifier_metadata(
    *,
    name: str,
    version: str,
    architecture: str,
    classes: int,
    licence: str,
    scores: TensorMetadata,
) -> ModelMetadata:
    """What is to be said of a network that takes a picture and gives a score a class.

    Args:
        licence: under which the model is given away; empty: not known.
        scores: what its output is.
    """
    return ModelMetadata(
        name=name,
        description=f"leaf diseases, {classes} classes; {architecture}, int8",
        version=version,
        subgraph_metadata=(
            SubGraphMetadata(input_tensor_metadata=(_IMAGE,), output_tensor_metadata=(scores,)),
        ),
        author=f"{_AUTHOR} {metadata.version('plant-edge')}",
        license=licence,
        min_parser_version=_MIN_PARSER_VERSION,
    )


def with_metadata(flatbuffer: bytes, said: ModelMetadata) -> bytes:
    """A TFLite flatbuffer with the block, in place of one that it has.

    Graph and constants stay as they are.

    Args:
        flatbuffer: from a trusted place.
    """
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    model.metadata = [each for each in model.metadata or [] if each.name != ENTRY.encode()]
    model.metadata.append(schema.MetadataT(ENTRY, len(model.buffers)))
    model.buffers.append(schema.BufferT(np.frombuffer(packed(said, IDENTIFIER), np.uint8)))
    return packed_model(model)


def read_metadata(contents: Contents, name: str) -> ModelMetadata | None:
    """The block of a flatbuffer from anywhere, if it has one.

    Args:
        name: what the error calls the file.

    Raises:
        UserError: it is damaged.
    """
    block = contents.metadata.get(ENTRY)
    if not block:
        return None
    try:
        return read_root(ModelMetadata, bytes(block), IDENTIFIER)
    except MalformedError as error:
        raise UserError(
            f"expected metadata in {name}, received a block which {error}: copy the file again, or "
            "convert it again"
        ) from None


def is_ours(said: ModelMetadata) -> bool:
    """Whether plant-convert wrote it."""
    return said.author.partition(" ")[0] == _AUTHOR
