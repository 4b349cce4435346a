"""A tiny authoritative DNS server on a loopback port, made of dnspython's message classes."""

import asyncio
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SOA = "ns.example. admin.example. 1 3600 600 86400 7"  # negative answers hold for 7 s
Key = tuple[str, str]


@dataclass
class DnsServer(asyncio.DatagramProtocol):
    """Answers from `zone`: (name, type) -> records as text; `silent` = says nothing at all."""

    zone: dict[Key, list[str]] = field(default_factory=dict)
    ttl: int = 60
    silent: bool = False
    asked: list[Key] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    async def start(self) -> int:
        """Return the port."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return int(self.transport.get_extra_info("sockname")[1])

    def datagram_received(self, octets: bytes, source: tuple[str, int]) -> None:
        """Answer one question."""
        query = dns.message.from_wire(octets)
        (question,) = query.question
        key = (question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype))
        self.asked.append(key)
        if self.silent or self.transport is None:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        records = self.zone.get(key)
        if records is not None:
            rrset = dns.rrset.from_text(question.name, self.ttl, dns.rdataclass.IN, question.rdtype, *records)
            response.answer.append(rrset)
        else:
            zone = dns.name.from_text("example.")
            response.authority.append(
                dns.rrset.from_text(zone, 600, dns.rdataclass.IN, dns.rdatatype.SOA, SOA)
            )
            if not any(name == key[0] for name, _ in self.zone):
                response.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(response.to_wire(), source)

    def close(self) -> None:
        """Stop."""
        if self.transport is not None:
            self.transport.close()
