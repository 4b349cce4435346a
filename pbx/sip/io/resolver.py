"""Resolver: asks DNS without blocking; a question becomes an answer or a failure within its time."""

import asyncio
import logging
from collections.abc import Callable

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.resolver

from pbx.core.address import Address
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.events import AddressRecord, DnsAnswered, Naptr, Record, Srv

LIFETIME_S = 4.0  # of all tries of a question; less than the caller waits
TRY_S = 1.5  # then the next server is asked
MAX_PENDING = 256  # questions at once; more of them are failures at once
_log = logging.getLogger("pbx.sip.resolver")


class Resolver:
    """Performs AskDns with the machine's servers, or with those of the configuration."""

    def __init__(self, deliver: Callable[[DnsAnswered], None], servers: tuple[Address, ...] = ()) -> None:
        """`deliver` takes every answer, in the event loop."""
        self._deliver = deliver
        self._resolver = _resolver(servers)
        self._pending: set[asyncio.Future[None]] = set()

    def ask(self, question: AskDns) -> None:
        """Put a question on its way."""
        if self._resolver is None or len(self._pending) >= MAX_PENDING:
            failure = DnsAnswered(name=question.name, type=question.type, failed=True)
            asyncio.get_running_loop().call_soon(self._deliver, failure)
            return
        # a question ends by itself within LIFETIME_S, and close() waits for it
        pending = asyncio.ensure_future(self._find(self._resolver, question))
        self._pending.add(pending)
        pending.add_done_callback(self._pending.discard)

    async def close(self) -> None:
        """Give up every question."""
        for pending in list(self._pending):
            pending.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)

    async def _find(self, resolver: dns.asyncresolver.Resolver, question: AskDns) -> None:
        records: tuple[Record, ...] = ()
        ttl_s, failed = 0.0, False
        try:
            name = dns.name.from_text(question.name)
            answer = await resolver.resolve(name, question.type, raise_on_no_answer=False)
            ttl_s = float(answer.chaining_result.minimum_ttl)
            records = tuple(one for one in map(_record, answer.rrset or ()) if one is not None)
        except dns.resolver.NXDOMAIN as error:
            ttl_s = _negative_ttl_s(error)
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            failed = True
            _log.warning("%s %s: %s", question.name, question.type, type(error).__name__)
        self._deliver(
            DnsAnswered(name=question.name, type=question.type, records=records, ttl_s=ttl_s, failed=failed)
        )


def _resolver(servers: tuple[Address, ...]) -> dns.asyncresolver.Resolver | None:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not servers)
    except (dns.exception.DNSException, OSError) as error:
        _log.warning("no DNS on this machine: %s", type(error).__name__)
        return None
    if servers:
        resolver.nameservers = [server.host for server in servers]
        resolver.nameserver_ports = {server.host: server.port for server in servers}
    resolver.lifetime, resolver.timeout = LIFETIME_S, TRY_S
    return resolver


def _negative_ttl_s(error: dns.resolver.NXDOMAIN) -> float:
    """Return how long a name stays unknown, as the zone says (RFC 2308 §5)."""
    responses = error.kwargs.get("responses") or {}
    ttls = [float(response.resolve_chaining().minimum_ttl) for response in responses.values()]
    return min(ttls, default=0.0)


def _record(data: dns.rdata.Rdata) -> Record | None:
    """Return the plain value; None for a NAPTR that leads to no SRV records (RFC 3263 §4.1: flag "s")."""
    match data.rdtype.name:
        case "A" | "AAAA":
            return AddressRecord(host=data.to_text())
        case "SRV":
            priority, weight, port, target = data.to_text().split()
            return Srv(
                priority=int(priority), weight=int(weight), port=int(port), target=target.rstrip(".") or "."
            )
        case "NAPTR":
            return _naptr(data)
    return None


def _naptr(data: dns.rdata.Rdata) -> Naptr | None:
    order, preference, flags, service, *_, replacement = data.to_text().split()
    if flags.strip('"').lower() != "s":
        return None
    return Naptr(
        order=int(order),
        preference=int(preference),
        service=service.strip('"'),
        replacement=replacement.rstrip("."),
    )
