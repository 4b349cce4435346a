"""A timer as a descriptor (timerfd_create(2)): the loop's own timers cost a handle for every beat."""

import ctypes
import os
import struct
import time

_SPEC = struct.Struct("qqqq")  # struct itimerspec: interval and first expiry, each in s and ns
_libc = ctypes.CDLL(None, use_errno=True)


class Metronome:
    """Readable once in each period while it is started; OSError when the kernel has no timer left."""

    __slots__ = ("_fd",)

    def __init__(self) -> None:
        self._fd = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise _error()

    def fileno(self) -> int:
        return int(self._fd)

    def start(self, period_s: float) -> None:
        """Beat from one period on."""
        self._set(int(period_s * 1e9))

    def stop(self) -> None:
        self._set(0)

    def beats(self) -> int:
        """Return how many periods have passed since the last look, 0 for none."""
        try:
            return int.from_bytes(os.read(self._fd, 8), "little")
        except BlockingIOError:
            return 0

    def close(self) -> None:
        os.close(self._fd)

    def _set(self, period_ns: int) -> None:
        spec = _SPEC.pack(0, period_ns, 0, period_ns)
        if _libc.timerfd_settime(self._fd, 0, spec, None) != 0:
            raise _error()


def _error() -> OSError:
    return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
