"""Damage that is certain: an octet that is *set* to something may have been that before, one in 256 times."""


def flipped(octets: bytes, at: int = -1) -> bytes:
    """Return `octets` with the lowest bit of the one `at` this place changed."""
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)
