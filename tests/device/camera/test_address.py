import pytest

from plant_device.camera.address import address_in_words, camera_address, place_of


@pytest.mark.parametrize(
    ("url", "place", "told"),
    [
        ("http://camera/", "camera", "http://camera/"),
        ("http://camera:8080/a/b.jpg", "camera:8080", "http://camera:8080/a/b.jpg"),
        ("rtsp://u:p@camera:554/1?pwd=p", "camera:554", "rtsp://camera:554/1"),
        ("http://u:p@ss@camera/1", "camera", "http://camera/1"),
        ("http://u@[fe80::1]:81", "[fe80::1]:81", "http://[fe80::1]:81"),
    ],
)
def test_host_port_and_path_are_told_and_no_password(url: str, place: str, told: str) -> None:
    parts = camera_address(url)
    assert (place_of(parts), address_in_words(parts)) == (place, told)
