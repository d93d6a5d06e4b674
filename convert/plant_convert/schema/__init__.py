"""FlatBuffers schemas as dataclasses, and how tables of them are read and written."""
