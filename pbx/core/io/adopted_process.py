"""A child that another process forked for us, as asyncio shows those that we started."""

import asyncio
import os
import signal


class AdoptedProcess:
    """Reaped as soon as it ends, like a process of asyncio's."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader | None) -> None:
        """Begin to wait for its end; ChildProcessError when it is not our child."""
        self.pid, self.stdout = pid, stdout
        self.returncode: int | None = None
        self._ended = asyncio.Event()
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # raises for whoever is not our child
        self._handle = os.pidfd_open(pid)  # its number is not given away before we reap it
        asyncio.get_running_loop().add_reader(self._handle, self._reap)

    async def wait(self) -> int:
        """Return its exit code once it has ended, negative = the signal that ended it."""
        await self._ended.wait()
        assert self.returncode is not None, "the event is set after it"
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it lives."""
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        _, status = os.waitpid(self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()


async def reader_of(descriptor: int) -> asyncio.StreamReader:
    """Return what comes out of a pipe, which is closed with its end."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb", 0))
    return reader
