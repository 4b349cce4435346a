"""Listeners: which addresses we are reached by, per transport and IP family."""

from dataclasses import dataclass

from pbx.core.address import Address, Remote, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One socket that takes SIP; `shown` stands in Via and Contact, None = the same as `bind`."""

    transport: Transport
    bind: Address
    shown: Address | None = None

    @property
    def public(self) -> Address:
        """The address that peers use."""
        return self.shown or self.bind


@dataclass(frozen=True, slots=True)
class Listeners:
    """At most one listener per transport and IP family: a Via names exactly one (RFC 3261 §18.1.1)."""

    all: tuple[Listener, ...] = ()

    def public(self, remote: Remote) -> Address | None:
        """Return what a peer on this transport and IP family reaches us by, None = we do not listen there."""
        is_v6 = ":" in remote.host
        for one in self.all:
            if one.transport == remote.transport and (":" in one.bind.host) == is_v6:
                return one.public
        return None
