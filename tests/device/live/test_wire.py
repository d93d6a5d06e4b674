import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.live.wire import MOST_BYTES, receive, send

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@given(st.lists(st.tuples(st.dictionaries(st.text(), JSON, max_size=3), st.binary(max_size=99))))
def test_messages_arrive_as_they_were_sent(
    messages: list[tuple[dict[str, object], bytes]],
) -> None:
    one, other = socket.socketpair()
    with one, other:
        for head, body in messages:
            send(one, head, body)
            assert receive(other) == (head, body)


def test_what_is_no_message_ends_the_conversation(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    one, other = pair
    for content, told in (
        (struct.pack("<II", MOST_BYTES, 1), "a message of"),
        (struct.pack("<II", 2, 0) + b"{]", "not JSON"),
        (struct.pack("<II", 2, 0) + b"[]", "no object"),
    ):
        one.sendall(content)
        with pytest.raises(EOFError, match=told):
            receive(other)


def test_a_message_that_breaks_off_is_its_end(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    one.sendall(struct.pack("<II", 5, 0) + b"{")
    one.close()
    with pytest.raises(EOFError, match="gone"):
        receive(other)
