"""The systems that Raspberry Pi OS is made of, an entry each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Suite:
    """A release of Debian.

    Args:
        name: Debian's, and that of `plant-device bundle --target`.
        python: the version of its own Python.
        packages: what it has under names of its own.
    """

    name: str
    python: str
    packages: tuple[str, ...] = ()


SUITES = {
    suite.name: suite
    for suite in (Suite("bookworm", "3.11"), Suite("trixie", "3.13", packages=("login.defs",)))
}
