"""Offers and answers inside the dialogs of a call: of a fax, of a new port, or of audio."""

from pbx.call.connect import Connect
from pbx.call.descriptions import exchanged
from pbx.call.direct import DirectMedia
from pbx.call.effects import CallEffect
from pbx.call.fax import Fax, ReinviteEvent
from pbx.call.rescue import Rescue
from pbx.call.telling import Telling
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteOffered, ReinviteRefused


class Reoffers:
    """Audio is answered at once, whatever the other party thinks of it; only a fax asks the other party."""

    __slots__ = ("_connect", "_direct", "_fax", "_rescue", "_telling")

    def __init__(
        self, connect: Connect, rescue: Rescue, fax: Fax, direct: DirectMedia, telling: Telling
    ) -> None:
        self._connect, self._rescue, self._fax, self._direct = connect, rescue, fax, direct
        self._telling = telling

    def handle(self, event: ReinviteEvent, now: float) -> list[CallEffect] | None:
        """A party offers anew, or answers what it was offered; None = it never hears of its new port."""
        again = self._direct.again(event)
        if again is not None:
            return again
        before = self._direct.before(event)
        done = self._handle(event, now)
        if done is None:
            return None
        return [*before, *done, *self._direct.after(event), *self._telling.reoffered(event.leg, now)]

    def _handle(self, event: ReinviteEvent, now: float) -> list[CallEffect] | None:
        of_fax = self._fax.handle(event, now)
        if of_fax is not None:
            return of_fax
        match event:
            case ReinviteOffered():
                return self._connect.reinvited(event)
            case ReinviteAnswered() | ReinviteDue():
                self._rescue.told(event)
                return exchanged(self._connect.legs.get(event.leg), event)
            case ReinviteRefused():
                return None if self._rescue.refused(event, now) else []
        return []  # taken back: the session is as it was
