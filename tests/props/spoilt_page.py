"""A database of which a part went."""

from pathlib import Path

# SQLite's own, unless it is told another one.
_PAGE_BYTES = 4096
# Behind what the schema takes.
_FIRST = 20 * _PAGE_BYTES


def spoil_page(database: Path, words: bytes) -> bytes:
    """Make the page with these words, one in the midst, nothing but zeros; all that it then is."""
    content = bytearray(database.read_bytes())
    begin = content.index(words, _FIRST) // _PAGE_BYTES * _PAGE_BYTES
    content[begin : begin + _PAGE_BYTES] = bytes(_PAGE_BYTES)
    database.write_bytes(content)
    return bytes(content)
