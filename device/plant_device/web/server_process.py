"""The process that serves the page and the API; `live.outlet_process` tells how it begins and ends.

Its limits are its own: what strangers do to it, up to ending it, the loop does not feel.
"""

import asyncio
import logging
import os
import resource
import shutil
import socket
import ssl
import sys
import threading
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import uvicorn

from plant_device.contract.errors import UserError
from plant_device.live.link import Link
from plant_device.live.orders import Say
from plant_device.live.outlet_process import run_outlet
from plant_device.service.settings import Settings, WebSettings
from plant_device.web.access.entrance import Entrance
from plant_device.web.access.hosts import is_loopback
from plant_device.web.app import create_app
from plant_device.web.certificate import Certificate, own_certificate
from plant_device.web.limits.connection import BoundedConnection
from plant_device.web.listen import listen_address, listening_socket, own_addresses, urls
from plant_device.web.routes.records import EXPORTS_FOLDER
from plant_device.web.served import Served
from plant_device.web.welcome import keep_addresses, words

_MOST_HEAD_BYTES = 16 << 10
_HANDSHAKE_SECONDS = 5.0
_MOST_FILES = 4096


def main() -> None:
    """Serve until the service ends."""
    run_outlet(serve)


def serve(link: Link) -> None:
    """Serve what the link shows until its other end is gone.

    Raises:
        UserError: what is asked for cannot be served.
        EOFError: the service is gone.
    """
    settings = Settings.model_validate(link.begun["settings"])
    state = Path(link.begun["state"]) if link.begun["state"] else None
    assert settings.web.listen
    host, port = listen_address(settings.web.listen)
    listener = listening_socket(host, port)

    def say(words: str) -> None:
        # A service that is too busy to listen locks nobody out.
        with suppress(TimeoutError):
            link.ask(Say(words=words, event=True))

    try:
        certificate = _certificate(settings.web, state)
        entrance = None
        if not is_loopback(host):
            assert state
            entrance = Entrance(state, say)
    except OSError as error:
        raise UserError(
            f"expected a folder for token and certificate that can be written: {state} "
            f"({error.strerror})"
        ) from None
    served = Served(link, settings, entrance, certificate.authority if certificate else None)
    _clear_exports(settings)
    server = _Server(_config(create_app(served), certificate), link)
    scheme = "https" if certificate else "http"
    reached_at = urls(host, listener.getsockname()[1], scheme)
    if state:
        try:
            keep_addresses(state, reached_at)
        except OSError as error:
            say(f"`plant-device token` does not show where the page is ({error.strerror})")
    link.ask(Say(words=words(reached_at, entrance, shown=sys.stderr.isatty())))
    threading.Thread(target=_end_with, args=(link, server), daemon=True).start()
    _allow_files()
    _Loop().run_until_complete(server.serve([listener]))


class _Server(uvicorn.Server):
    """A server whose streams end with it: they wait for the service's answers, in threads."""

    def __init__(self, config: uvicorn.Config, link: Link) -> None:
        super().__init__(config)
        self._link = link

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self._link.close()
        await super().shutdown(sockets)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that waits for no client's handshake for long; asyncio's minute is its own."""

    async def create_server(self, *arguments: Any, **options: Any) -> Any:
        """Listen."""
        if options.get("ssl"):
            options["ssl_handshake_timeout"] = _HANDSHAKE_SECONDS
        return await super().create_server(*arguments, **options)


def _config(app: Any, certificate: Certificate | None) -> uvicorn.Config:
    # Invalid requests are no news, and would fill a card: only bugs are logged.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        config = uvicorn.Config(
            app,
            http=BoundedConnection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            # Who says to be a proxy may be anyone.
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
        )
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"expected a certificate and its key as PEM files without a password: {error}"
        ) from None
    return config


def _certificate(web: WebSettings, state: Path | None) -> Certificate | None:
    if web.certificate and web.key:
        return Certificate(web.certificate, web.key)
    if not web.self_signed:
        return None
    assert state
    return own_certificate(state, own_addresses(), datetime.now(timezone.utc))


def _clear_exports(settings: Settings) -> None:
    """Remove what a killed server was writing."""
    folder = settings.store.folder
    if folder:
        shutil.rmtree(folder / EXPORTS_FOLDER, ignore_errors=True)


def _end_with(link: Link, server: uvicorn.Server) -> None:
    link.wait_for_end()
    server.should_exit = True
    # Streams and uploads are nobody's any more.
    threading.Timer(2.0, os._exit, [0]).start()


def _allow_files() -> None:
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))


if __name__ == "__main__":
    main()
