"""The stages of a verification."""

from enum import Enum, auto


class At(Enum):
    """Where a verification is; `Verification` draws the ways between them."""

    IDLE = auto()
    ASKING = auto()  # the question is played or answered
    CHECKING = auto()
    REFUSING = auto()  # the last sentence is played
    QUIET = auto()  # the verdict is known, the last tone dies away
    SETTLED = auto()
