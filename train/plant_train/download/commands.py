"""The commands `plant-train download …`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import new_command_group, require
from plant_device.contract.errors import INTERRUPTED, UserError

download = new_command_group(
    "Bring the real data set, or published weights: resumable, checked by sha256.\n\n"
    "Killed or cut off, the same command goes on. For a site without network bring the files "
    "and say --from."
)

FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="SOURCE", help="What was brought, or another address, to take instead."
    ),
]


@download.command()
def plantvillage(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    source: FromOption = None,
) -> None:
    """Bring PlantVillage, split by leaf (2.2 GB).

    OUT gets train/ and test/ with a folder for each of 38 classes: the official split, in
    which a leaf is on one side. SOURCE: a clone of the data set's repository, a zip archive of
    it, parquet shards, or the address of such a file.
    """
    _require_packages()
    from plant_train.download.plantvillage.install import download_plantvillage

    with _stopped_in_one_line():
        installed = download_plantvillage(out, source)
    print(
        f"{out}: {installed.pictures['train']:,} pictures to train, "
        f"{installed.pictures['test']:,} of other leaves to test, {installed.classes} classes, "
        f"split: {installed.split}"
    )


@download.command()
def weights(
    name: Annotated[str, typer.Argument(metavar="NAME", help="alexnet, alexnet-owt, vgg16, …")],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="A file or folder; else the user's data folder."),
    ] = None,
    source: FromOption = None,
) -> None:
    """Bring published ImageNet weights; prints their path.

    `fit --weights` takes the path and, where OUT was left out, NAME: alexnet (BVLC), alexnet-owt,
    vgg16, resnet50, resnet50-imagenet1k-v2 (torchvision).
    """
    _require_packages()
    from plant_train.download.published_weights import download_weights

    with _stopped_in_one_line():
        print(download_weights(name, out, source))


def _require_packages() -> None:
    for package in ("requests", "platformdirs", "rich"):
        require(package, "train")


@contextmanager
def _stopped_in_one_line() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise UserError("stopped; the same command goes on", exit_code=INTERRUPTED) from None
