"""Signatures that minisign 0.11 made, and such that a thief would make."""

import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plant_device.contract.errors import REFUSED, WRONG_INPUT, UserError
from plant_device.models.install import Demands, install
from plant_device.models.shelf import Shelf
from plant_device.models.signature import (
    PublicKey,
    check_signature,
    read_public_key,
    read_signature,
)

Command = Callable[..., "subprocess.CompletedProcess[str]"]

SIGNED = b"a model file\n"
KEY = "RWRaahCEL7KeWpofp/KVIDC/Bfi7FCbi/q9rpnW44t03RYa8TogiyaI1"
OTHER_KEY = "RWQCl5cKi0K7ZFfQqN6V0uQH14VejAlXI9/0CS4T3bWHx381SPACu9fT"
# minisign -S, and -S -l
PREHASHED = """untrusted comment: signature from minisign secret key
RURaahCEL7KeWp4S1AMot/3lSmrXISS32gzwydXGswu/UH7PJmF3l/YjxFwPTl4FVeSrouGeW3vyCubhSE4hSXA1oLH/+64nzQM=
trusted comment: season 3
cxHTvcglpUmWntkAH00NSYVBzhHb06S2urZ8C5w8i0/0ixTmLxOYRgA9zG2hWQuflGMtf8+RezgY+bZbdcZ6CA==
"""
LEGACY = """untrusted comment: signature from minisign secret key
RWRaahCEL7KeWiPywe8wu80BiD7sDK7iUBDpTWjmxjj6pdJkMSVtt+rPJhy0mVpv6wKeq6iAJU31Re6+pTIitFTV4qoTfDAcewo=
trusted comment: season 2
McGlVks02Xl769Qn4VqY3vTeMwysogZ+7AQ8vH+IlSCBQ9SZsg84cwD0pyX5XxzAPmfPEBfBJWN/LsnTZCFGDQ==
"""

Signed = Callable[..., Path]


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    """A file with a signature beside it."""

    def write(signature: str, content: bytes = SIGNED) -> Path:
        path = tmp_path / "leaves.tflite"
        path.write_bytes(content)
        path.with_name("leaves.tflite.minisig").write_text(signature)
        return path

    return write


def _own_signature(content: bytes, comment: str = "mine") -> tuple[PublicKey, str]:
    """A sound key of one's own, and its signature as minisign would write it."""
    secret = Ed25519PrivateKey.generate()
    key = PublicKey(b"12345678", secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    of_file = secret.sign(hashlib.blake2b(content).digest())
    lines = [
        "untrusted comment: x",
        base64.b64encode(b"ED" + key.id + of_file).decode(),
        f"trusted comment: {comment}",
        base64.b64encode(secret.sign(of_file + comment.encode())).decode(),
    ]
    return key, "\n".join(lines)


@pytest.mark.parametrize("signature", [PREHASHED, LEGACY], ids=["ED", "Ed"])
def test_what_minisign_signed_is_accepted(signed: Signed, signature: str) -> None:
    path = signed(signature)
    check_signature(path, path, read_public_key(KEY))
    check_signature(path, path, read_public_key(KEY))
    crlf = signed(signature.replace("\n", "\r\n") + "\r\n")
    check_signature(crlf, crlf, read_public_key(KEY))


def test_a_key_may_stand_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "field.pub").write_text(f"untrusted comment: minisign public key\n{KEY}\n\n")
    key = read_public_key(str(tmp_path / "field.pub"))
    assert key == read_public_key(KEY)
    assert key.name == "5A9EB22F84106A5A", "as minisign tells it"


@pytest.mark.parametrize("signature", [PREHASHED, LEGACY], ids=["ED", "Ed"])
@pytest.mark.parametrize("place", [0, len(SIGNED) - 1])
def test_a_file_that_was_changed_is_refused(signed: Signed, signature: str, place: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= 1
    path = signed(signature, bytes(changed))
    with pytest.raises(UserError, match="is not what key 5A9EB22F84106A5A signed") as refused:
        check_signature(path, path, read_public_key(KEY))
    assert refused.value.exit_code == REFUSED


def test_a_signature_of_another_key_is_refused(signed: Signed) -> None:
    path = signed(PREHASHED)
    with pytest.raises(UserError, match="expected 64BB428B0A979702, received 5A9EB22F84106A5A"):
        check_signature(path, path, read_public_key(OTHER_KEY))


def test_a_thief_who_names_the_trusted_key_is_refused(signed: Signed) -> None:
    key, signature = _own_signature(SIGNED)
    path = signed(signature)
    check_signature(path, path, key)
    with pytest.raises(UserError, match="is not what key"):
        check_signature(path, path, PublicKey(key.id, read_public_key(KEY).point))


@pytest.mark.parametrize("signature", [PREHASHED, LEGACY], ids=["ED", "Ed"])
def test_a_trusted_comment_that_was_changed_is_refused(signed: Signed, signature: str) -> None:
    path = signed(signature.replace("comment: season", "comment: reason"))
    with pytest.raises(UserError, match="its trusted comment was changed") as refused:
        check_signature(path, path, read_public_key(KEY))
    assert refused.value.exit_code == REFUSED


def test_an_algorithm_that_was_changed_is_refused(signed: Signed) -> None:
    path = signed(PREHASHED.replace("RURa", "RWRa"))
    with pytest.raises(UserError, match="is not what key"):
        check_signature(path, path, read_public_key(KEY))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my thesis",
        PREHASHED.partition("trusted comment")[0],
        PREHASHED.replace("cxHT", "cx"),
        PREHASHED.replace("RURa", "RUX"),
        PREHASHED.replace("RURa", "R*Ra"),
        PREHASHED + PREHASHED,
        "x" * (1 << 20),
    ],
    ids=["empty", "words", "half", "short", "other", "letters", "twice", "long"],
)
def test_what_is_no_signature_is_told(signed: Signed, text: str) -> None:
    path = signed(text)
    with pytest.raises(UserError, match="expected a signature that minisign wrote") as refused:
        read_signature(path.with_name("leaves.tflite.minisig"))
    assert refused.value.exit_code == WRONG_INPUT


@pytest.mark.parametrize("text", ["", "RW", KEY[:-4], f"{KEY}AAAA", "RU" + KEY[2:], "nowhere.pub"])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(UserError, match="expected a public key of minisign, a file or a word"):
        read_public_key(text)


# In an installation


def test_a_signed_model_is_installed_and_listed_with_its_key(
    model_path: Path, models: Path, signed: Signed
) -> None:
    content = model_path.read_bytes()
    key, signature = _own_signature(content)
    said: list[str] = []
    demands = Demands(key=key, signed=True)
    model = install(signed(signature, content), Shelf(models), demands, 3, said.append)
    assert (model.signed_by, said) == (key.name, [])
    assert Shelf(models).history().current.signed_by == key.name


def test_a_signature_is_checked_before_anything_of_the_file_is_read(
    models: Path, signed: Signed
) -> None:
    # It is no model at all, which would be told.
    key, signature = _own_signature(b"what was signed")
    with pytest.raises(UserError, match="is not what key"):
        install(signed(signature), Shelf(models), Demands(key=key), 3, print)


def test_a_file_without_a_signature_is_refused_where_one_must_be(
    plant_device: Command, model_path: Path, models: Path
) -> None:
    options = ["--models", models, "--require-signature"]
    told = plant_device("model", "install", model_path, *options, "--key", KEY)
    assert told.returncode == REFUSED
    assert told.stderr == (
        f"error: expected a signature beside {model_path}: no tiny.tflite.minisig is there\n"
    )
    told = plant_device("model", "install", model_path, *options)
    assert told.returncode == WRONG_INPUT
    assert "expected --key with --require-signature" in told.stderr
    assert not (models / "shelf.json").exists()


def test_what_is_not_checked_is_said(model_path: Path, models: Path, signed: Signed) -> None:
    said: list[str] = []
    shelf, content = Shelf(models), model_path.read_bytes()
    key, signature = _own_signature(content)
    path = signed(signature, content)
    assert install(path, shelf, Demands(), 3, said.append).signed_by is None
    path.with_name("leaves.tflite.minisig").unlink()
    assert install(path, shelf, Demands(key=key), 3, said.append).signed_by is None
    assert said == [
        "note: leaves.tflite.minisig is not checked: --key says whose it must be",
        f"note: {path} is not signed",
    ]


def test_without_the_library_the_extra_is_named(
    model_path: Path, models: Path, signed: Signed, tmp_path: Path
) -> None:
    (tmp_path / "cryptography.py").write_text("raise ImportError('not here')")
    path = signed(PREHASHED)
    order = ["model", "install", str(path), "--models", str(models), "--key", KEY]
    told = subprocess.run(
        [sys.executable, "-m", "plant_device", *order],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == WRONG_INPUT
    assert "pip install 'plant-edge[signature]'" in told.stderr
