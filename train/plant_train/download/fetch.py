"""One file over HTTP: resumed after a cut, bounded, checked by its sha256, whole or not at all.

pooch starts each attempt anew, and huggingface_hub resumes from its own hub alone: hence
requests, and what is here.
"""

import hashlib
import http.client
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from plant_device.contract.atomic import write_atomically
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.download.recorded_sums import (
    record_path,
    record_sum,
    recorded_sum,
    without_password,
)
from plant_train.one_process import one_process
from plant_train.progress import Meter

# Between fruitless attempts at one address; an attempt that brought bytes is followed at once.
PAUSES_SECONDS = (1.0, 3.0, 9.0)

_CONNECT_AND_READ_SECONDS = (10, 30)
_MAX_REDIRECTS = 10
_BLOCK = 1 << 16
_MEGABYTE = 1_000_000
# "Too early" or "too often", and the server's own trouble: the next attempt may be answered.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_BRING_IT = "without network, bring it and say --from (docs/download.md)"


@dataclass(frozen=True)
class RemoteFile:
    """A file somewhere else.

    Args:
        urls: addresses of the same bytes, tried in turn.
        sha256: in hexadecimal; None where nobody published it: it is then recorded for each
            address on first use, and compared ever after.
        max_bytes: more than this is refused, whatever the server says.
    """

    urls: tuple[str, ...]
    sha256: str | None
    max_bytes: int


def fetch(file: RemoteFile, target: Path, pauses: Sequence[float] = PAUSES_SECONDS) -> str:
    """Download `file` to `target`, unless it is there; give its sha256 in hexadecimal.

    What has arrived lies in `TARGET.partial`, where the next call goes on if the server
    still has the same file (`If-Range`), or if the sum will tell. `pauses` are the seconds
    between fruitless attempts at one address.

    Raises:
        UserError: no address gives the file, or with another sum; the disk has no room; another
            process downloads the same file; or `target` is there with another sum.
        OSError: a write failed.
    """
    if target.exists():
        return sum_of_what_is_there(file, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _Partial(target)
    reasons: list[str] = []
    alone = one_process(partial.path, "is downloading to")
    with alone, partial.swept_up(), requests.Session() as session:
        session.max_redirects = _MAX_REDIRECTS
        session.headers["User-Agent"] = "plant-edge"
        # What lies on the disk is compared with the sum: no compression under way.
        session.headers["Accept-Encoding"] = "identity"
        for url in file.urls:
            try:
                received = _fetch_from(session, url, file, partial, pauses)
            except _RefusedError as refusal:
                reasons.append(f"{_host(url)} {refusal}")
                continue
            partial.finish()
            return received
    raise UserError(f"cannot download {target.name}: {'; '.join(reasons)}; {_BRING_IT}")


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sum_of_what_is_there(file: RemoteFile, target: Path) -> str:
    """The sha256 of `target`, in hexadecimal.

    Raises:
        UserError: `file` has another.
    """
    found = sha256_of(target)
    if file.sha256 not in (None, found):
        raise UserError(
            f"expected sha256 {file.sha256} of {target}, found {found}: move the file away, then "
            "the same command goes on"
        )
    return found


class _CutError(Exception):
    """Another attempt at the same address may bring (more of) the file."""


class _UnreachableError(_CutError):
    """There is no way to this address now."""


class _RefusedError(Exception):
    """This address does not give the file."""


def _fetch_from(
    session: requests.Session,
    url: str,
    file: RemoteFile,
    partial: "_Partial",
    pauses: Sequence[float],
) -> str:
    recorded = None if file.sha256 else recorded_sum(url)
    expected = file.sha256 or recorded
    resumed = _receive_all(session, url, file, partial, expected, pauses)
    received = sha256_of(partial.path)
    if expected is not None and received != expected and resumed:
        # The older part may be what is wrong.
        partial.drop()
        _receive_all(session, url, file, partial, expected, pauses)
        received = sha256_of(partial.path)
    if expected not in (None, received):
        partial.drop()
        origin = f", as recorded on first use in {record_path()}" if recorded else ""
        raise _RefusedError(
            f"gives another file: expected sha256 {expected}{origin}, received {received}"
        )
    if expected is None:
        record_sum(url, received)
        say(f"sha256 {received} recorded in {record_path()}: nobody published one")
    return received


def _receive_all(
    session: requests.Session,
    url: str,
    file: RemoteFile,
    partial: "_Partial",
    expected: str | None,
    pauses: Sequence[float],
) -> bool:
    """Repeat until the whole file is there; whether an older part of it was kept."""
    older = most = partial.size
    fruitless, answered = 0, False
    while True:
        try:
            started_at = _receive(session, url, file, partial, resumable=expected is not None)
            return bool(older) and started_at >= older
        except _CutError as cut:
            answered = answered or not isinstance(cut, _UnreachableError)
            if not answered:
                # No network, most likely: say so at once, not after all the pauses.
                raise _RefusedError(str(cut)) from None
            fruitless = 0 if partial.size > most else fruitless + 1
            most = max(most, partial.size)
            if fruitless > len(pauses):
                raise _RefusedError(str(cut)) from None
            pause = pauses[fruitless - 1] if fruitless else 0
            say(
                f"{_host(url)} {cut}; {partial.size / _MEGABYTE:.1f} MB are here, "
                f"trying again{f' in {pause:g} s' if pause else ''}"
            )
            time.sleep(pause)


def _receive(
    session: requests.Session, url: str, file: RemoteFile, partial: "_Partial", *, resumable: bool
) -> int:
    """One request; gives the place at which its bytes began.

    `resumable`: the sum will tell whether the parts belong together, so that the server's
    word for it is not needed.
    """
    have, validator = partial.size, partial.validator(url)
    headers: dict[str, str] = {}
    if have and (validator or resumable):
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    else:
        have = 0
    with _reply(session, url, headers) as reply:
        if have and reply.status_code == requests.codes.requested_range_not_satisfiable:
            if _range_total(reply) == have:
                return have
            partial.drop()
            raise _CutError("has a shorter file now")
        _require_the_file(reply)
        continues = reply.status_code == requests.codes.partial_content
        if continues and _range_start(reply) != have:
            partial.drop()
            raise _CutError("gives another range than was asked for")
        have = have if continues else 0
        total = _promised_total(reply, have, file, sum_known=resumable)
        _require_room(partial.path.parent, (total or have) - have)
        if not continues:
            partial.begin(url, _validator_of(reply))
        _append(reply, partial.path, have, total, file.max_bytes)
    return have


@contextmanager
def _reply(
    session: requests.Session, url: str, headers: dict[str, str]
) -> Iterator[requests.Response]:
    try:
        with session.get(
            url, headers=headers, stream=True, timeout=_CONNECT_AND_READ_SECONDS
        ) as reply:
            yield reply
    except requests.exceptions.SSLError as error:
        raise _RefusedError(f"cannot be trusted, its certificate fails: {error}") from None
    except requests.exceptions.ProxyError:
        raise _RefusedError("cannot be reached through the proxy") from None
    except requests.exceptions.ReadTimeout:
        raise _CutError("does not answer in time") from None
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise _UnreachableError("cannot be reached (no network?)") from None
        raise _CutError("cut the connection") from None
    except requests.exceptions.TooManyRedirects:
        raise _RefusedError(f"redirects more than {_MAX_REDIRECTS} times") from None
    except requests.exceptions.RequestException as error:
        raise _RefusedError(f"is no usable address: {without_password(str(error))}") from None
    except urllib3.exceptions.HTTPError:
        raise _CutError("cut the connection") from None


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError) or isinstance(
        error, requests.exceptions.ConnectTimeout
    )


def _require_the_file(reply: requests.Response) -> None:
    status = reply.status_code
    if status in _PASSING:
        raise _CutError(f"answers {status} {http.client.responses.get(status, '')}")
    if status not in (requests.codes.ok, requests.codes.partial_content):
        raise _RefusedError(f"answers {status} {http.client.responses.get(status, '')}")
    if reply.history and _is_downgrade(reply.history[0].url, reply.url):
        raise _RefusedError("redirects from https to plain http")
    if reply.headers.get("Content-Type", "").startswith("text/html"):
        raise _RefusedError("gives a web page instead of the file (a log-in, or a proxy?)")
    encoding = reply.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise _RefusedError(f"gives the file encoded as {encoding[:40]!r}, though asked not to")


def _is_downgrade(first: str, last: str) -> bool:
    return urlsplit(first).scheme == "https" and urlsplit(last).scheme != "https"


def _promised_total(
    reply: requests.Response, have: int, file: RemoteFile, *, sum_known: bool
) -> int | None:
    length = reply.headers.get("Content-Length")
    if length is None:
        # Chunks say where they end; without them a cut looks like the end.
        if not sum_known and reply.headers.get("Transfer-Encoding") != "chunked":
            raise _RefusedError("does not say how long the file is")
        return None
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise _RefusedError(f"promises a senseless length: {length[:40]!r}")
    total = have + int(length)
    if _range_total(reply) not in (None, total):
        raise _RefusedError("contradicts itself about how long the file is")
    if total > file.max_bytes:
        raise _RefusedError(f"promises {total:,} bytes, expected at most {file.max_bytes:,}")
    return total


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"expected {needed / _MEGABYTE:.0f} MB free in {folder}, found "
            f"{free / _MEGABYTE:.0f} MB: make room, then the same command goes on"
        )


def _append(
    reply: requests.Response, path: Path, have: int, total: int | None, max_bytes: int
) -> None:
    name = path.name.removesuffix(_Partial.ENDING)
    megabytes = -(-((total or max_bytes) - have) // _MEGABYTE)
    unit = "MB" if total else "MB of at most"
    with path.open("ab") as content, Meter(megabytes, f"downloading {name}, {unit}") as meter:
        received = 0
        # Not iter_content: it drops the part of a block that came before a cut.
        while block := reply.raw.read1(_BLOCK, decode_content=False):
            if have + received + len(block) > max_bytes:
                raise _RefusedError(f"gives more than the expected {max_bytes:,} bytes")
            try:
                content.write(block)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from None
            received += len(block)
            if received // _MEGABYTE > meter.done:
                meter.advance(received // _MEGABYTE - meter.done)


def _validator_of(reply: requests.Response) -> str | None:
    """What `If-Range` takes: a strong ETag, else the date of the last change (RFC 9110, 13.1.5)."""
    tag = reply.headers.get("ETag", "W/")
    return reply.headers.get("Last-Modified") if tag.startswith("W/") else tag


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return without_password(url)


def _range_start(reply: requests.Response) -> int | None:
    match = re.match(r"bytes (\d{1,18})-", reply.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _range_total(reply: requests.Response) -> int | None:
    match = re.search(r"/(\d{1,18})$", reply.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


class _Partial:
    """What has arrived of a file, and from where: `TARGET.partial` and `TARGET.partial.json`."""

    ENDING = ".partial"

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + self.ENDING)
        self._origin = self.path.with_name(f"{self.path.name}.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size

    def validator(self, url: str) -> str | None:
        """What tells whether the server at `url` still has the file that this is a part of."""
        try:
            origin = json.loads(self._origin.read_text(encoding="utf-8"))
            return str(origin["validator"]) if origin["url"] == url else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def begin(self, url: str, validator: str | None) -> None:
        """Start anew, and note where the file comes from."""
        self.drop()
        if validator:
            write_atomically(self._origin, json.dumps({"url": url, "validator": validator}))

    @contextmanager
    def swept_up(self) -> Iterator[None]:
        """Leave no file where nothing has arrived."""
        try:
            yield
        finally:
            if self.path.exists() and not self.size:
                self.path.unlink()

    def drop(self) -> None:
        """Forget what is there. Emptied, not removed: the lock is the file's."""
        os.truncate(self.path, 0)
        self._origin.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the file its name, for good."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(self._target)
        self._origin.unlink(missing_ok=True)
