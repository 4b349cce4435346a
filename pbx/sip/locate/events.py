"""DNS records as plain values, and the answer that brings them."""

from dataclasses import dataclass

from pbx.sip.locate.effects import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Naptr:
    """RFC 3403 §4, flags "s": `replacement` is the name of SRV records for `service`."""

    order: int
    preference: int
    service: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Srv:
    """RFC 2782; `target` "." = the service is decidedly not there."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """A or AAAA: an address literal."""

    host: str


Record = Naptr | Srv | AddressRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswered:
    """The records, none when there are none; `failed` = the servers did not answer, nobody knows."""

    name: str
    type: RecordType
    records: tuple[Record, ...] = ()
    ttl_s: float = 0.0
    failed: bool = False
