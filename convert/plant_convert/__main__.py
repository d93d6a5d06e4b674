"""Entry point of `plant-convert`."""

from plant_device.contract.entry import start


def main() -> None:
    """Load the commands, then run them."""
    start("plant_convert.cli")


if __name__ == "__main__":
    main()
