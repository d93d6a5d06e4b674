"""The command `plant-device bundle`."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from plant_device.contract.command_line import require_writable, say
from plant_device.contract.errors import UserError


def bundle(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    target: Annotated[
        str,
        typer.Option(
            metavar="SYSTEM",
            help="What runs on the board: bookworm, trixie (Raspberry Pi OS and Debian), jetpack6, "
            "jetpack7, jammy, noble (Ubuntu).",
        ),
    ],
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file of plant-convert, installed along with it."),
    ] = None,
    machine: Annotated[
        str, typer.Option(metavar="MACHINE", help="The board's processor: aarch64 or x86_64.")
    ] = "aarch64",
) -> None:
    """Make a folder from which a board without a network is installed.

    It holds this program, every package that it needs on the board, a model, and install.sh; made
    on the workstation, which needs a network for it. Copy it to the board and run
    sudo bash OUT/install.sh there.
    """
    from plant_device.bundle.folder import bundle_bytes, write_bundle
    from plant_device.bundle.targets import Machine

    known = {name: name for name in get_args(Machine)}
    if machine not in known:
        raise UserError(f"expected --machine {' or '.join(known)}, received: {machine}")
    if out.exists():
        raise UserError(f"{out} exists: a bundle is a new folder, choose another name")
    require_writable(out.parent)
    write_bundle(out, target, known[machine], model, say)
    sizes = bundle_bytes(out)
    for name, size in sizes.items():
        if size >= 1_000_000:
            say(f"{size / 1e6:7.1f} MB  {name}")
    say(f"{sum(sizes.values()) / 1e6:7.1f} MB  {out} in all: sudo bash {out}/install.sh there")
