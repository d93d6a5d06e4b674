"""A number of things, in words."""


def counted(number: int, thing: str) -> str:
    """So many of a thing, such as `1 record` or `2 records`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
