"""What a remote worker and signalling say beside orders and facts: who they are, and what has arrived.

A session outlives its connections: each end numbers what it sends and keeps it until the other one has it,
so that a new connection repeats exactly what the broken one lost. A worker keeps the session, and its legs,
while nobody is connected. Who begins another session has none of those legs, so they are closed.
"""

from dataclasses import dataclass

from pbx.media.effects import MediaEffect
from pbx.media.events import WorkerEvent

VERSION = 4  # of orders and facts; a worker of another version of this program is refused
HELLO_S = 5.0  # for the first message of a connection
CONFIRM_EVERY = 64  # messages; beside that once a second
MAX_BACKOFF_S = 2.0
_FIRST_BACKOFF_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """From signalling, first: the session that it begins or continues, and how many facts of it it has."""

    version: int
    session: str
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """From the worker: which process it is, whether it knows the session, how many orders of it it has."""

    version: int
    instance: str
    resumed: bool
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """So many messages have arrived; signalling says so every second, and the worker answers."""

    received: int


ToWorker = Hello | Heard | MediaEffect
FromWorker = Welcome | Heard | WorkerEvent


def backoff_s(attempt: int, draw: float) -> float:
    """How long to wait after the attempt of this number from 0; `draw` from 0 to 1 spreads it by half.

    Many signalling processes must not come all at once to a machine that has just come back.
    """
    longest = min(MAX_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(attempt, 10))
    return longest * (0.5 + 0.5 * draw)
