"""Whose child a process is: it ends with its parent, and a parent may adopt the children of its children."""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end_with_parent(number: signal.Signals) -> None:
    """Let the kernel send us that signal when our parent has ended; a fork does not inherit this."""
    _prctl(_PR_SET_PDEATHSIG, int(number))


@contextmanager
def adopting() -> Iterator[None]:
    """Become the parent of whoever below us loses its own meanwhile; OSError when the kernel refuses.

    Not for longer: what dying children leave behind is then init's to reap, as if we were not there.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        _prctl(_PR_SET_CHILD_SUBREAPER, 0)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
