"""The order of targets for a server name: NAPTR, then SRV, then addresses (RFC 3263 §4)."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from pbx.core.address import Remote, Transport
from pbx.core.ids import Ids
from pbx.core.weights import by_priority
from pbx.sip.locate.cache import Key
from pbx.sip.locate.effects import RecordType
from pbx.sip.locate.events import AddressRecord, Naptr, Record, Srv

MAX_TARGETS = 16  # a call has given up long before
LookUp = Callable[[Key], tuple[Record, ...] | None]

SERVICES: dict[str, Transport] = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
SRV_NAMES: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
DEFAULT_PORTS: dict[Transport, int] = {"tls": 5061, "wss": 443, "ws": 80}
SIP_PORT = 5060


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerName:
    """What a URI or the configuration says of a server; port 0 and transport None = DNS knows.

    `secure` = of a sips URI: nothing but TLS will do.
    """

    host: str
    port: int = 0
    transport: Transport | None = None
    secure: bool = False
    proves: str = ""  # the domain of its certificate, "" = `host`

    @property
    def is_address(self) -> bool:
        """Whether `host` is an IP literal."""
        try:
            ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def plain_transport(self) -> Transport:
        """The transport when nothing was said and DNS is not asked (§4.1)."""
        return self.transport or ("tls" if self.secure else "udp")

    def remote(self, host: str, transport: Transport, port: int = 0) -> Remote:
        """Return a target; over TLS it has to prove the name that we began with (RFC 5922 §4)."""
        port = port or DEFAULT_PORTS.get(transport, SIP_PORT)
        return Remote(transport, host, port, name=self.proves or ("" if self.is_address else self.host))


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What we can send by: transports in the order we like them, address families likewise."""

    transports: tuple[Transport, ...] = ("udp", "tcp")
    families: tuple[RecordType, ...] = ("A",)


class Inquiry:
    """One walk through the rules; what is not known yet is noted in `missing`."""

    __slots__ = ("_abilities", "_ids", "_look_up", "_server", "missing")

    def __init__(self, server: ServerName, look_up: LookUp, ids: Ids, abilities: Abilities) -> None:
        self._server, self._look_up, self._ids, self._abilities = server, look_up, ids, abilities
        self.missing: list[Key] = []

    def targets(self) -> tuple[Remote, ...]:
        """Return the targets in the order to try them; complete only if nothing is missing."""
        server = self._server
        if server.is_address:
            return (server.remote(server.host, server.plain_transport, server.port),)
        if server.port:
            return self._addresses(server.host, server.plain_transport, server.port)
        services = self._services()
        if self.missing:
            return ()
        found = [target for transport, name in services for target in self._srv(transport, name)]
        if found or self.missing or self._is_refused(services):
            return tuple(dict.fromkeys(found))[:MAX_TARGETS]
        return self._addresses(server.host, server.plain_transport, 0)

    def _services(self) -> list[tuple[Transport, str]]:
        """Transport and SRV name to ask for: as NAPTR says, else all that we can use (§4.1)."""
        host = self._server.host
        if self._server.transport is not None or self._server.secure:
            return [(self._server.plain_transport, self._srv_name(self._server.plain_transport))]
        naptrs = [one for one in self._records((host, "NAPTR")) if isinstance(one, Naptr)]
        usable = [
            (one.order, one.preference, SERVICES[one.service.upper()], one.replacement)
            for one in naptrs
            if SERVICES.get(one.service.upper()) in self._abilities.transports
        ]
        if usable:
            return [(transport, name) for _, _, transport, name in sorted(usable)]
        return [
            (transport, self._srv_name(transport))
            for transport in self._abilities.transports
            if transport in SRV_NAMES
        ]

    def _srv_name(self, transport: Transport) -> str:
        return f"{SRV_NAMES.get(transport, '_sip._udp')}.{self._server.host}"

    def _srv(self, transport: Transport, name: str) -> list[Remote]:
        """The targets behind one SRV name, by priority and weight (RFC 2782)."""
        records = [one for one in self._records((name, "SRV")) if isinstance(one, Srv) and one.target != "."]
        ordered = by_priority([(one, one.priority, one.weight) for one in records], self._ids)
        return [target for one in ordered for target in self._addresses(one.target, transport, one.port)]

    def _is_refused(self, services: list[tuple[Transport, str]]) -> bool:
        """Whether every service is decidedly not there: a lone SRV record with the target "."."""
        answers = [self._records((name, "SRV")) for _, name in services]
        return all(any(isinstance(one, Srv) and one.target == "." for one in records) for records in answers)

    def _addresses(self, host: str, transport: Transport, port: int) -> tuple[Remote, ...]:
        found = [
            one.host
            for family in self._abilities.families
            for one in self._records((host, family))
            if isinstance(one, AddressRecord)
        ]
        return tuple(self._server.remote(address, transport, port) for address in found)[:MAX_TARGETS]

    def _records(self, key: Key) -> tuple[Record, ...]:
        records = self._look_up((key[0].rstrip(".").lower(), key[1]))
        if records is None:
            wanted = (key[0].rstrip(".").lower(), key[1])
            if wanted not in self.missing:
                self.missing.append(wanted)
            return ()
        return records
