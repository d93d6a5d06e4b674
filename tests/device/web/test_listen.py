import pytest

from plant_device.contract.errors import UserError
from plant_device.web.listen import listen_address, urls


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:80", ("::1", 80)),
        (":8080", ("0.0.0.0", 8080)),
        ("pi.local:0", ("pi.local", 0)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_where_to_listen(text: str, address: tuple[str, int]) -> None:
    assert listen_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "8080", "a", "a:", "a:b", "::1:80", "a:65536", "a b:1", "/:1"]
)
def test_where_not(text: str) -> None:
    with pytest.raises(UserError, match="expected HOST:PORT"):
        listen_address(text)


def test_how_it_is_reached() -> None:
    assert urls("::1", 80, "https") == ["https://[::1]:80"]
    assert urls("pi.local", 80, "http") == ["http://pi.local:80"]
    everywhere = urls("0.0.0.0", 80, "http")
    assert everywhere
    assert not any("0.0.0.0" in url or "127." in url for url in everywhere)
