"""A list of sources as orders: what does not go into one order is appended to the queue that it opened."""

from collections.abc import Sequence

from pbx.core.ids import LegId, Token
from pbx.media.effects import AppendSources, Play, Source

MAX_SOURCES = 64  # of one order: under 20 kB on the control channel, and no order takes a worker long
MAX_QUEUE = 4096  # sources of one play: a list that is read out for two hours, half a second each


def play_orders(
    leg: LegId, token: Token, sources: Sequence[Source], *, until_key: bool = False
) -> list[Play | AppendSources]:
    """Return what plays `sources` to a leg one after the other, to be ordered in one go."""
    parts = [tuple(sources[at : at + MAX_SOURCES]) for at in range(0, len(sources), MAX_SOURCES)] or [()]
    last = len(parts) - 1
    play = Play(leg=leg, token=token, sources=parts[0], more=last > 0, until_key=until_key)
    return [
        play,
        *(
            AppendSources(leg=leg, token=token, sources=part, more=number < last)
            for number, part in enumerate(parts[1:], 1)
        ),
    ]
