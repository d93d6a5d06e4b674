"""What all pages share: their templates' settings, filters and stylesheets."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from plant_device.contract.classes import leaf_class
from plant_train.judge.verdict import percent


def page_environment(packages: Sequence[str] = ()) -> Environment:
    """An environment with this package's templates, and with those of others.

    Args:
        packages: others that have `report/templates`.
    """
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(package, "report/templates") for package in ("plant_train", *packages)]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["words"] = lambda label: leaf_class(label).text
    # Cameras number the pictures of every class anew.
    environment.filters["with_folder"] = lambda path: "/".join(Path(path).parts[-2:])
    return environment
