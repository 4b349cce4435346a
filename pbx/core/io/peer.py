"""Who is at the other end of a Unix socket: the kernel says it, whatever the peer claims."""

import asyncio
import pwd
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

_NOBODY = 0xFFFFFFFF  # /proc/PID/loginuid of a process that no login has started
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)


@dataclass(frozen=True, slots=True)
class Peer:
    """The user whose process has connected (SO_PEERCRED), as it was then."""

    uid: int
    login: int | None = None  # who logged in, whoever he has become since; None = nobody did

    @property
    def name(self) -> str:
        """The user's name on this machine."""
        return user_name(self.uid)

    @property
    def person(self) -> str:
        """Who logged in and is now that user: behind `sudo` an admin, in a container only the user."""
        return self.name if self.login is None else user_name(self.login)


def login_of(pid: int) -> int | None:
    """Return who logged in and started a process, by the kernel's audit id; None = nobody, or unknown."""
    try:
        text = Path(f"/proc/{pid}/loginuid").read_text().strip()
    except OSError:
        return None
    return int(text) if text.isascii() and text.isdigit() and int(text) != _NOBODY else None


def user_name(uid: int) -> str:
    """Return the name of a user; `uid N` for one who has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def peer_of(writer: asyncio.StreamWriter) -> Peer | None:
    """Return who has connected; None for a connection that is no Unix socket."""
    connection = writer.get_extra_info("socket")
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    octets = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(octets)
    return Peer(uid, login_of(pid))
