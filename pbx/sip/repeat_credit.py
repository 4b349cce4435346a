"""Credit for repeating responses: who never acknowledges one is not sent them for ever."""

from collections import OrderedDict

from pbx.core.address import Remote

MAX_SOURCES = 4096
FIRST = 20  # two calls to the end: whoever is new and loses every ACK hears what RFC 3261 says he should
PER_ACK = 3  # of a call that worked: enough where every second message is lost
MOST = 60


class RepeatCredit:
    """How many repetitions an address gets on a transport that can be forged.

    A 2xx (RFC 3261 §13.3.1.4), a refusal (timer G) and a reliable provisional response (RFC 3262 §3) are
    repeated some ten times; without a limit, one forged INVITE in the name of a carrier that is known by its
    address would bring that carrier ten times its size. A repetition costs one; the ACK of a 2xx proves that
    somebody is there and earns three. The first sending is free, and so is the answer to a request that comes
    again: calls of a peer without credit still work. The least recently used addresses are forgotten.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: OrderedDict[str, int] = OrderedDict()

    def acknowledged(self, remote: Remote) -> None:
        """An ACK came from there."""
        if not remote.is_stream:
            self._set(remote.host, min(MOST, self._left.get(remote.host, FIRST) + PER_ACK))

    def take(self, remote: Remote) -> bool:
        """Whether something may be repeated to this address."""
        if remote.is_stream:
            return True
        left = self._left.get(remote.host, FIRST)
        if left > 0:
            self._set(remote.host, left - 1)
        return left > 0

    def is_spent(self, remote: Remote) -> bool:
        """Whether nothing more may be repeated to this address."""
        return not remote.is_stream and self._left.get(remote.host, FIRST) <= 0

    def __len__(self) -> int:
        return len(self._left)

    def _set(self, host: str, left: int) -> None:
        self._left[host] = left
        self._left.move_to_end(host)
        if len(self._left) > MAX_SOURCES:
            self._left.popitem(last=False)
