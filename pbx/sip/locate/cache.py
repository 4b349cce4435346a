"""DnsCache: what DNS has told, for as long as it said, and a little longer when it is silent."""

from pbx.sip.locate.effects import RecordType
from pbx.sip.locate.events import DnsAnswered, Record

MAX_NAMES = 4096  # names times types; the least recently asked goes first
MAX_TTL_S = 86_400.0
MIN_TTL_S = 1.0
NEGATIVE_TTL_S = 300.0  # RFC 2308 §5 lets the client lower it; a new record shall work within minutes
FAILED_S = 5.0  # servers that are silent are asked again soon, but not by every call
STALE_S = 30.0  # RFC 8767 §5 recommends 30 s for an answer that could not be renewed
MAX_RECORDS = 64  # of one name

Key = tuple[str, RecordType]


class DnsCache:
    """Answers by name and type; the last good one stands in when the servers fail."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[Key, tuple[tuple[Record, ...], float]] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Key, now: float) -> tuple[Record, ...] | None:
        """Return the records, () when there are none, None when that has to be asked."""
        found = self._answers.get(key)
        if found is None or now >= found[1]:
            return None
        return found[0]

    def last_good(self, key: Key) -> tuple[Record, ...]:
        """Return the records however old they are."""
        return self._answers.get(key, ((), 0.0))[0]

    def put(self, answer: DnsAnswered, now: float) -> None:
        """Keep an answer; a failure prolongs the last good one."""
        key = (answer.name, answer.type)
        if answer.failed:
            records = self.last_good(key)
            ttl_s = STALE_S if records else FAILED_S
        else:
            records = answer.records[:MAX_RECORDS]
            longest = MAX_TTL_S if records else NEGATIVE_TTL_S
            ttl_s = min(max(answer.ttl_s, MIN_TTL_S), longest)
        self._answers.pop(key, None)
        self._answers[key] = (records, now + ttl_s)
        if len(self._answers) > MAX_NAMES:
            del self._answers[next(iter(self._answers))]
