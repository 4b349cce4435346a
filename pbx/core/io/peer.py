"""Who is at the other end of a Unix socket: the kernel says it, whatever the peer claims."""

import asyncio
import pwd
import socket
import struct
from dataclasses import dataclass

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)


@dataclass(frozen=True, slots=True)
class Peer:
    """The user whose process has connected (SO_PEERCRED), as it was then."""

    uid: int

    @property
    def name(self) -> str:
        """The user's name on this machine."""
        return user_name(self.uid)


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
    _, uid, _ = _CREDENTIALS.unpack(octets)
    return Peer(uid)
