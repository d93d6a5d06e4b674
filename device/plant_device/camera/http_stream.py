"""Pictures over HTTP: a stream of JPEGs (MJPEG), or an address that gives one picture a call."""

import base64
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage, HTTPResponse, responses
from typing import IO

import cv2
import numpy as np

from plant_device.camera.address import address_in_words, camera_address, place_of
from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.jpeg_damage import damaged_picture, with_damage
from plant_device.camera.jpeg_stream import LARGEST_JPEG, SOI, JpegStream
from plant_device.camera.live import timed
from plant_device.camera.options import CameraOptions
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.picture_file import decode_picture, require_picture_size

_TIMEOUT_SECONDS = 10
"""Longer than the supervisor waits: its word is the one that is heard."""
_CHUNK = 64 << 10
_SNAPSHOT_RATE = 2.0
# As many as a camera sends in half a minute; looking at each costs more than at what follows it.
_MOST_BROKEN = 1000
# FFmpeg and some cameras say nothing more of their streams.
_STREAMS = ("application/octet-stream", "video/x-motion-jpeg")


class HttpSource:
    """Frames of an `http://` or `https://` address.

    Of snapshots, `fps` says how many are fetched a second, 2 if it does not.
    """

    live = True

    def __init__(self, url: str, options: CameraOptions) -> None:
        """Understand the address.

        Raises:
            UserError: it has no host, or is not written as HTTP has it.
        """
        parts = camera_address(url)
        # urllib takes a password in an address for a part of the host's name.
        where = parts._replace(netloc=place_of(parts))
        if not where.geturl().isascii():
            raise UserError(
                "expected an address whose path has other letters than ASCII's as %C3%BC, "
                f"received: {address_in_words(parts)}"
            )
        self._request = urllib.request.Request(where.geturl())
        if parts.username is not None:
            pair = f"{_unquoted(parts.username)}:{_unquoted(parts.password or '')}"
            code = base64.b64encode(pair.encode()).decode()
            self._request.add_unredirected_header("Authorization", f"Basic {code}")
        self._name = address_in_words(parts)
        self._rate = options.fps or _SNAPSHOT_RATE

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its pictures until the stream ends; of snapshots for ever.

        Raises:
            UserError: it does not answer, or what comes is no picture.
        """
        return timed(self._pictures(), self._name)

    def _pictures(self) -> Iterator[Picture | Damaged]:
        try:
            while True:
                begun = time.monotonic()
                with self._opened() as response:
                    kind = response.headers.get_content_type()
                    if kind.startswith("multipart/") or kind in _STREAMS:
                        yield from self._stream(response)
                        raise UserError(f"{self._name} ended its stream")
                    if not kind.startswith("image/"):
                        raise UserError(
                            f"expected a picture or a stream of JPEGs from {self._name}, received "
                            f"{kind}"
                        )
                    content = response.read(LARGEST_JPEG)
                    # What does not even begin as a JPEG is a picture of another kind, or none.
                    jpeg = content.startswith(SOI)
                    yield self._picture(content) if jpeg else self._decoded(content)
                time.sleep(max(0.0, 1 / self._rate - (time.monotonic() - begun)))
        except urllib.error.HTTPError as error:
            # Python's own reason of a redirection without an end has two lines.
            reason = responses.get(error.code, "")
            raise UserError(f"{self._name} answers {error.code} {reason}".rstrip()) from None
        except urllib.error.URLError as error:
            raise UserError(f"{self._name} does not answer: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise UserError(f"{self._name} broke off: {error or type(error).__name__}") from None

    def _opened(self) -> HTTPResponse:
        response: HTTPResponse = _OPENER.open(self._request, timeout=_TIMEOUT_SECONDS)
        return response

    def _stream(self, response: HTTPResponse) -> Iterator[Picture | Damaged]:
        stream, without = JpegStream(), 0
        while chunk := response.read1(_CHUNK):
            without += len(chunk)
            # Whoever sends that would be read as fast as it comes; the supervisor has patience.
            if without > LARGEST_JPEG or stream.broken > _MOST_BROKEN:
                raise UserError(
                    f"expected a stream of JPEGs from {self._name}, received "
                    f"{without / 2**20:.1f} MB without a whole one"
                )
            for jpeg in stream.pictures(chunk):
                without = 0
                yield self._picture(jpeg)

    def _picture(self, jpeg: bytes) -> Picture | Damaged:
        try:
            return self._decoded(jpeg)
        except UserError as error:
            return Damaged(str(error))

    def _decoded(self, content: bytes) -> Picture:
        """BGR uint8 [H, W, 3]."""
        if not content.startswith(SOI):
            return decode_picture(content, f"what {self._name} sent")[:, :, ::-1]
        require_picture_size(content, f"what {self._name} sent")
        picture, damaged = with_damage(
            lambda: cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        )
        if picture is None or damaged:
            raise UserError(damaged_picture(self._name).reason)
        return np.asarray(picture, np.uint8)


class _OnTheSameMachine(urllib.request.HTTPRedirectHandler):
    """Follows a camera to its other paths and ports, and to https.

    It may be anyone's, and what else this device reaches (its own services, a router) is not its.
    """

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request.

        Raises:
            HTTPError: it is of another machine, or another protocol.
        """
        there = urllib.parse.urlsplit(newurl)
        if there.scheme in ("http", "https") and there.hostname == _host(req.full_url):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        reason = (
            f"and leads to {there.scheme}://{there.hostname or ''}, which is not followed: give "
            "that address itself, if it is the camera's"
        )
        raise urllib.error.HTTPError(req.full_url, code, reason, headers, fp)


_OPENER = urllib.request.build_opener(_OnTheSameMachine)


def _host(url: str) -> str | None:
    return urllib.parse.urlsplit(url).hostname


def _unquoted(text: str) -> str:
    return urllib.parse.unquote(text)
