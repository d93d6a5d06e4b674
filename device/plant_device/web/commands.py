"""The commands `plant-device token` and `plant-device certificate`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_device.contract.command_line import require, say
from plant_device.contract.errors import UserError

StoreOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="As of `run --store`: its web folder is meant.")
]
StateOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="As `state` under [web] in the settings.")
]


def token(
    store: StoreOption = None,
    state: StateOption = None,
    new: Annotated[
        bool, typer.Option("--new", help="Make another one: whoever is logged in is out.")
    ] = False,
) -> None:
    """Show the token that lets a person into the page, and a code to scan."""
    require("segno", "web")
    from plant_device.web.access.token import TokenFile
    from plant_device.web.welcome import kept_addresses, token_lines

    folder = _folder(store, state)
    tokens = TokenFile(folder, say)
    if new:
        tokens.replaced()
    urls = kept_addresses(folder)
    for url in urls:
        print(f"page: {url}")
    print("\n".join(token_lines(tokens.token(), urls)))


def certificate(store: StoreOption = None, state: StateOption = None) -> None:
    """Show the certificate that the device made itself, for phones to trust; make it if needed."""
    require("cryptography", "web")
    from datetime import datetime, timezone

    from plant_device.web.certificate import fingerprint, own_certificate
    from plant_device.web.listen import own_addresses

    folder = _folder(store, state)
    own = own_certificate(folder, own_addresses(), datetime.now(timezone.utc))
    assert own.authority
    print(f"authority: {own.authority}")
    print(f"SHA-256 fingerprint: {fingerprint(own.authority)}")
    print("phones get it from the page at /certificate.crt: compare the fingerprint there")


def _folder(store: Path | None, state: Path | None) -> Path:
    if (store is None) == (state is None):
        given = "neither" if store is None else "both"
        raise UserError(f"expected --store DIR or --state DIR, received {given}")
    from plant_device.store.database import NAME

    folder = state or (store / "web" if store else Path())
    # Where a name is mistyped, what would be made there opens nothing.
    if not folder.is_dir() and not (store and (store / NAME).is_file()):
        raise UserError(
            f"expected a folder of plant-device run --web, there is none at {state or store}: "
            "start the device first, or mend the path"
        )
    return folder
