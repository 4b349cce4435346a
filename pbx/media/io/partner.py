"""Partner: somebody inside the worker who talks with a leg in place of its peer, in samples."""

from collections.abc import Sequence
from typing import Protocol

from pbx.core.ids import LegId
from pbx.media.io.recordings import Tapped
from pbx.media.io.tap import Tap


class Partner(Protocol):
    """A room, a stream. Each 20 ms it hears every leg it talks with, then each of them is asked for."""

    @property
    def sample_rate(self) -> int:
        """8000 or 16000, of both directions."""
        ...

    @property
    def room(self) -> str:
        """The name of the room that it is, "" = none."""
        ...

    def hear(self, leg: LegId, pcm: bytes | None, now: float) -> None:
        """Take what the party says; None = silence, also of a party that enters a secret."""
        ...

    def speak(self, leg: LegId, now: float) -> bytes | None:
        """Return what the party hears; None = nothing is sent. Only asked for when it can be sent."""
        ...

    def may_record(self, leg: LegId) -> bool:
        """Whether everybody whom the party may hear agreed to be recorded."""
        ...

    def hearers(self, leg: LegId) -> tuple[Tap, ...]:
        """Return what is recorded of whoever hears the party, for its voice is in it."""
        ...

    def fellows(self, leg: LegId) -> Sequence[Tapped]:
        """Return who else may be heard beside the party, be he silent or muted now."""
        ...

    def voices(self, leg: LegId) -> Sequence[Tapped]:
        """Return who is in the mix that the party is sent; () = it is sent no mix."""
        ...

    def press(self, leg: LegId, key: str) -> None:
        """Take a key that the party pressed, never one of a secret."""
        ...
