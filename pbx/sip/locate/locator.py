"""Locator: finds the targets of servers for whoever asks, from cache or by questions to DNS."""

from collections.abc import Callable
from typing import Protocol

from pbx.core.address import Remote
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import Ids
from pbx.sip.locate.cache import DnsCache, Key
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.events import DnsAnswered
from pbx.sip.locate.rules import Abilities, Inquiry, ServerName

LOCATE_S = 5.0  # a caller waits no longer for DNS; the resolver itself gives up a little earlier
AVOID_S = 60.0  # for so long a target that was dead comes after the others
MAX_WAITING = 2000  # one per call that is being placed
MAX_AVOIDED = 1000
Address = tuple[str, str, int]


class Seeker(Protocol):
    """Who wants to know where a server is."""

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """The targets in the order to try them, none when there is none."""
        ...

    def __hash__(self) -> int:
        """Identity: seekers are keys of a DeadlineHeap."""
        ...


class Locator:
    """One cache for all; a question that is on its way is asked once, however many wait for it."""

    __slots__ = ("_abilities", "_ask", "_asked", "_avoided", "_cache", "_deadlines", "_ids", "_waiting")

    def __init__(self, ids: Ids, ask: Callable[[AskDns], None], abilities: Abilities) -> None:
        """`ask` puts a question on its way; its answer comes to `answered`."""
        self._ids, self._ask, self._abilities = ids, ask, abilities
        self._cache = DnsCache()
        self._asked: set[Key] = set()
        self._avoided: dict[Address, float] = {}
        self._waiting: dict[Seeker, ServerName] = {}
        self._deadlines: DeadlineHeap[Seeker] = DeadlineHeap()

    @property
    def deadline(self) -> float | None:
        """When somebody has waited long enough."""
        return self._deadlines.deadline

    def find(self, server: ServerName, seeker: Seeker, now: float) -> None:
        """Tell `seeker` the targets of `server`: at once when they are known, else later."""
        inquiry = self._inquiry(server, now)
        targets = inquiry.targets()
        if not inquiry.missing:
            seeker.located(self._by_health(targets, now), now)
            return
        if len(self._waiting) >= MAX_WAITING and seeker not in self._waiting:
            seeker.located((), now)
            return
        if seeker not in self._waiting:
            self._deadlines.set(seeker, now + LOCATE_S)
        self._waiting[seeker] = server
        for key in inquiry.missing:
            if key not in self._asked:
                self._asked.add(key)
                self._ask(AskDns(name=key[0], type=key[1]))

    def cancel(self, seeker: Seeker) -> None:
        """Tell `seeker` nothing any more."""
        self._waiting.pop(seeker, None)
        self._deadlines.set(seeker, None)

    def answered(self, answer: DnsAnswered, now: float) -> None:
        """Take an answer, and serve those for whom it was the last one missing."""
        self._asked.discard((answer.name, answer.type))
        self._cache.put(answer, now)
        for seeker, server in list(self._waiting.items()):
            inquiry = self._inquiry(server, now)
            targets = inquiry.targets()
            if inquiry.missing:
                self.find(server, seeker, now)  # asks what the answer made necessary
            else:
                self.cancel(seeker)
                seeker.located(self._by_health(targets, now), now)

    def tick(self, now: float) -> None:
        """Serve those who have waited long enough with what was known before."""
        for seeker in self._deadlines.pop_due(now):
            server = self._waiting.pop(seeker, None)
            if server is None:
                continue
            inquiry = Inquiry(server, self._cache.last_good, self._ids, self._abilities)
            self._asked.clear()  # a lost answer is asked for again by the next one
            seeker.located(self._by_health(inquiry.targets(), now), now)

    def avoid(self, remote: Remote, now: float) -> None:
        """Note that a target did not answer: for a while it comes last."""
        self._avoided.pop(_address(remote), None)
        self._avoided[_address(remote)] = now + AVOID_S
        if len(self._avoided) > MAX_AVOIDED:
            del self._avoided[next(iter(self._avoided))]

    def trust(self, remote: Remote) -> None:
        """Note that a target answers."""
        self._avoided.pop(_address(remote), None)

    def _inquiry(self, server: ServerName, now: float) -> Inquiry:
        return Inquiry(server, lambda key: self._cache.get(key, now), self._ids, self._abilities)

    def _by_health(self, targets: tuple[Remote, ...], now: float) -> tuple[Remote, ...]:
        """The targets with the dead ones last; within both, the order stays."""
        return tuple(sorted(targets, key=lambda one: self._avoided.get(_address(one), 0.0) > now))


def _address(remote: Remote) -> Address:
    return (remote.transport, remote.host, remote.port)
