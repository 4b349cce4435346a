"""Bound sockets of the listeners, with the reason in words when one cannot be had."""

import errno
import socket

from pbx.core.address import Address

_REASONS = {
    errno.EADDRINUSE: "another program has taken this address and port",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "ports below 1024 are for root",
}


def bound_socket(address: Address, kind: socket.SocketKind) -> socket.socket:
    """Return a socket bound to `address`, of its IP family only; OSError when that is not possible."""
    is_v6 = ":" in address.host
    made = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, kind)
    try:
        made.setblocking(False)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_v6:  # else :: would take IPv4 too, and peers would show as ::ffff:192.0.2.1
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address.host, address.port))
    except OSError:
        made.close()
        raise
    return made


def bind_reason(error: OSError) -> str:
    """Return what is wrong with an address."""
    return _REASONS.get(error.errno or 0, str(error))
