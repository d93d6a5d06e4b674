import pytest

from plant_device.web.access.hosts import is_loopback, is_own_host


@pytest.mark.parametrize(
    "header", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]", "LOCALHOST"]
)
def test_this_machines_own_names(header: str) -> None:
    assert is_own_host(header)


@pytest.mark.parametrize(
    "header",
    ["", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
     "[::2]:80", "::1", "127.0.0.2", "localhost@evil.example"],
)  # fmt: skip
def test_other_names(header: str) -> None:
    assert not is_own_host(header)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("127.8.0.1", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("pi.local", False), ("", False)],
)  # fmt: skip
def test_which_addresses_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback
