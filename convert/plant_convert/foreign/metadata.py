"""What the metadata in a foreign TFLite file say of its input."""

from plant_convert.flatbuffer import Contents
from plant_convert.foreign.description import Normalisation, by_channel
from plant_convert.metadata import read_metadata
from plant_convert.schema.metadata import ModelMetadata, NormalizationOptions
from plant_device.contract.errors import UserError


def normalisation_of(contents: Contents, name: str) -> Normalisation | None:
    """How a reader of the metadata would normalise the first input; None where they do not say.

    Args:
        name: what errors call the file.

    Raises:
        UserError: the metadata are damaged, or normalise by what is no number.
    """
    said = read_metadata(contents, name)
    options = _options(said) if said else []
    if not options:
        return None
    mean, std = (by_channel(values) for values in (options[0].mean, options[0].std))
    if mean is None or std is None or 0 in std:
        raise UserError(
            f"expected one number or three to normalise with in the metadata of {name}, received "
            f"mean {options[0].mean[:4]} and std {options[0].std[:4]}: tell --mean and --std"
        )
    return Normalisation(mean, std)


def _options(said: ModelMetadata) -> list[NormalizationOptions]:
    inputs = [each for graph in said.subgraph_metadata[:1] for each in graph.input_tensor_metadata]
    units = [unit.options for each in inputs[:1] for unit in each.process_units]
    return [options for options in units if isinstance(options, NormalizationOptions)]
