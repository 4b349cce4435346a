"""Claim: packets say that the party is at a place that may be somebody else's; who sent them? (S-35)

Without SRTP only an answer to what was sent there proves a place. Until there is one, what goes there is
bounded by what comes, so that nobody has much more sent to another than he sends himself.
"""

from typing import Final

CLAIM_MS: Final = 1200  # for the first one: until somebody looks, which is within a second
# For each further one: who talks a fifth of the time, or rests at 10 a second, hears all.
PER_PACKET: Final = 5
MAX_CREDIT: Final = 500  # ten seconds in which it may listen


def claimed(ptime_ms: int) -> int:
    """Return the credit of a place from which the first packet has come, in packets of this time."""
    return CLAIM_MS // ptime_ms


def renewed(credit: int, n_heard: int) -> int:
    """Return the credit of a place from which so many more packets have come."""
    return max(credit, min(credit + n_heard * PER_PACKET, MAX_CREDIT))
