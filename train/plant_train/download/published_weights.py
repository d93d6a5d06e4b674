"""Published ImageNet weights by name: where they are, and the sums that prove them."""

import difflib
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from plant_device.contract.atomic import atomic_path
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.download.data_folder import data_folder
from plant_train.download.fetch import RemoteFile, fetch, sum_of_what_is_there
from plant_train.download.hub import hub_addresses

_MAX_BYTES = 1 << 30
_BLOCK = 1 << 20


@dataclass(frozen=True)
class PublishedWeights:
    """One file of weights, as published.

    Args:
        file_name: its ending says how to read it.
        credit: who made them, and their terms as far as they are stated.
    """

    file_name: str
    remote: RemoteFile
    credit: str


def _torchvision(file_name: str, sha256: str) -> PublishedWeights:
    return PublishedWeights(
        file_name,
        RemoteFile((f"https://download.pytorch.org/models/{file_name}",), sha256, _MAX_BYTES),
        "torchvision (BSD-3-Clause), trained on ImageNet",
    )


# torchvision's file names begin with the sum's first eight digits; bvlcalexnet-12.onnx's sum is
# that of its Git LFS pointer in onnx/models.
PUBLISHED: dict[str, PublishedWeights] = {
    "alexnet": PublishedWeights(
        "bvlcalexnet-12.onnx",
        RemoteFile(
            hub_addresses(
                "onnxmodelzoo/legacy_models/resolve/main/"
                "validated/vision/classification/alexnet/model/bvlcalexnet-12.onnx"
            ),
            "6b0da9510f27f234ee96a85dc3809dd210150fdefad87f6850f9788513216945",
            _MAX_BYTES,
        ),
        "BVLC (unrestricted use), in the ONNX model zoo (Apache-2.0), trained on ImageNet",
    ),
    "alexnet-owt": _torchvision(
        "alexnet-owt-7be5be79.pth",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    ),
    "vgg16": _torchvision(
        "vgg16-397923af.pth",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    ),
    "resnet50": _torchvision(
        "resnet50-0676ba61.pth",
        "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
    ),
    "resnet50-imagenet1k-v2": _torchvision(
        "resnet50-11ad3fa6.pth",
        "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
    ),
}


def published(name: str) -> PublishedWeights:
    """The entry of a name.

    Raises:
        UserError: there is no such name; lists them, the nearest first.
    """
    if name not in PUBLISHED:
        names = ", ".join(nearest_first(name))
        raise UserError(f"expected the name of published weights ({names}), received: {name}")
    return PUBLISHED[name]


def nearest_first(name: str) -> list[str]:
    """The names that there are, the one most like `name` first."""
    near = difflib.get_close_matches(name, PUBLISHED, n=1)
    return [*near, *(other for other in PUBLISHED if other not in near)]


def find(name: str) -> Path | None:
    """The downloaded file of `name` in the user's data folder, or None.

    Its sum was checked when it came.
    """
    if name not in PUBLISHED:
        return None
    path = _home(PUBLISHED[name])
    return path if path.is_file() else None


def download_weights(name: str, out: Path | None = None, source: str | None = None) -> Path:
    """Bring published weights to `out`, by default to the user's data folder; give their path.

    Args:
        name: a key of `PUBLISHED`.
        out: a file to write, or a folder that is there.
        source: a file, or another address, of the same bytes.

    Raises:
        UserError: no such name, no address gives the file, its sum is another, or that of a
            file that is there.
    """
    weights = published(name)
    target = out or _home(weights)
    if target.is_dir():
        target /= weights.file_name
    if target.exists():
        sum_of_what_is_there(weights.remote, target)
    elif source and "://" not in source:
        _copy(Path(source), weights.remote, target)
    else:
        remote = replace(weights.remote, urls=(source,)) if source else weights.remote
        fetch(remote, target)
    say(f"{weights.file_name}: {weights.credit}")
    return target


def _home(weights: PublishedWeights) -> Path:
    return data_folder() / "weights" / weights.file_name


def _copy(source: Path, remote: RemoteFile, target: Path) -> None:
    if not source.is_file():
        raise UserError(f"expected the file of the weights at {source}: there is no file")
    digest = hashlib.sha256()
    with source.open("rb") as content, atomic_path(target) as copy, copy.open("wb") as out:
        while block := content.read(_BLOCK):
            digest.update(block)
            out.write(block)
        if digest.hexdigest() != remote.sha256:
            raise UserError(
                f"expected sha256 {remote.sha256} of {source}, found {digest.hexdigest()}: "
                "it is another file, or a damaged one"
            )
