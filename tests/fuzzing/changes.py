"""Changes of a part that leave the whole sound: a zip's sums, a PNG's, JSON's grammar."""

import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from target import Change

_PNG = b"\x89PNG\r\n\x1a\n"
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 127, -128, 255, 256, 1 << 31, 1 << 63, -(1 << 63), 10**400,
    0.5, -0.0, 1e308, float("nan"), float("inf"), "", "a", "0", "\0", "\x1b[2J", "\n", "\ud800",
    "ä" * 300, "../../a.png", [], [[]], {}, {"": None},
)  # fmt: skip


def json_value(content: bytes, change: Change, random: Random) -> bytes:
    """Change, take out, double or rename one value of a JSON text, however deep."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        return change(content)
    place, key = _somewhere(whole, random)
    match random.randrange(6):
        case 0 if isinstance(place, dict) and place:
            place[_name(change(str(key).encode()))] = place.pop(key)
        case 1 if place:
            del place[key]
        case 2 if isinstance(place, list) and place:
            place.insert(key, place[key])
        case 3 if place and isinstance(place[key], str):
            place[key] = _name(change(place[key].encode(errors="surrogatepass")))
        case _:
            if place:
                place[key] = random.choice(_ODD)
            else:
                whole = random.choice(_ODD)
    try:
        return json.dumps(whole).encode()
    except RecursionError:
        return change(content)


def zip_member(
    inner: Callable[[str, bytes, Change, Random], bytes] = lambda _, part, change, __: change(part),
) -> Callable[[bytes, Change, Random], bytes]:
    """Change one member of a zip, or its name; what stands before the zip stays.

    Args:
        inner: changes a member of a name.
    """

    def changed(content: bytes, change: Change, random: Random) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                infos = archive.infolist()
                start = min(info.header_offset for info in infos)
                members = [(info, archive.read(info)) for info in infos]
        except Exception:
            # It is no zip any more, in one of many ways.
            return change(content)
        number = random.randrange(len(members))
        info, part = members[number]
        if random.random() < 0.1:
            info.filename = _name(change(info.filename.encode(errors="replace")))[:1000]
        else:
            members[number] = info, inner(info.filename, part, change, random)
        if random.random() < 0.05:
            members.append(random.choice(members))
        packed = io.BytesIO(content[:start])
        try:
            with zipfile.ZipFile(packed, "a") as archive, warnings.catch_warnings():
                # Of a name that comes twice, which is meant.
                warnings.simplefilter("ignore")
                for info, part in members:
                    packing = info.compress_type if info.compress_type in (0, 8) else 0
                    plain = zipfile.ZipInfo(info.filename or "a")
                    archive.writestr(plain, part, compress_type=packing)
        except Exception:
            # Before this directory there is another one, wrong in one of many ways.
            return change(content)
        return packed.getvalue()

    return changed


def png_chunk(content: bytes, change: Change, random: Random) -> bytes:
    """Change a PNG's chunk and make its sum anew; of other pictures any byte."""
    chunks = _chunks(content)
    if not chunks:
        return change(content)
    number = random.randrange(len(chunks))
    kind, data = chunks[number]
    match random.randrange(8):
        case 0:
            chunks.insert(random.randrange(len(chunks)), (kind, data))
        case 1:
            del chunks[number]
        case 2:
            chunks[number] = change(kind)[:4].ljust(4, b"a"), data
        case 3 if kind == b"IDAT":
            chunks[number] = kind, zlib.compress(change(_unpacked(data)))
        case _:
            chunks[number] = kind, change(data)
    return _PNG + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _somewhere(whole: Any, random: Random) -> tuple[Any, Any]:
    """A list or an object in a value, and one of its keys; where it is none, an empty list."""
    place: Any = []
    key: Any = 0
    while isinstance(whole, (list, dict)) and whole:
        keys = list(whole) if isinstance(whole, dict) else range(len(whole))
        place, key = whole, random.choice(keys)
        whole = place[key]
        if random.random() < 0.2:
            break
    return place, key


def _name(content: bytes) -> str:
    return content.decode(errors="replace")


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], len(_PNG)
    while content.startswith(_PNG) and at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 1 << 20)
    except zlib.error:
        return data


def some_bytes(random: Random, tokens: Sequence[str] = ()) -> Change:
    """Changes where nothing measures what they reach: bytes that are other ones, fewer, or more.

    Args:
        tokens: what may be put in.
    """

    def change(content: bytes) -> bytes:
        changed = bytearray(content)
        for _ in range(random.randint(1, 4)):
            at = random.randint(0, len(changed))
            length = random.choice((1, 1, 2, 4, 8, 64))
            match random.randrange(6):
                case 0:
                    del changed[at : at + length]
                case 1:
                    changed[at:at] = changed[at : at + length]
                case 2:
                    changed[at:at] = random.choice(tokens or ("",)).encode()
                case 3:
                    changed[at : at + length] = random.choice((b"\0", b"\xff", b"\x7f")) * length
                case 4:
                    changed[at : at + length] = random.randbytes(length)
                case _ if at < len(changed):
                    changed[at] ^= 1 << random.randrange(8)
        return bytes(changed)

    return change
