"""The architectures: one file each, one entry here."""

from pydantic import ValidationError

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.alexnet_owt import ALEXNET_OWT
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.lenet5 import LENET5
from plant_train.archs.resnet50 import RESNET50
from plant_train.archs.vgg16 import VGG16

ARCHITECTURES: dict[str, Architecture] = {
    arch.name: arch for arch in (ALEXNET, ALEXNET_OWT, VGG16, RESNET50, LENET5)
}


def find_architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        UserError: there is none.
    """
    if name not in ARCHITECTURES:
        raise UserError(
            f"expected an architecture: {', '.join(ARCHITECTURES)}. "
            f"Received: {name}{near_misses(name, ARCHITECTURES)}"
        )
    return ARCHITECTURES[name]


def read_options(architecture: Architecture, settings: list[str]) -> Options:
    """Read `KEY=VALUE` settings into the architecture's options.

    Raises:
        UserError: a setting has another form, an unknown key, or a value out of range.
    """
    fields: dict[str, object] = {}
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise UserError(f"expected KEY=VALUE for --arch-option, received: {setting}")
        fields[key] = int(value) if value.isdecimal() else value
    try:
        return architecture.options.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key, known = str(first["loc"][0]), architecture.options.model_fields
        has = f"{architecture.name} (it has: {', '.join(known) or 'none'})"
        if key not in known:
            raise UserError(
                f"unknown --arch-option {key} for {has}{near_misses(key, known)}"
            ) from None
        raise UserError(
            f"wrong --arch-option {key} for {has}: {first['msg']}, received: {first['input']}"
        ) from None
