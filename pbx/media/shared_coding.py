"""Shared coding: what a coder has made of a play, for whoever is played the same from its beginning.

An Opus packet depends on all that its coder has heard, but coders that begin afresh and hear the same say the
same, octet for octet. Each play therefore begins with a fresh coder, and a packet is known by the hash of all
that was played until its end. Who is played something else from some point on goes on with a coder of its own
that has heard the last packets: in a voice the seam is no louder than the noise of coding.
"""

from collections import OrderedDict, deque
from hashlib import blake2b
from typing import Final

from pbx.core.audio import AudioFormat, OpusWish
from pbx.media.codecs.codec import Encoder
from pbx.media.codecs.opus import OpusEncoder

RUN_IN: Final = 3  # packets; after a single one a voice may come out at full scale
MAX_BYTES: Final = 16 << 20  # some fifteen minutes of prompts
ENTRY_BYTES: Final = 300  # of a packet beside its octets
MAX_CODERS: Final = 32  # of 32 kB; each has coded up to the end of a play, and would go on from there
_HASH_BYTES: Final = 16

Kind = tuple[OpusWish, int]
"""What packets depend on beside the audio: what the listener wishes, and the sample rate."""
_Past = bytes


def shared_kind(fmt: AudioFormat, sample_rate: int) -> Kind | None:
    """Return how a format is coded if that may be shared; in G.722 the seam would click, others are cheap."""
    return (fmt.opus, sample_rate) if fmt.encoding == "opus" else None


class SharedCoding:
    """The packets of one worker's plays, those that were not asked for the longest go first."""

    __slots__ = ("_coders", "_n_bytes", "_packets")

    def __init__(self) -> None:
        self._packets: OrderedDict[_Past, bytes] = OrderedDict()
        self._coders: OrderedDict[_Past, Encoder] = OrderedDict()
        self._n_bytes = 0

    @property
    def n_bytes(self) -> int:
        """About how much memory the packets take."""
        return self._n_bytes

    def packet(self, past: _Past) -> bytes | None:
        """Return what ends this past, None = nobody has coded it."""
        payload = self._packets.get(past)
        if payload is not None:
            self._packets.move_to_end(past)
        return payload

    def coder(self, past: _Past) -> Encoder | None:
        """Take the coder that has heard just this."""
        return self._coders.pop(past, None)

    def keep(self, past: _Past, payload: bytes, coder: Encoder) -> None:
        """Keep a packet, and who has coded it, until others need the room."""
        if past not in self._packets:
            self._n_bytes += ENTRY_BYTES + len(payload)
        self._packets[past] = payload
        self._coders[past] = coder
        if len(self._coders) > MAX_CODERS:
            self._coders.popitem(last=False)
        while self._n_bytes > MAX_BYTES:
            self._n_bytes -= ENTRY_BYTES + len(self._packets.popitem(last=False)[1])


class CodedPlay:
    """One play to one listener, packet by packet. `is_left` = the listener has heard something in between."""

    __slots__ = ("_kind", "_past", "_recent", "_shared", "is_left")

    def __init__(self, shared: SharedCoding) -> None:
        self._shared, self.is_left = shared, False
        self._kind: Kind | None = None
        self._past: _Past = b""
        self._recent: deque[bytes] = deque(maxlen=RUN_IN)

    def encode(self, pcm: bytes, kind: Kind) -> bytes:
        """Return the payload of the next packet; a listener that changes its codec begins anew."""
        if kind is not self._kind:
            self._kind, self._past = kind, blake2b(repr(kind).encode(), digest_size=_HASH_BYTES).digest()
            self._recent.clear()
        past = blake2b(self._past + pcm, digest_size=_HASH_BYTES).digest()
        payload = self._shared.packet(past)
        if payload is None:
            coder = self._shared.coder(self._past) or self._run_in(kind)
            payload = coder.encode(pcm)
            self._shared.keep(past, payload, coder)
        self._past = past
        self._recent.append(pcm)
        return payload

    def leave(self, kind: Kind) -> Encoder:
        """Return a coder for what is said after this, which nobody else hears."""
        self.is_left = True
        return self._run_in(kind)

    def _run_in(self, kind: Kind) -> Encoder:
        wish, sample_rate = kind
        coder = OpusEncoder(sample_rate, wish)
        for pcm in self._recent if kind is self._kind else ():
            coder.encode(pcm)
        return coder
