"""A network camera's stream of JPEGs, in chunks of any length."""

from pathlib import Path

from target import Target

from plant_device.camera.jpeg_stream import JpegStream


def _read(content: bytes, _: Path) -> object:
    at_once = list(JpegStream().pictures(content))
    stream = JpegStream()
    in_bits = [each for byte in content for each in stream.pictures(bytes([byte]))]
    assert at_once == in_bits
    return at_once


def _seeds() -> list[bytes]:
    picture = (
        b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x03c\xff\xda\x00\x04de"
        + b"\x12\xff\x00\x34\xff\xd0\x56"
    )
    return [b"--x\r\n\r\n" + picture + b"\xff\xd9\r\n" + 2 * (picture + b"\xff\xff\xd9")]


TARGET = Target(_read, _seeds, tokens=("\u00ff",))
