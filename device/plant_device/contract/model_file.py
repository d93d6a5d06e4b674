"""The one file that travels: a TFLite flatbuffer with a zip appended to it.

The zip holds `labels.txt`, `plant.json` and the self-test pictures; any TFLite reader runs
the file as it is, and any zip tool lists what is in it. The format is documented in
docs/model-file.md; this module is the only one that reads or writes it.
"""

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydantic import ValidationError

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.manifest import FORMAT_VERSION, Manifest
from plant_device.contract.packings import PACKINGS

LABELS = "labels.txt"
MANIFEST = "plant.json"
_MAX_FILE_BYTES = 1 << 30
_MAX_MEMBERS = 64
_MAX_MEMBER_BYTES = 8 << 20
# What zipfile raises on damaged files, subclasses included: an unknown packing is a
# RuntimeError, a name that is no UTF-8 a ValueError.
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
# With what a zip ends, and how long that is without a comment, which none of ours has.
_ZIP_END, _ZIP_END_BYTES = b"PK\5\6", 22
# Fixed, so that the same model gives the same file: the zip format's earliest date.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SelfTest:
    """One input uint8 [S, S, 3] and the int8 logits [N] that it must give."""

    picture: Picture
    logits: np.ndarray


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read whole and checked.

    Args:
        name: the file's name, for messages.
        sha256: of the whole file: the model's identity in a record.
        manifest: what `plant.json` says.
        content: all of it, which any TFLite runtime takes as it is.
        self_tests: at least one.
    """

    name: str
    sha256: str
    manifest: Manifest
    content: bytes
    self_tests: tuple[SelfTest, ...]

    @property
    def flatbuffer(self) -> bytes:
        """The TFLite part alone, whose sha256 was compared; a copy."""
        return self.content[: self.manifest.flatbuffer.bytes]


def model_file_content(
    manifest: Manifest, flatbuffer: bytes, self_test_pictures: Sequence[Picture]
) -> bytes:
    """All bytes of a model file.

    Args:
        manifest: its `flatbuffer` and `self_test` parts describe the next two arguments.
        flatbuffer: the TFLite model.
        self_test_pictures: uint8 [S, S, 3] RGB, one for each `manifest.self_test`.

    Raises:
        ValueError: the manifest does not describe what it is given with, or the flatbuffer
            has a zip at its end already.
    """
    if (len(flatbuffer), _sha256(flatbuffer)) != (
        manifest.flatbuffer.bytes,
        manifest.flatbuffer.sha256,
    ):
        raise ValueError("the manifest describes another flatbuffer")
    content = io.BytesIO(flatbuffer)
    if zipfile.is_zipfile(content):
        raise ValueError("the flatbuffer has a zip at its end already")
    with zipfile.ZipFile(content, "a") as members:
        _add(members, LABELS, _labels_text(manifest).encode())
        _add(members, MANIFEST, manifest.model_dump_json(indent=2).encode())
        for vector, picture in zip(manifest.self_test, self_test_pictures, strict=True):
            _add(members, vector.picture, _png(picture))
    return content.getvalue()


def read_model_file(path: Path) -> ModelFile:
    """Read and check a model file, which is untrusted.

    Raises:
        UserError: the file is missing, foreign, truncated, damaged, of a newer format, or
            says of itself what is not so.
    """
    return parse_model_file(path, read_bounded(path))


def parse_model_file(path: Path, content: bytes) -> ModelFile:
    """Check the content of a model file, which is untrusted.

    Args:
        path: where it is from.

    Raises:
        UserError: as `read_model_file`.
    """
    try:
        members = zipfile.ZipFile(_Content(content))
    except _DAMAGE as error:
        if content[4:8] == b"TFL3":
            raise UserError(
                f"{path} is a TFLite file but not a whole Plant Edge model file: it is truncated, "
                f"damaged, or plant-convert did not make it ({error}): copy it again, or make one "
                "with plant-convert build"
            ) from None
        raise _foreign(path) from None
    with members:
        return _checked(path, content, members)


def read_bounded(path: Path) -> bytes:
    """The content of any TFLite file of at most 1 GiB.

    Raises:
        UserError: there is no such file, or it is larger.
    """
    if path.is_dir():
        raise UserError(f"expected a model file, received a folder: {path}; name a file in it")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _MAX_FILE_BYTES:
                return file.read(size)
    except FileNotFoundError:
        raise UserError(
            f"expected a model file at {path}, received: no such file; see what it is called, or "
            "make one with plant-convert build"
        ) from None
    raise UserError(f"expected a model file of at most 1 GiB, received a larger one: {path}")


def part_names(content: bytes) -> tuple[str, ...]:
    """What is in the zip at the end of a file from anywhere; nothing if there is none to read."""
    try:
        with zipfile.ZipFile(_Content(content)) as members:
            return tuple(members.namelist())
    except _DAMAGE:
        return ()


class _Content(io.BytesIO):
    """zipfile would read, and take apart, a directory as large as the file."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_MEMBER_BYTES + 1:
            raise zipfile.BadZipFile("its directory is too large")
        return super().read(size)


def _checked(path: Path, content: bytes, members: zipfile.ZipFile) -> ModelFile:
    infos = {info.filename: info for info in members.infolist()}
    if MANIFEST not in infos or content[4:8] != b"TFL3":
        raise _foreign(path)
    if len(infos) > _MAX_MEMBERS:
        raise UserError(f"expected at most {_MAX_MEMBERS} parts in {path}, received {len(infos)}")
    if len(infos) < len(members.infolist()):
        raise UserError(f"{path} has a part twice, of which readers take one or the other")
    manifest = _read_manifest(path, _member(path, members, MANIFEST))
    flatbuffer_sha256, sha256 = _sums(content, manifest.flatbuffer.bytes)
    if flatbuffer_sha256 != manifest.flatbuffer.sha256:
        raise UserError(
            f"the model inside {path} is damaged: expected sha256 "
            f"{manifest.flatbuffer.sha256[:12]}…, received {flatbuffer_sha256[:12]}…; "
            "copy the file again"
        )
    _require_nothing_else(path, content, manifest.flatbuffer.bytes, infos.values())
    if _member(path, members, LABELS).decode(errors="replace") != _labels_text(manifest):
        raise UserError(
            f"{path}: labels.txt and plant.json name different classes; copy the file again"
        )
    side = manifest.input.side
    self_tests = tuple(
        SelfTest(
            _self_test_picture(path, _member(path, members, vector.picture), side),
            np.array(vector.logits, dtype=np.int8),
        )
        for vector in manifest.self_test
    )
    return ModelFile(path.name, sha256, manifest, content, self_tests)


def _require_nothing_else(
    path: Path, content: bytes, flatbuffer: int, parts: Iterable[zipfile.ZipInfo]
) -> None:
    """Refuse bytes that no sum covers: between the flatbuffer and the zip, and behind the zip."""
    between = min(part.header_offset for part in parts) - flatbuffer
    behind = len(content) - content.rfind(_ZIP_END) - _ZIP_END_BYTES
    if between or behind:
        raise UserError(
            f"{path} is not as plant-convert wrote it: expected a flatbuffer of {flatbuffer:,} "
            f"bytes, then a zip, then nothing, received {abs(between):,} other bytes between them "
            f"and {behind:,} behind; copy the file again"
        )


def _sums(content: bytes, first: int) -> tuple[str, str]:
    """The sha256 of the first bytes and of all of them, by one reading without a copy."""
    view = memoryview(content)
    sums = hashlib.sha256(view[:first])
    of_the_first = sums.hexdigest()
    sums.update(view[first:])
    return of_the_first, sums.hexdigest()


def _member(path: Path, members: zipfile.ZipFile, name: str) -> bytes:
    try:
        if members.getinfo(name).compress_type not in PACKINGS:
            raise ValueError("packed in a way that plant-convert does not use")
        with members.open(name) as member:
            content = member.read(_MAX_MEMBER_BYTES + 1)
    except KeyError:
        raise UserError(
            f"{path} is not a whole Plant Edge model file: no {name} in it; copy the file again"
        ) from None
    except _DAMAGE as error:
        raise UserError(f"{path}: {name} in it is damaged ({error}); copy the file again") from None
    if len(content) > _MAX_MEMBER_BYTES:
        raise UserError(f"{path}: {name} in it is larger than {_MAX_MEMBER_BYTES:,} bytes")
    return content


def _read_manifest(path: Path, content: bytes) -> Manifest:
    try:
        fields = json.loads(content, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: plant.json in it is not JSON ({error})") from None
    version = fields.get("format_version") if isinstance(fields, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise UserError(
            f"{path} has format version {version}, this program reads up to {FORMAT_VERSION}: "
            "update plant-edge on this device"
        )
    try:
        # From the text: of what was read, strict would take no list for a tuple.
        return Manifest.model_validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"]) or "plant.json"
        raise UserError(f"{path}: plant.json in it is wrong at {where}: {first['msg']}") from None


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key is there twice, of which readers take one or the other")
    return fields


def _self_test_picture(path: Path, content: bytes, side: int) -> Picture:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.size != (side, side) or image.mode != "RGB":
                raise ValueError(
                    f"expected RGB {side} x {side}, received {image.mode} {image.size}"
                )
            return np.array(image, dtype=np.uint8)
    except UnidentifiedImageError:
        raise UserError(
            f"{path}: a self-test picture in it is damaged (it is no PNG); copy the file again"
        ) from None
    except Exception as error:
        # Pillow's decoders raise almost anything on damaged files.
        raise UserError(
            f"{path}: a self-test picture in it is damaged ({error}); copy the file again"
        ) from None


def _foreign(path: Path) -> UserError:
    return UserError(
        f"expected a model file made by plant-convert, received something else: {path}; make one "
        "with plant-convert build"
    )


def _labels_text(manifest: Manifest) -> str:
    return "".join(f"{label}\n" for label in manifest.labels)


def _add(members: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Stored: MediaPipe opens no file with a packed part.
    members.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content)


def _png(picture: Picture) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG", optimize=True)
    return content.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
