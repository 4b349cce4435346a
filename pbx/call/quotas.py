"""Quotas: how many calls at once, and how many a second, each party may have (RFC 3261 §20.33)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pbx.core.ids import CallId
from pbx.sip.defence.buckets import Buckets, Rate
from pbx.sip.defence.sources import source_key
from pbx.sip.events import CallOffered, DeviceOrigin

MAX_CALLS = 2000  # two legs each fit the default port range with room for draining ports
RETRY_AFTER_S = 5  # for a place to become free
RATE_RETRY_S = 1  # for a second to pass

Party = tuple[str, str]  # kind and name: ("tenant", "acme")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimit:
    """So many calls at once, so many begun a second; 0 = without limit."""

    calls: int = 0
    calls_per_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """The limits of this machine: in all, of an extension, of an address that is no carrier's."""

    machine: CallLimit = CallLimit(calls=MAX_CALLS)
    extension: CallLimit = CallLimit()
    source: CallLimit = CallLimit()


NO_LIMIT = CallLimit()


class Quotas:
    """Counts calls by party. What `take` or `count` noted, `release` takes back, once and exactly."""

    __slots__ = ("_held", "_n_calls", "_rates", "limits")

    def __init__(self, limits: CallLimits) -> None:
        self.limits = limits
        self._held: dict[CallId, tuple[Party, ...]] = {}
        self._n_calls: Counter[Party] = Counter()
        self._rates: dict[float, Buckets] = {}

    def take(self, call: CallId, parties: Mapping[Party, CallLimit], now: float) -> int | None:
        """Count a new call of these parties, or return after how many seconds it may be tried again."""
        if any(limit.calls and self._n_calls[party] >= limit.calls for party, limit in parties.items()):
            return RETRY_AFTER_S
        for party, limit in parties.items():
            if limit.calls_per_s and not self._bucket(limit.calls_per_s).take(party, now):
                return RATE_RETRY_S
        self.count(call, parties)
        return None

    def count(self, call: CallId, parties: Mapping[Party, CallLimit]) -> None:
        """Count a call that no limit holds up: an emergency call takes a place, but needs none."""
        assert call not in self._held
        self._held[call] = tuple(parties)
        self._n_calls.update(self._held[call])

    def release(self, call: CallId) -> None:
        """The call is over; nothing happens for one that was not counted."""
        for party in self._held.pop(call, ()):
            self._n_calls[party] -= 1
            if not self._n_calls[party]:
                del self._n_calls[party]

    def n_calls(self, party: Party) -> int:
        """How many calls a party has."""
        return self._n_calls[party]

    def _bucket(self, per_s: float) -> Buckets:
        bucket = self._rates.get(per_s)
        if bucket is None:
            rate = Rate(per_s=per_s, burst=max(1, round(per_s)))
            bucket = self._rates[per_s] = Buckets(rate)
        return bucket

    def __len__(self) -> int:
        return len(self._held)


def parties(event: CallOffered, limits: CallLimits, tenant: CallLimit) -> dict[Party, CallLimit]:
    """Return whose calls an offered one counts among, each with its limit; a trunk has its own account."""
    origin = event.origin
    found: dict[Party, CallLimit] = {("machine", ""): limits.machine, ("tenant", origin.tenant): tenant}
    if isinstance(origin, DeviceOrigin):
        found[("extension", f"{origin.tenant}/{origin.extension}")] = limits.extension
        found[("source", source_key(event.source.host))] = limits.source
    return found
