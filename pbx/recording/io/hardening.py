"""What a process that holds keys or hears what is said does first."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def harden() -> None:
    """Keep keys out of core dumps and away from debuggers of the same user; OSError when refused."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError("the process stays dumpable")
