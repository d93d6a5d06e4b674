"""Bytes in words."""


def in_words(size: float) -> str:
    """Such as 912 MB or 7.9 GB, in powers of ten."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
