"""Bindings across a restart: what is kept of one, and what of it is worth reviving."""

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.core.wall import Wall
from pbx.sip.events import KeptBinding
from pbx.sip.location import Binding
from pbx.sip.uri import parse_uri

_DIALLED = ("tcp", "tls")  # a browser behind WebSocket listens nowhere


def keep(binding: Binding, wall: Wall) -> KeptBinding:
    """Return what is kept of a binding."""
    remote = binding.remote
    return KeptBinding(
        uri=binding.uri,
        remote=Remote(remote.transport, remote.host, remote.port) if remote.is_stream else remote,
        call_id=binding.call_id,
        cseq=binding.cseq,
        expires_at=wall.time(binding.expires_at),
        refreshed_at=wall.time(binding.refreshed_at),
        q=binding.q,
        instance=binding.instance,
        reg_id=binding.reg_id,
        path=binding.path,
        user_agent=binding.user_agent,
        is_reachable=binding.is_reachable,
        rtt_ms=None if binding.rtt_s is None else round(binding.rtt_s * 1000),
    )


def revive(kept: KeptBinding, wall: Wall, now: float) -> Binding | None:
    """Return the binding again, None when it has expired or died with its connection.

    RFC 5626 §6: a flow that is gone is no binding. A telephone that listens where its contact says, and
    has no NAT before it, is reached by a new connection.
    """
    expires_at = wall.monotonic_of(kept.expires_at)
    remote = _way(kept)
    if expires_at <= now or remote is None:
        return None
    return Binding(
        uri=kept.uri,
        remote=remote,
        call_id=kept.call_id,
        cseq=kept.cseq,
        expires_at=expires_at,
        refreshed_at=wall.monotonic_of(kept.refreshed_at),
        q=kept.q,
        instance=kept.instance,
        reg_id=kept.reg_id,
        path=kept.path,
        user_agent=kept.user_agent,
    )


def _way(kept: KeptBinding) -> Remote | None:
    if not kept.remote.is_stream or kept.path:
        return kept.remote  # an edge keeps the flow to the phone, and listens itself
    try:
        uri = parse_uri(kept.uri)
    except ParseError:
        return None
    is_open = uri.host == kept.remote.host and uri.port is not None and kept.remote.transport in _DIALLED
    return Remote(kept.remote.transport, uri.host, uri.port) if is_open and uri.port else None
