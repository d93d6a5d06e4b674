import hashlib
import io
import json
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from plant_device.contract.classes import leaf_class
from plant_device.contract.errors import WRONG_INPUT, UserError
from plant_device.contract.manifest import Flatbuffer, Manifest
from plant_device.contract.model_file import (
    ModelFile,
    model_file_content,
    part_names,
    read_model_file,
)

MEMBERS = ["labels.txt", "plant.json", "self_test/0.png", "self_test/1.png", "self_test/2.png"]


# Each example may write over the file of the one before.
OVERWRITING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def _refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_model_file(path)
    assert refused.value.exit_code == WRONG_INPUT
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def _read_or_refused(path: Path) -> ModelFile | None:
    try:
        return read_model_file(path)
    except UserError:
        return None


def _same(one: ModelFile, other: ModelFile) -> bool:
    return (
        one.manifest == other.manifest
        and one.flatbuffer == other.flatbuffer
        and all(
            np.array_equal(mine.picture, theirs.picture)
            and np.array_equal(mine.logits, theirs.logits)
            for mine, theirs in zip(one.self_tests, other.self_tests, strict=True)
        )
    )


def _png(side: int, mode: str = "RGB", kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new(mode, (side, side)).save(content, kind)
    return content.getvalue()


# What is written is read.


def test_what_was_written_is_read_back(
    model_path: Path, manifest: Manifest, flatbuffer: bytes, self_test_pictures: list[np.ndarray]
) -> None:
    model = read_model_file(model_path)
    assert model.name == model_path.name
    assert model.manifest == manifest
    assert model.flatbuffer == flatbuffer
    assert model.sha256 == hashlib.sha256(model_path.read_bytes()).hexdigest()
    for test, picture, vector in zip(
        model.self_tests, self_test_pictures, manifest.self_test, strict=True
    ):
        np.testing.assert_array_equal(test.picture, picture)
        assert test.logits.dtype == np.int8
        assert test.logits.tolist() == vector.logits


def test_the_same_model_written_twice_gives_the_same_bytes(
    model_path: Path,
    manifest: Manifest,
    flatbuffer: bytes,
    self_test_pictures: list[np.ndarray],
) -> None:
    assert model_file_content(manifest, flatbuffer, self_test_pictures) == model_path.read_bytes()


def test_a_plain_tflite_reader_runs_the_file_as_it_is(
    model_path: Path, manifest: Manifest, self_test_pictures: list[np.ndarray]
) -> None:
    interpreter = Interpreter(model_path=str(model_path))
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    for picture, vector in zip(self_test_pictures, manifest.self_test, strict=True):
        interpreter.set_tensor(source["index"], picture[np.newaxis])
        interpreter.invoke()
        assert interpreter.get_tensor(result["index"])[0].tolist() == vector.logits


def test_pythons_zip_tool_lists_and_checks_the_members(model_path: Path) -> None:
    def tool(option: str) -> str:
        command = [sys.executable, "-m", "zipfile", option, str(model_path)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert [line.split()[0] for line in tool("-l").splitlines()[1:]] == MEMBERS
    assert "following enclosed file is corrupt" not in tool("-t")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip here")
def test_unzip_reads_the_members(model_path: Path, members: dict[str, bytes]) -> None:
    for name, content in members.items():
        got = subprocess.run(
            ["unzip", "-p", str(model_path), name], check=False, capture_output=True
        )
        assert got.stdout == content


def test_the_members_say_what_the_manifest_says(
    members: dict[str, bytes], manifest: Manifest
) -> None:
    assert list(members) == MEMBERS
    assert members["labels.txt"].decode().splitlines() == manifest.labels
    assert json.loads(members["plant.json"]) == manifest.model_dump(mode="json")
    with Image.open(io.BytesIO(members["self_test/0.png"])) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (32, 32), "RGB")


def test_the_members_are_stored_as_they_are(model_path: Path) -> None:
    """MediaPipe opens no file with a packed one."""
    with zipfile.ZipFile(model_path) as parts:
        assert {info.compress_type for info in parts.infolist()} == {zipfile.ZIP_STORED}
    assert list(part_names(model_path.read_bytes())) == MEMBERS


def test_the_flatbuffer_stands_first_in_the_file(model_path: Path, flatbuffer: bytes) -> None:
    assert model_path.read_bytes().startswith(flatbuffer)


@settings(OVERWRITING, max_examples=40)
@given(
    labels=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        min_size=4,
        max_size=4,
        unique=True,
    )
)
def test_any_class_names_come_back_as_they_were(
    altered_model: Callable[..., Path], labels: list[str]
) -> None:
    path = altered_model(classes=[leaf_class(label) for label in labels])
    assert read_model_file(path).manifest.labels == labels


@pytest.mark.parametrize(
    "labels",
    [["a\u2028b", "c\x85d", "e\x0bf", "g"], ["a", "a\nb", "b", "\r"], ["é", "叶", "🍃", " "]],
)
def test_class_names_with_odd_characters_come_back_as_they_were(
    altered_model: Callable[..., Path], labels: list[str]
) -> None:
    path = altered_model(classes=[leaf_class(label) for label in labels])
    assert read_model_file(path).manifest.labels == labels


# A writer that is told something wrong.


def test_another_flatbuffer_than_the_manifest_describes_is_not_written(
    manifest: Manifest, flatbuffer: bytes, self_test_pictures: list[np.ndarray]
) -> None:
    for wrong in (flatbuffer[:-1], flatbuffer[:-1] + bytes([flatbuffer[-1] ^ 1]), b""):
        with pytest.raises(ValueError, match="another flatbuffer"):
            model_file_content(manifest, wrong, self_test_pictures)


def test_too_few_self_test_pictures_are_refused(
    manifest: Manifest, flatbuffer: bytes, self_test_pictures: list[np.ndarray]
) -> None:
    with pytest.raises(ValueError, match="zip"):
        model_file_content(manifest, flatbuffer, self_test_pictures[:-1])


def test_a_flatbuffer_that_carries_a_zip_already_is_not_written(
    model_path: Path, manifest: Manifest, self_test_pictures: list[np.ndarray]
) -> None:
    whole = model_path.read_bytes()
    described = Flatbuffer(bytes=len(whole), sha256=hashlib.sha256(whole).hexdigest())
    with pytest.raises(ValueError, match="zip"):
        model_file_content(
            manifest.model_copy(update={"flatbuffer": described}), whole, self_test_pictures
        )


# Damage.


def test_every_truncation_is_refused(tmp_path: Path, model_path: Path) -> None:
    whole = model_path.read_bytes()
    path = tmp_path / "truncated.tflite"
    points = {*range(0, len(whole), 37), *range(20), *range(len(whole) - 200, len(whole))}
    for kept in sorted(points):
        path.write_bytes(whole[:kept])
        expected = "is a TFLite file but not a whole" if kept >= 8 else "received something else"
        assert expected in _refusal(path), f"the first {kept} bytes"


@OVERWRITING
@given(data=st.data())
def test_a_changed_byte_of_the_flatbuffer_is_seen_by_its_sha256(
    tmp_path: Path, model_path: Path, flatbuffer: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(flatbuffer) - 1).filter(lambda at: not 4 <= at < 8))
    content = bytearray(model_path.read_bytes())
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.tflite"
    path.write_bytes(content)
    message = _refusal(path)
    assert "is damaged: expected sha256" in message
    assert hashlib.sha256(flatbuffer).hexdigest()[:12] in message


@OVERWRITING
@given(data=st.data())
def test_changed_bytes_of_the_zip_are_refused_or_without_effect(
    tmp_path: Path, model_path: Path, flatbuffer: bytes, data: st.DataObject
) -> None:
    content = bytearray(model_path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        late = data.draw(st.booleans())
        first = len(content) - 500 if late else len(flatbuffer)
        content[data.draw(st.integers(first, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.tflite"
    path.write_bytes(content)
    model = _read_or_refused(path)
    assert model is None or _same(model, read_model_file(model_path))


@pytest.mark.parametrize("behind", [b"\0", b"half of another file", b"PK" * 500], ids=len)
def test_bytes_behind_the_end_are_refused(tmp_path: Path, model_path: Path, behind: bytes) -> None:
    path = tmp_path / "longer.tflite"
    path.write_bytes(model_path.read_bytes() + behind)
    assert f"and {len(behind):,} behind; copy the file again" in _refusal(path)


def test_a_comment_of_the_zip_is_refused(tmp_path: Path, model_path: Path) -> None:
    path = tmp_path / "commented.tflite"
    shutil.copy(model_path, path)
    with zipfile.ZipFile(path, "a") as members:
        members.comment = b"hello"
    assert "and 5 behind" in _refusal(path)


def test_bytes_between_the_flatbuffer_and_the_zip_are_refused(
    tmp_path: Path, flatbuffer: bytes, members: dict[str, bytes]
) -> None:
    content = io.BytesIO(flatbuffer + b"more")
    with zipfile.ZipFile(content, "a") as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    path = tmp_path / "parted.tflite"
    path.write_bytes(content.getvalue())
    assert "received 4 other bytes between them and 0 behind" in _refusal(path)


def test_a_part_that_another_tool_adds_to_the_zip_is_legal(
    tmp_path: Path, model_path: Path
) -> None:
    path = tmp_path / "more.tflite"
    shutil.copy(model_path, path)
    with zipfile.ZipFile(path, "a") as members:
        members.writestr("README", "about it")
    assert _same(read_model_file(path), read_model_file(model_path))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_refused(tmp_path: Path, model_path: Path) -> None:
    path = tmp_path / "twice.tflite"
    shutil.copy(model_path, path)
    with zipfile.ZipFile(path, "a") as members:
        members.writestr("plant.json", members.read("plant.json"))
    assert "has a part twice" in _refusal(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("place", [2, 9, 30, 100])
def test_a_damaged_member_is_refused_however_it_is_compressed(
    tmp_path: Path, flatbuffer: bytes, members: dict[str, bytes], compression: int, place: int
) -> None:
    content = io.BytesIO(flatbuffer)
    with zipfile.ZipFile(content, "a", compression) as archive:
        for name, part in members.items():
            archive.writestr(name, part)
        header = archive.getinfo("plant.json").header_offset
    path = tmp_path / "model.tflite"
    path.write_bytes(content.getvalue())
    assert read_model_file(path).flatbuffer == flatbuffer
    damaged = bytearray(content.getvalue())
    start = header + 30 + len("plant.json") + place
    damaged[start : start + 6] = bytes(byte ^ 0xFF for byte in damaged[start : start + 6])
    path.write_bytes(damaged)
    _refusal(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_may_ask_for_any_memory_is_refused(
    tmp_path: Path, flatbuffer: bytes, members: dict[str, bytes], compression: int
) -> None:
    content = io.BytesIO(flatbuffer)
    with zipfile.ZipFile(content, "a", compression) as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    path = tmp_path / "model.tflite"
    path.write_bytes(content.getvalue())
    assert "plant.json in it is damaged (packed in a way" in _refusal(path)


def test_a_zip_that_says_it_needs_a_newer_zip_program_is_refused(
    tmp_path: Path, model_path: Path
) -> None:
    content = bytearray(model_path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 6] = 200
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    _refusal(path)


def test_a_member_name_that_is_not_utf8_is_refused(tmp_path: Path, model_path: Path) -> None:
    content = bytearray(model_path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 9] |= 0x08
    content[directory + 46] = 0xFF
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    _refusal(path)


# Strangers.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"This is not a model.\n" * 50,
        _png(40),
        b"\0" * 5000,
        b"PK\x05\x06" + b"\0" * 18,
    ],
    ids=["empty", "one byte", "text", "picture", "zeros", "empty zip"],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert _refusal(path).startswith("expected a model file made by plant-convert")


def test_a_plain_flatbuffer_is_refused(tmp_path: Path, flatbuffer: bytes) -> None:
    path = tmp_path / "plain.tflite"
    path.write_bytes(flatbuffer)
    assert "plant-convert did not make it" in _refusal(path)


def test_a_plain_zip_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], flatbuffer: bytes
) -> None:
    assert "received something else" in _refusal(model_of(members, head=b""))
    assert "received something else" in _refusal(model_of(members, head=b"text before a zip"))


def test_another_projects_tflite_with_a_zip_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes]
) -> None:
    assert "received something else" in _refusal(model_of({"labels.txt": members["labels.txt"]}))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "received a folder" in _refusal(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in _refusal(tmp_path / "model.tflite")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.tflite"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    assert "at most 1 GiB" in _refusal(path)


def test_reading_takes_memory_in_proportion_to_the_file(model_path: Path) -> None:
    tracemalloc.start()
    try:
        read_model_file(model_path)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


# Members that are not what they must be.


@pytest.mark.parametrize("name", ["labels.txt", "self_test/0.png", "self_test/2.png"])
def test_a_missing_member_is_named(
    model_of: Callable[..., Path], members: dict[str, bytes], name: str
) -> None:
    rest = {other: content for other, content in members.items() if other != name}
    assert f"no {name} in it" in _refusal(model_of(rest))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"Apple___scab", b"Apple___rot"),
        lambda text: b"\n".join(reversed(text.split(b"\n"))),
        lambda text: text + b"Weed\n",
        lambda text: b"",
        lambda text: b"\xff\xfe" + text,
    ],
    ids=["renamed", "reordered", "one more", "empty", "not UTF-8"],
)
def test_labels_that_differ_from_the_manifest_are_refused(
    model_of: Callable[..., Path],
    members: dict[str, bytes],
    change: Callable[[bytes], bytes],
) -> None:
    path = model_of(members | {"labels.txt": change(members["labels.txt"])})
    assert "name different classes" in _refusal(path)


@pytest.mark.parametrize("name", ["plant.json", "labels.txt", "self_test/1.png"])
def test_a_member_that_unpacks_to_too_much_is_refused_within_bounded_memory(
    model_of: Callable[..., Path], members: dict[str, bytes], name: str
) -> None:
    path = model_of(members | {name: bytes(100 << 20)})
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        message = _refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()
    assert f"{name} in it is larger than" in message


def test_a_zip_directory_that_is_too_large_is_refused_unread(
    tmp_path: Path, flatbuffer: bytes
) -> None:
    """zipfile takes all of it apart, however few members a reader asks for."""
    path, size = tmp_path / "leaves.tflite", 9 << 20
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, size, len(flatbuffer), 0)
    path.write_bytes(flatbuffer + bytes(size) + end)
    assert "its directory is too large" in _refusal(path)
    assert part_names(path.read_bytes()) == ()


def test_too_many_members_are_refused(
    model_of: Callable[..., Path], members: dict[str, bytes]
) -> None:
    more = {f"more/{number}": b"" for number in range(64 - len(members))}
    read_model_file(model_of(members | more))
    assert "received 65" in _refusal(model_of(members | more | {"last": b""}))


@pytest.mark.parametrize(
    "picture",
    [_png(31), _png(32, "L"), _png(32, "RGBA"), _png(32, kind="JPEG"), _png(32)[:-30], b"", b"PNG"],
    ids=["too small", "grey", "with alpha", "JPEG", "truncated", "empty", "text"],
)
def test_a_self_test_picture_that_is_not_an_input_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], picture: bytes
) -> None:
    path = model_of(members | {"self_test/1.png": picture})
    assert "a self-test picture in it is damaged" in _refusal(path)


def test_a_self_test_picture_that_claims_to_be_huge_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes]
) -> None:
    for side in (10_000, 20_000):
        huge = bytearray(_png(32))
        huge[16:24] = side.to_bytes(4, "big") * 2
        _refusal(model_of(members | {"self_test/0.png": bytes(huge)}))


# plant.json


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"model: tiny",
        b'{"name": "tiny"',
        b"\xff\xfe\xfd",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"9" * 5000,
    ],
    ids=["empty", "text", "cut", "not UTF-8", "deep lists", "deep objects", "huge number"],
)
def test_a_manifest_that_is_not_json_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], content: bytes
) -> None:
    assert "plant.json in it is not JSON" in _refusal(model_of(members | {"plant.json": content}))


@pytest.mark.parametrize("content", [b"[]", b"null", b'"tiny"', b"1", b"[[1]]"])
def test_json_that_is_not_an_object_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], content: bytes
) -> None:
    assert "wrong at plant.json" in _refusal(model_of(members | {"plant.json": content}))


def _changed(members: dict[str, bytes], *keys: str, value: Any) -> dict[str, bytes]:
    fields = json.loads(members["plant.json"])
    part = fields
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    return members | {"plant.json": json.dumps(fields).encode()}


@pytest.fixture
def of_format_1(members: dict[str, bytes]) -> dict[str, bytes]:
    """The parts of a file as they were when nothing was said of the gate and the conversion."""
    fields = json.loads(members["plant.json"])
    del fields["gate"], fields["conversion"]
    return members | {"plant.json": json.dumps({**fields, "format_version": 1}).encode()}


def test_a_file_of_the_first_format_is_read_as_ever(
    model_of: Callable[..., Path], of_format_1: dict[str, bytes], manifest: Manifest
) -> None:
    model = read_model_file(model_of(of_format_1))
    former = {"format_version": 1, "gate": None, "conversion": None}
    assert model.manifest == manifest.model_copy(update=former)
    assert len(model.self_tests) == len(manifest.self_test)


@pytest.mark.parametrize("part", ["gate", "conversion"])
def test_a_format_has_its_parts_and_no_later_ones(
    model_of: Callable[..., Path],
    of_format_1: dict[str, bytes],
    members: dict[str, bytes],
    part: str,
) -> None:
    fields = json.loads(members["plant.json"])
    late = model_of(_changed(of_format_1, part, value=fields[part]))
    assert f"format 1 has no {part}" in _refusal(late)
    missing = model_of(_changed(members, part, value=None))
    assert f"format 2 asks for {part}" in _refusal(missing)


@pytest.mark.parametrize("version", [3, 4, 10**30])
def test_a_newer_format_asks_for_an_update(
    model_of: Callable[..., Path], members: dict[str, bytes], version: int
) -> None:
    fields = json.loads(members["plant.json"])
    newer = {"format_version": version, "what": "we do not know yet", "was": fields["name"]}
    message = _refusal(model_of(members | {"plant.json": json.dumps(newer).encode()}))
    assert f"format version {version}, this program reads up to 2" in message
    assert "update plant-edge" in message


@pytest.mark.parametrize("version", [0, -1, "1", "2", None, False, 1.5, [2]])
def test_a_format_version_that_never_was_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], version: object
) -> None:
    path = model_of(_changed(members, "format_version", value=version))
    assert "wrong at format_version" in _refusal(path)


@pytest.mark.parametrize(
    "keys",
    [
        ("colour",),
        ("input", "mean"),
        ("classes", 0, "latin"),
        ("thresholds", "maybe"),
        ("held_out", "int8", "recall"),
        ("made_by", "user"),
        ("self_test", 0, "tolerance"),
    ],
    ids=lambda keys: ".".join(map(str, keys)),
)
def test_an_unknown_key_is_refused_by_its_name(
    model_of: Callable[..., Path], members: dict[str, bytes], keys: tuple[str, ...]
) -> None:
    path = model_of(_changed(members, *keys, value=1))
    assert f"wrong at {'.'.join(map(str, keys))}: Extra inputs" in _refusal(path)


def test_a_key_that_is_there_twice_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes]
) -> None:
    text = members["plant.json"].replace(b'"side":', b'"side": 7, "side":', 1)
    assert "a key is there twice" in _refusal(model_of(members | {"plant.json": text}))


@pytest.mark.parametrize("value", ["1", True, [1], {}])
@pytest.mark.parametrize(
    "keys", [("temperature",), ("thresholds", "unsure"), ("input", "side")], ids=".".join
)
def test_what_is_no_number_is_not_taken_for_one(
    model_of: Callable[..., Path], members: dict[str, bytes], keys: tuple[str, ...], value: object
) -> None:
    path = model_of(_changed(members, *keys, value=value))
    assert f"wrong at {'.'.join(keys)}" in _refusal(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "keys",
    [
        ("temperature",),
        ("thresholds", "unsure"),
        ("thresholds", "not_leaf"),
        ("held_out", "agreement"),
        ("held_out", "int8", "top1"),
        ("held_out", "float32", "log_loss"),
        ("held_out", "int8", "per_class", "Apple___scab", "f1"),
    ],
    ids=".".join,
)
def test_a_number_that_is_none_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], keys: tuple[str, ...], number: float
) -> None:
    path = model_of(_changed(members, *keys, value=number))
    assert f"wrong at {'.'.join(keys)}" in _refusal(path)


def test_a_manifest_of_another_flatbuffer_length_is_refused(
    model_of: Callable[..., Path], members: dict[str, bytes], flatbuffer: bytes
) -> None:
    for length in (1, len(flatbuffer) - 1, len(flatbuffer) + 1, 10**15):
        path = model_of(_changed(members, "flatbuffer", "bytes", value=length))
        assert "is damaged: expected sha256" in _refusal(path)
