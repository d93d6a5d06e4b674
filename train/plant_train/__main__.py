"""Entry point of `plant-train`."""

from plant_device.contract.entry import start


def main() -> None:
    """Load the commands, then run them."""
    start("plant_train.cli")


if __name__ == "__main__":
    main()
