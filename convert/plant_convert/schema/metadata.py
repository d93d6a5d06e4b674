"""The tables of TensorFlow Lite's metadata, version 1.5.0 of metadata_schema.fbs.

Names and slots are the schema's, of MediaPipe (mediapipe/tasks/metadata) and of TensorFlow Lite
Support alike. Both explain each field there.
"""

from dataclasses import dataclass
from typing import Annotated

from plant_convert.schema.tables import (
    FLOAT32,
    INT32,
    UINT32,
    Many,
    Name,
    Number,
    Numbers,
    One,
    OneOf,
    Text,
    Texts,
)

IDENTIFIER = b"M001"

_FILE_TYPES = (
    "UNKNOWN",
    "DESCRIPTIONS",
    "TENSOR_AXIS_LABELS",
    "TENSOR_VALUE_LABELS",
    "TENSOR_AXIS_SCORE_CALIBRATION",
    "VOCABULARY",
    "SCANN_INDEX_FILE",
)
_COLOR_SPACES = ("UNKNOWN", "RGB", "GRAYSCALE")
_BOX_TYPES = ("UNKNOWN", "BOUNDARIES", "UPPER_LEFT", "CENTER")
_COORDINATES = ("RATIO", "PIXEL")
_SCORE_TRANSFORMATIONS = ("IDENTITY", "LOG", "INVERSE_LOGISTIC")


@dataclass(frozen=True)
class AssociatedFile:
    """A file in the zip that is appended to the flatbuffer."""

    name: Annotated[str, Text(0)] = ""
    description: Annotated[str, Text(1)] = ""
    type: Annotated[str, Name(2, _FILE_TYPES)] = "UNKNOWN"
    locale: Annotated[str, Text(3)] = ""
    version: Annotated[str, Text(4)] = ""


@dataclass(frozen=True)
class FeatureProperties:
    """A tensor that is nothing of the following."""


@dataclass(frozen=True)
class ImageSize:
    """In pixels."""

    width: Annotated[int, Number(0, UINT32)] = 0
    height: Annotated[int, Number(1, UINT32)] = 0


@dataclass(frozen=True)
class ImageProperties:
    """A tensor that is an image."""

    color_space: Annotated[str, Name(0, _COLOR_SPACES)] = "UNKNOWN"
    default_size: Annotated[ImageSize | None, One(1, ImageSize)] = None


@dataclass(frozen=True)
class BoundingBoxProperties:
    """A tensor of rectangles."""

    index: Annotated[tuple[int, ...], Numbers(0, UINT32)] = ()
    type: Annotated[str, Name(1, _BOX_TYPES)] = "UNKNOWN"
    coordinate_type: Annotated[str, Name(2, _COORDINATES)] = "RATIO"


@dataclass(frozen=True)
class AudioProperties:
    """A tensor of sound; the rate in Hz."""

    sample_rate: Annotated[int, Number(0, UINT32)] = 0
    channels: Annotated[int, Number(1, UINT32)] = 0


Properties = FeatureProperties | ImageProperties | BoundingBoxProperties | AudioProperties


@dataclass(frozen=True)
class ValueRange:
    """From which to which dimension."""

    min: Annotated[int, Number(0, INT32)] = 0
    max: Annotated[int, Number(1, INT32)] = 0


@dataclass(frozen=True)
class Content:
    """What a tensor is."""

    content_properties: Annotated[
        Properties | None,
        OneOf(0, (FeatureProperties, ImageProperties, BoundingBoxProperties, AudioProperties)),
    ] = None
    range: Annotated[ValueRange | None, One(2, ValueRange)] = None


@dataclass(frozen=True)
class NormalizationOptions:
    """Values enter as (x - mean) / std; one number for all channels, or one for each."""

    mean: Annotated[tuple[float, ...], Numbers(0, FLOAT32)] = ()
    std: Annotated[tuple[float, ...], Numbers(1, FLOAT32)] = ()


@dataclass(frozen=True)
class ScoreCalibrationOptions:
    """Scores go through sigmoids that an associated file describes."""

    score_transformation: Annotated[str, Name(0, _SCORE_TRANSFORMATIONS)] = "IDENTITY"
    default_score: Annotated[float, Number(1, FLOAT32)] = 0


@dataclass(frozen=True)
class ScoreThresholdingOptions:
    """Lower scores are not told."""

    global_score_threshold: Annotated[float, Number(0, FLOAT32)] = 0


@dataclass(frozen=True)
class BertTokenizerOptions:
    """Text becomes tokens as BERT's."""

    vocab_file: Annotated[tuple[AssociatedFile, ...], Many(0, AssociatedFile)] = ()


@dataclass(frozen=True)
class SentencePieceTokenizerOptions:
    """Text becomes tokens as SentencePiece's."""

    sentence_piece_model: Annotated[tuple[AssociatedFile, ...], Many(0, AssociatedFile)] = ()
    vocab_file: Annotated[tuple[AssociatedFile, ...], Many(1, AssociatedFile)] = ()


@dataclass(frozen=True)
class RegexTokenizerOptions:
    """Text is split at what a regular expression matches."""

    delim_regex_pattern: Annotated[str, Text(0)] = ""
    vocab_file: Annotated[tuple[AssociatedFile, ...], Many(1, AssociatedFile)] = ()


ProcessUnitOptions = (
    NormalizationOptions
    | ScoreCalibrationOptions
    | ScoreThresholdingOptions
    | BertTokenizerOptions
    | SentencePieceTokenizerOptions
    | RegexTokenizerOptions
)


@dataclass(frozen=True)
class ProcessUnit:
    """What a reader does with a tensor before or after the network."""

    options: Annotated[
        ProcessUnitOptions | None,
        OneOf(
            0,
            (
                NormalizationOptions,
                ScoreCalibrationOptions,
                ScoreThresholdingOptions,
                BertTokenizerOptions,
                SentencePieceTokenizerOptions,
                RegexTokenizerOptions,
            ),
        ),
    ] = None


@dataclass(frozen=True)
class Stats:
    """A tensor's range; one number for all channels, or one for each."""

    max: Annotated[tuple[float, ...], Numbers(0, FLOAT32)] = ()
    min: Annotated[tuple[float, ...], Numbers(1, FLOAT32)] = ()


@dataclass(frozen=True)
class TensorGroup:
    """Tensors that belong together, by their names in the metadata."""

    name: Annotated[str, Text(0)] = ""
    tensor_names: Annotated[tuple[str, ...], Texts(1)] = ()


@dataclass(frozen=True)
class TensorMetadata:
    """An input or output of the network."""

    name: Annotated[str, Text(0)] = ""
    description: Annotated[str, Text(1)] = ""
    dimension_names: Annotated[tuple[str, ...], Texts(2)] = ()
    content: Annotated[Content | None, One(3, Content)] = None
    process_units: Annotated[tuple[ProcessUnit, ...], Many(4, ProcessUnit)] = ()
    stats: Annotated[Stats | None, One(5, Stats)] = None
    associated_files: Annotated[tuple[AssociatedFile, ...], Many(6, AssociatedFile)] = ()


@dataclass(frozen=True)
class CustomMetadata:
    """Something of another schema; its data are passed over."""

    name: Annotated[str, Text(0)] = ""


@dataclass(frozen=True)
class SubGraphMetadata:
    """A graph: its inputs and outputs, in their order."""

    name: Annotated[str, Text(0)] = ""
    description: Annotated[str, Text(1)] = ""
    input_tensor_metadata: Annotated[tuple[TensorMetadata, ...], Many(2, TensorMetadata)] = ()
    output_tensor_metadata: Annotated[tuple[TensorMetadata, ...], Many(3, TensorMetadata)] = ()
    associated_files: Annotated[tuple[AssociatedFile, ...], Many(4, AssociatedFile)] = ()
    input_process_units: Annotated[tuple[ProcessUnit, ...], Many(5, ProcessUnit)] = ()
    output_process_units: Annotated[tuple[ProcessUnit, ...], Many(6, ProcessUnit)] = ()
    input_tensor_groups: Annotated[tuple[TensorGroup, ...], Many(7, TensorGroup)] = ()
    output_tensor_groups: Annotated[tuple[TensorGroup, ...], Many(8, TensorGroup)] = ()
    custom_metadata: Annotated[tuple[CustomMetadata, ...], Many(9, CustomMetadata)] = ()


@dataclass(frozen=True)
class ModelMetadata:
    """The root of the block."""

    name: Annotated[str, Text(0)] = ""
    description: Annotated[str, Text(1)] = ""
    version: Annotated[str, Text(2)] = ""
    subgraph_metadata: Annotated[tuple[SubGraphMetadata, ...], Many(3, SubGraphMetadata)] = ()
    author: Annotated[str, Text(4)] = ""
    license: Annotated[str, Text(5)] = ""
    associated_files: Annotated[tuple[AssociatedFile, ...], Many(6, AssociatedFile)] = ()
    min_parser_version: Annotated[str, Text(7)] = ""
