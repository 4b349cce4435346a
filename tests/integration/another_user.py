"""Connect to a socket as somebody else: the kernel notes the effective user when a process connects."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY = 65534


@contextmanager
def another_user(uid: int = NOBODY) -> Iterator[None]:
    """Be another user for a moment; needs root."""
    ours = os.geteuid()
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(ours)
