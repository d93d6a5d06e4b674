"""What was published: files, sums, counts and terms of PlantVillage."""

from dataclasses import dataclass
from typing import Literal

from plant_train.download.fetch import RemoteFile
from plant_train.download.hub import hub_addresses

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True)
class Release:
    """A data set as a repository publishes it.

    Args:
        files: path in the repository → where it is.
        counts: pictures in each part.
    """

    files: dict[str, RemoteFile]
    counts: dict[Part, int]


def _on_the_hub(path: str, sha256: str, max_bytes: int) -> RemoteFile:
    # A revision, not a branch: what a branch names changes.
    revision = "9e97599868962bd0079b8db4b7f1efa9185fa1e7"
    addresses = hub_addresses(f"datasets/mohanty/PlantVillage/resolve/{revision}/{path}")
    return RemoteFile(addresses, sha256, max_bytes)


# data.zip (2,184,723,441 bytes) holds raw/{color,grayscale,segmented}/CLASS/PICTURE; the lists
# name the official 80/20 split, in which a leaf is on one side. The dataset card's columns
# (image, label, leaf_id, crop, disease) are what its loading script makes of these files: the
# hub itself serves no parquet shards of the pictures.
PLANTVILLAGE = Release(
    files={
        path: _on_the_hub(path, sha256, max_bytes)
        for path, sha256, max_bytes in (
            (
                "splits/color_train.txt",
                "c43e0205b321d1c929116f5df1842348ac1e5c4861306e081416785d3c439dbd",
                16 << 20,
            ),
            (
                "splits/color_test.txt",
                "7a7257dcb5f9456feae6ae81248d29c28f45dc4cd41a00c13a5c5c198c5f2f8b",
                16 << 20,
            ),
            (
                "leaf_grouping/leaf-map.json",
                "3b4b253683c6911744959a3870a92509b1faa1ee34e9f8585e21d0fe6337a25b",
                16 << 20,
            ),
            (
                "data.zip",
                "fba30c6a7965e49be94b47a62f8aff6cfb1c35c27f475f22092b56db41745e84",
                4 << 30,
            ),
        )
    },
    counts={"train": 43_596, "test": 10_709},
)

LICENCE_QUESTION = (
    "licence: stated differently in different places (CC BY-SA 3.0 on the dataset's card, CC0 by "
    "its Mendeley edition, CC BY 4.0 by some copies); name Hughes & Salathé 2015 and Mohanty et "
    "al. 2016, and settle it before you publish pictures or a model"
)
