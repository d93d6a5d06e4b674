"""The topics of one device."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topics:
    """Where a device publishes, and what it listens to.

    Args:
        root: what all devices' topics begin with.
        device: this one's name.
    """

    root: str
    device: str

    def __getitem__(self, name: str) -> str:
        """The topic of that name."""
        return f"{self.root}/{self.device}/{name}"

    @property
    def availability(self) -> str:
        """`online` or, which the broker says for it, `offline`; retained."""
        return self["availability"]

    @property
    def status(self) -> str:
        """What it does now; retained."""
        return self["status"]

    @property
    def health(self) -> str:
        """How the board is, and how far the outbox; retained."""
        return self["health"]

    @property
    def again(self) -> str:
        """Where a sink asks for what it has missed."""
        return self["again"]
