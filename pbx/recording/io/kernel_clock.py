"""The machine's clocks as a journal needs them: both at once, and what the kernel says of the wall clock."""

import ctypes
import time
from collections.abc import Callable

from pbx.recording.clock import Discipline, Look

_UNSYNCHRONISED, _IN_NANOSECONDS = 0x0040, 0x2000  # STA_UNSYNC and STA_NANO of adjtimex(2)
_NS_PER_US = 1_000


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2); the kernel fills in some fields more than we read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


def _load() -> "Callable[..., int] | None":
    try:
        function = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.POINTER(_Timex)], ctypes.c_int
    return lambda timex: int(function(timex))


_adjtimex = _load()


def look() -> Look:
    """Read both clocks."""
    before_ns = time.monotonic_ns()
    wall_ns = time.time_ns()
    return Look(before_ns, wall_ns, time.monotonic_ns())


def discipline() -> Discipline:
    """Ask the kernel who sets the wall clock; reading needs no privilege, and some sandboxes refuse it."""
    timex = _Timex()  # modes = 0: nothing is changed
    if _adjtimex is None or _adjtimex(ctypes.byref(timex)) < 0:
        return Discipline()
    return Discipline(
        source="free-running" if timex.status & _UNSYNCHRONISED else "disciplined",
        offset_us=timex.offset // _NS_PER_US if timex.status & _IN_NANOSECONDS else timex.offset,
        max_error_us=timex.maxerror,
    )
