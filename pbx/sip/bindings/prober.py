"""Prober: asks telephones by OPTIONS whether they are there, as their extension's policy says."""

from collections.abc import Callable

from pbx.core.ids import hex_id, uint32
from pbx.sip.capabilities import ACCEPT
from pbx.sip.headers import NameAddr
from pbx.sip.location import Aor, Binding, LocationService
from pbx.sip.message import Headers, Request, Response
from pbx.sip.qualify import Qualification, QualifyRule
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction

# A 408 or 503 may be our own word for silence; every other answer comes from a telephone that is there.
SILENCE = frozenset({408, 430, 503})
Judged = Callable[[Aor], None]


class Prober:
    """One probe for each binding whose extension is qualified."""

    __slots__ = ("_judged", "_location", "_probes", "_stack")

    def __init__(self, stack: Stack, location: LocationService, judged: Judged) -> None:
        """`judged` hears of every AoR with a binding that was judged anew."""
        self._stack, self._location, self._judged = stack, location, judged
        self._probes: dict[Aor, dict[str, Probe]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._probes.values()))

    def follow(self, aor: Aor, now: float) -> None:
        """Ask the bindings that this AoR has now, and no others."""
        rule = self._stack.settings.lookup_policy(aor).qualify
        probes = self._probes.get(aor, {})
        keys = [one.key for one in self._location.bindings(aor)] if rule is not None else []
        for key in [key for key, probe in probes.items() if key not in keys or probe.rule != rule]:
            probes.pop(key).stop()
        if rule is not None:
            for key in keys:
                if key not in probes:
                    probes[key] = Probe(self._stack, self, (aor, key), rule, now=now)
        if probes:
            self._probes[aor] = probes
        else:
            self._probes.pop(aor, None)

    def binding(self, aor: Aor, key: str) -> Binding | None:
        """Return the binding as it is now."""
        return next((one for one in self._location.bindings(aor) if one.key == key), None)

    def judge(self, aor: Aor, key: str, is_reachable: bool, rtt_s: float | None) -> None:
        """Note a new verdict."""
        self._location.mark(aor, key, is_reachable=is_reachable, rtt_s=rtt_s)
        self._judged(aor)


class Probe:
    """The questions to one binding, one at a time."""

    __slots__ = ("_asked", "_place", "_prober", "_qualification", "_stack", "rule")

    def __init__(
        self, stack: Stack, prober: Prober, place: tuple[Aor, str], rule: QualifyRule, *, now: float
    ) -> None:
        self._stack, self._prober, self._place, self.rule = stack, prober, place, rule
        self._asked: Transaction | None = None
        self._qualification = Qualification(rule, now, self._spread())
        self._wait()

    def stop(self) -> None:
        """Ask no more."""
        self._give_up()
        self._stack.deadlines.set(self, None)

    def tick(self, now: float) -> None:
        """Ask, or take silence for an answer."""
        binding = self._prober.binding(*self._place)
        if binding is None:
            self.stop()
        elif self._qualification.is_waiting:
            self._give_up()
            self._failed(now)
        else:
            self._qualification.ask(now)
            self._wait()
            request = options(self._stack, binding)
            self._asked = self._stack.transactions.request(request, binding.remote, user=self, now=now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the latest question."""
        if self._asked is None or request is not self._asked.request or response.status < 200:
            return
        self._asked = None
        if response.status in SILENCE:
            self._failed(now)
        elif self._qualification.answered(now, self._spread()):
            self._judge()
        self._wait()

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _failed(self, now: float) -> None:
        if self._qualification.failed(now, self._spread()):
            self._judge()
        self._wait()

    def _judge(self) -> None:
        qualification = self._qualification
        self._prober.judge(*self._place, bool(qualification.is_reachable), qualification.rtt_s)

    def _give_up(self) -> None:
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self._stack.transactions.drop(asked)

    def _wait(self) -> None:
        self._stack.deadlines.set(self, self._qualification.deadline)

    def _spread(self) -> float:
        return uint32(self._stack.ids) / 2**32


def options(stack: Stack, binding: Binding) -> Request:
    """Return an OPTIONS for the telephone behind a binding (§11.1)."""
    ours = stack.contact(binding.remote)
    headers = Headers()
    headers.add("Via", stack.via(binding.remote))
    for route in binding.path:
        headers.add("Route", route)
    headers.add("Max-Forwards", "70")
    headers.add("From", f"{ours};tag={stack.tag()}")
    headers.add("To", str(NameAddr("", binding.uri)))
    headers.add("Call-ID", hex_id(stack.ids))
    headers.add("CSeq", "1 OPTIONS")
    headers.add("Contact", ours)
    headers.add("Accept", ACCEPT)
    headers.add("User-Agent", stack.settings.user_agent)
    return Request("OPTIONS", binding.uri, headers)
