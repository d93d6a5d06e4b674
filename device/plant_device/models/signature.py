"""Signatures of minisign: who made a file, by Ed25519 (https://jedisct1.github.io/minisign/).

A signature file has four lines: a comment that nobody vouches for, the signature, a comment that is
signed with it, and the signature of both. Older ones (`Ed`) sign the file itself, newer ones (`ED`)
its BLAKE2b.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plant_device.contract.command_line import require
from plant_device.contract.errors import REFUSED, UserError

ENDING = ".minisig"
_UNTRUSTED, _TRUSTED = "untrusted comment:", "trusted comment: "
_LONGEST = 16 << 10
"""Bytes of a signature file or a key file: minisign's own comments end before."""


@dataclass(frozen=True)
class PublicKey:
    """Whose signatures are trusted.

    Args:
        id: 8 bytes that its signatures name.
        point: of Ed25519, 32 bytes.
    """

    id: bytes
    point: bytes

    @property
    def name(self) -> str:
        """As minisign tells it."""
        return _told(self.id)


@dataclass(frozen=True)
class Signature:
    """What a signature file says; nothing of it is believed yet.

    Args:
        prehashed: whether it is of the file's BLAKE2b, or of the file itself.
        key_id: of the key that made it.
        of_file: Ed25519, 64 bytes.
        trusted_comment: what `of_both` vouches for.
        of_both: Ed25519 of `of_file` and the trusted comment.
    """

    prehashed: bool
    key_id: bytes
    of_file: bytes
    trusted_comment: bytes
    of_both: bytes


def read_public_key(text: str) -> PublicKey:
    """The key in a file that `minisign -G` wrote, or the key itself: one word that begins with RW.

    Raises:
        UserError: it is none.
    """
    path = Path(text)
    lines = _lines(path) if path.is_file() else [text.encode()]
    content = _decoded(lines[-1] if lines else b"", 42)
    if content is None or content[:2] != b"Ed":
        raise UserError(
            "expected a public key of minisign, a file or a word that begins with RW, received: "
            f"{text}"
        )
    return PublicKey(content[2:10], content[10:])


def read_signature(path: Path) -> Signature:
    """Take a signature file apart, which is untrusted.

    Raises:
        UserError: it is none.
    """
    match _lines(path):
        case [first, second, third, fourth] if (
            first.startswith(_UNTRUSTED.encode())
            and (content := _decoded(second, 74))
            and content[:2] in (b"Ed", b"ED")
            and third.startswith(_TRUSTED.encode())
            and (of_both := _decoded(fourth, 64))
        ):
            return Signature(
                prehashed=content[:2] == b"ED",
                key_id=content[2:10],
                of_file=content[10:],
                trusted_comment=third[len(_TRUSTED) :],
                of_both=of_both,
            )
    raise UserError(f"expected a signature that minisign wrote, received something else: {path}")


def check_signature(path: Path, signed_as: Path, key: PublicKey) -> None:
    """Check that a file is the one that the key's owner signed.

    Args:
        path: the file.
        signed_as: its name beside its signature.
        key: whose signature it must be.

    Raises:
        UserError: it is not, there is no signature, or no library to check it with.
    """
    require("cryptography", "signature")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    beside = signature_path(signed_as)
    signature = read_signature(beside)
    if signature.key_id != key.id:
        raise UserError(
            f"{beside} was made with another key: expected {key.name}, received "
            f"{_told(signature.key_id)}",
            REFUSED,
        )
    verify: Callable[[bytes, bytes], None] = Ed25519PublicKey.from_public_bytes(key.point).verify
    try:
        verify(signature.of_file, _blake2b(path) if signature.prehashed else path.read_bytes())
    except InvalidSignature:
        raise UserError(
            f"{signed_as} is not what key {key.name} signed: it was changed, or {beside.name} is "
            "of another file",
            REFUSED,
        ) from None
    try:
        verify(signature.of_both, signature.of_file + signature.trusted_comment)
    except InvalidSignature:
        raise UserError(f"{beside}: its trusted comment was changed", REFUSED) from None


def signature_path(signed: Path) -> Path:
    """Where the signature of a file is."""
    return signed.with_name(f"{signed.name}{ENDING}")


def _lines(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [line for line in file.read(_LONGEST).splitlines() if line.strip()]


def _decoded(line: bytes, size: int) -> bytes | None:
    try:
        content = base64.b64decode(line.strip(), validate=True)
    except binascii.Error:
        return None
    return content if len(content) == size else None


def _blake2b(path: Path) -> bytes:
    total = hashlib.blake2b()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            total.update(part)
    return total.digest()


def _told(key_id: bytes) -> str:
    return key_id[::-1].hex().upper()
