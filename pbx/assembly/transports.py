"""Sockets, certificates and carriers' addresses as configured."""

from pbx.config.models import Configuration, PbxSettings, Trunk
from pbx.config.places import Places
from pbx.config.transports import PairSettings, SipSettings
from pbx.core.address import Address, Remote
from pbx.runner.runner import Runner
from pbx.sip.io.certificates import Certificates, KeyPair, TlsPeer, TlsSettings
from pbx.sip.io.table import Limits
from pbx.sip.io.transports import TransportOptions
from pbx.sip.listeners import Listener


def main_listeners(sip: SipSettings) -> tuple[Listener, ...]:
    """The sockets on the main address."""
    bind = Address(sip.host, sip.port)
    shown = Address(sip.advertise, sip.port) if sip.advertise is not None else None
    return tuple(Listener(transport=transport, bind=bind, shown=shown) for transport in sip.transports)


def more_listeners(sip: SipSettings) -> tuple[Listener, ...]:
    """The sockets besides."""
    return tuple(
        Listener(
            transport=one.transport,
            bind=Address(one.host, one.port),
            shown=Address(one.advertise, one.port) if one.advertise is not None else None,
        )
        for one in sip.listeners
    )


def listeners_of(sip: SipSettings) -> tuple[Listener, ...]:
    """Every socket that takes SIP."""
    return main_listeners(sip) + more_listeners(sip)


def tls_settings(config: Configuration, places: Places) -> TlsSettings:
    """Which certificates we show, and which ones trunks have to."""
    default = config.pbx.sip.certificate
    tenants = config.tenants.values()
    peers = [
        TlsPeer(name=name, ca=trunk.tls.ca, pair=_pair(trunk.tls.certificate))
        for tenant in tenants
        for trunk in tenant.trunks.values()
        for name in sorted(trunk.certified_names)
    ]
    return TlsSettings(
        default=_pair(default.below(places.base) if default is not None else None),
        domains={tenant.domain: _pair(tenant.certificate) for tenant in tenants},
        peers=tuple(peers),
    )


def _pair(written: PairSettings | None) -> KeyPair | None:
    return KeyPair(chain=written.chain, key=written.key) if written is not None else None


def transport_options(config: Configuration, certificates: Certificates, runner: Runner) -> TransportOptions:
    """What the sockets besides the main address are made of."""
    sip = config.pbx.sip
    nobody: tuple[str | None, ...] = (None,) if sip.websocket.without_origin else ()
    return TransportOptions(
        listeners=more_listeners(sip),
        certificates=certificates,
        origins=(*sip.websocket.origins, *nobody),
        is_neighbour=runner.is_neighbour,
        pace_of=runner.pace_of,
        limits=Limits(connections=sip.connections, per_source=sip.connections_per_source),
    )


def remote_of(trunk: Trunk, outbound: Address) -> Remote:
    """Where a trunk is reached, with the name that its certificate has to prove."""
    name = trunk.tls_name if trunk.transport == "tls" else ""
    return Remote(trunk.transport, outbound.host, outbound.port, name=name)


def dns_servers(settings: PbxSettings) -> tuple[Address, ...]:
    """Who is asked for names, none = the servers of the machine."""
    return tuple(Address(host, settings.dns.port) for host in settings.dns.servers)
