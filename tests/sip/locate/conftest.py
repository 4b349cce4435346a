"""A zone that answers a locator, and a seeker that remembers what it was told."""

from pbx.core.address import Remote
from pbx.core.ids import SeededIds
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.events import AddressRecord, DnsAnswered, Naptr, Record, Srv
from pbx.sip.locate.locator import Locator
from pbx.sip.locate.rules import Abilities, ServerName

ZONE: dict[tuple[str, str], tuple[Record, ...]] = {
    ("carrier.example", "NAPTR"): (
        Naptr(order=20, preference=1, service="SIP+D2U", replacement="_sip._udp.carrier.example"),
        Naptr(order=10, preference=2, service="SIP+D2T", replacement="_sip._tcp.carrier.example."),
        Naptr(order=10, preference=1, service="SIPS+D2T", replacement="_sips._tcp.carrier.example"),
        Naptr(order=1, preference=1, service="E2U+sip", replacement="x.example"),
    ),
    ("_sip._tcp.carrier.example", "SRV"): (
        Srv(priority=20, weight=0, port=5070, target="b.carrier.example"),
        Srv(priority=10, weight=5, port=5060, target="a.carrier.example."),
    ),
    ("_sip._udp.carrier.example", "SRV"): (Srv(priority=1, weight=1, port=5080, target="a.carrier.example"),),
    ("a.carrier.example", "A"): (AddressRecord(host="192.0.2.1"), AddressRecord(host="192.0.2.2")),
    ("b.carrier.example", "A"): (AddressRecord(host="192.0.2.3"),),
    ("b.carrier.example", "AAAA"): (AddressRecord(host="2001:db8::3"),),
    ("plain.example", "A"): (AddressRecord(host="192.0.2.9"),),
    ("_sip._udp.closed.example", "SRV"): (Srv(priority=0, weight=0, port=0, target="."),),
    ("_sip._tcp.closed.example", "SRV"): (Srv(priority=0, weight=0, port=0, target="."),),
    ("closed.example", "A"): (AddressRecord(host="192.0.2.66"),),
}


class Dns:
    """A locator with the zone above at its side; `silent` = the servers fail."""

    def __init__(self, abilities: Abilities | None = None) -> None:
        self.locator = Locator(SeededIds(), self._ask, abilities or Abilities())
        self.zone = dict(ZONE)
        self.silent = self.lost = False
        self.asked: list[tuple[str, str]] = []
        self.now = 0.0
        self._questions: list[AskDns] = []

    def find(self, host: str, port: int = 0, **more: object) -> tuple[Remote, ...] | None:
        """Return the targets, None when nobody knows yet."""
        seeker = Seeker()
        self.locator.find(ServerName(host=host, port=port, **more), seeker, self.now)  # type: ignore[arg-type]
        self.answer()
        return seeker.targets

    def answer(self) -> None:
        """Answer every question, and those that follow from the answers."""
        while self._questions and not self.lost:
            question = self._questions.pop(0)
            records = self.zone.get((question.name, question.type), ())
            self.locator.answered(
                DnsAnswered(
                    name=question.name,
                    type=question.type,
                    records=() if self.silent else records,
                    ttl_s=60.0,
                    failed=self.silent,
                ),
                self.now,
            )

    def _ask(self, question: AskDns) -> None:
        self.asked.append((question.name, question.type))
        self._questions.append(question)


class Seeker:
    """Remembers the targets."""

    def __init__(self) -> None:
        self.targets: tuple[Remote, ...] | None = None

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Take the targets, once."""
        assert self.targets is None
        self.targets = targets


def places(targets: tuple[Remote, ...] | None) -> list[str]:
    """Return targets as `transport host:port`."""
    assert targets is not None
    return [f"{one.transport} {one.host}:{one.port}" for one in targets]
