"""Exchange: where the offers and answers of one dialog stand (RFC 3264 §4, RFC 6337 §2.2)."""

from typing import Literal

Pending = Literal["", "ours", "theirs"]  # whose offer waits for its answer


class Exchange:
    """The offer that waits, and the last description of each side that counts."""

    __slots__ = ("_before", "local", "pending", "preview", "remote")

    def __init__(self) -> None:
        self.pending: Pending = ""
        self.local: bytes | None = None
        self.remote: bytes | None = None
        self.preview: bytes | None = None  # the answer in an unreliable response; the 2xx should repeat it
        self._before: tuple[bytes | None, bytes | None] = (None, None)

    @property
    def is_complete(self) -> bool:
        """Whether a first exchange is done and no offer waits."""
        return not self.pending and self.local is not None and self.remote is not None

    @property
    def is_unused(self) -> bool:
        """Whether nobody has offered anything yet."""
        return self.local is None and self.remote is None

    @property
    def is_first_unanswered(self) -> bool:
        """Whether the offer of our INVITE still waits."""
        return self.pending == "ours" and self.remote is None

    def offer_sent(self, sdp: bytes) -> None:
        """Our offer is on its way."""
        self._begin("ours")
        self.local = sdp

    def offer_received(self, sdp: bytes) -> None:
        """The peer offered; we owe the answer."""
        self._begin("theirs")
        self.remote = sdp

    def answer_sent(self, sdp: bytes) -> None:
        """The peer's offer is answered."""
        self.local, self.pending = sdp, ""

    def answer_received(self, sdp: bytes) -> None:
        """Our offer is answered."""
        self.remote, self.pending = sdp, ""

    def refused(self) -> None:
        """The waiting offer came to nothing: the session goes on as it was (RFC 3261 §14.1)."""
        if self.pending:
            self.pending = ""
            self.local, self.remote = self._before

    def _begin(self, whose: Pending) -> None:
        self._before = (self.local, self.remote)
        self.pending = whose
