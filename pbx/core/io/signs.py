"""What a child process says to the supervisor: one word a line on its standard output."""

import sys
from enum import StrEnum


class Sign(StrEnum):
    """Said once each, in this order."""

    LOADED = "LOADED"  # the nursery: it waits for requests
    READY = "READY"  # it serves
    DRAINS = "DRAINS"  # its socket is free for another one; it ends when its calls have


def say(sign: Sign) -> None:
    """Say it at once; a supervisor that died does not hear it, and will end us."""
    try:
        sys.stdout.write(f"{sign}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return
