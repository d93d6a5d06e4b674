import pytest

from plant_device.contract.errors import UserError
from plant_device.service.buttons import press_by
from plant_device.service.triggers.button import Button


@pytest.mark.parametrize("name", ["", "mouse", "gpio", "gpio:", "gpio:x", "gpio:/etc/passwd:1"])
def test_what_is_no_button_is_one_line(name: str) -> None:
    with pytest.raises(UserError, match="gpio:LINE or gpio:/dev/gpiochipN:LINE"):
        press_by(Button(), name)


def test_a_board_without_such_a_chip_is_told_in_one_line() -> None:
    pytest.importorskip("gpiod")
    with pytest.raises(UserError, match="expected a GPIO chip at /dev/gpiochip999"):
        press_by(Button(), "gpio:/dev/gpiochip999:17")
