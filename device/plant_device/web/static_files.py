"""The page's files, as they lie in a folder of this program.

Which there are is looked up once. So no path, however it is written, leads anywhere else.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response

from plant_device.contract.errors import UserError

# Not by the machine's own list, which may lack half of them.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".LICENSE": "text/plain; charset=utf-8",
}
_SMALL_ALREADY = (".png", ".woff2", ".ico")
_PACKED = ".gz"
"""Of a large file that lies packed here, and is served under its name without this."""


@dataclass(frozen=True)
class StaticFile:
    """A file of the page."""

    path: Path

    def response(self, headers: Headers) -> Response:
        """It as an answer, or that it has not changed."""
        known = {"etag": self._tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if self._tag in headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=known)
        kind = _TYPES[_plain(self.path).suffix]
        if self._packed and "gzip" in headers.get("accept-encoding", ""):
            known["content-encoding"] = "gzip"
            return Response(self._packed, headers=known, media_type=kind)
        return Response(self._content, headers=known, media_type=kind)

    @cached_property
    def _content(self) -> bytes:
        content = self.path.read_bytes()
        return gzip.decompress(content) if self.path.suffix == _PACKED else content

    @cached_property
    def _packed(self) -> bytes | None:
        if self.path.suffix in _SMALL_ALREADY:
            return None
        if self.path.suffix == _PACKED:
            return self.path.read_bytes()
        return gzip.compress(self._content, 9, mtime=0)

    @cached_property
    def _tag(self) -> str:
        return f'"{hashlib.sha256(self._content).hexdigest()[:32]}"'


def static_files(folder: Path) -> Mapping[str, StaticFile]:
    """The files below a folder by their paths from there, such as `app/main.js`.

    Raises:
        UserError: there is no such folder: this program was not installed whole.
    """
    if not folder.is_dir():
        raise UserError(f"expected the page's files in {folder}: install plant-edge[web] anew")
    return {
        _plain(path).relative_to(folder).as_posix(): StaticFile(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _plain(path).suffix in _TYPES
    }


def _plain(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == _PACKED else path
