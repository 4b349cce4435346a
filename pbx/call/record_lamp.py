"""Record lamp: an extension sees on a lamp of its own what becomes of the recording it talks in (R-17).

It is the line `recording-1003` of RFC 4235: confirmed = what they talk is recorded, early = the recording is
paused, no dialog = nothing is recorded, or no more. A recording that fails puts the lamp out.
"""

from pbx.call.leg import Leg, LegState
from pbx.call.parties import Parties
from pbx.call.recorder import Recorder
from pbx.services.lines import LinesOfCall
from pbx.sip.notify.line import LineDialog, LineState, record_lamp

_PREFIX = "extension/"
Lit = tuple[tuple[str, LineState], ...]  # by party


class RecordLamp:
    """What one call shows on the lamps of extensions; worked out again only when that has changed."""

    __slots__ = ("_parties", "_recorder", "_seen", "_shown")

    def __init__(self, parties: Parties, recorder: Recorder) -> None:
        self._parties, self._recorder = parties, recorder
        self._seen: Lit = ()
        self._shown: LinesOfCall = {}

    @property
    def shown(self) -> LinesOfCall:
        """The dialogs by line; the same object as long as nothing has changed."""
        seen = self._lit
        if seen != self._seen:
            self._seen, self._shown = seen, self._lines(seen)
        return self._shown

    @property
    def _lit(self) -> Lit:
        """Who talks, the two others of a three-way call among them."""
        caller, winner = self._parties.caller, self._parties.winner
        state = _state(self._recorder)
        if state is None and not caller.is_kept_in_room:
            return ()
        talking = [leg for leg in (caller, winner) if leg is not None and leg.state is LegState.ANSWERED]
        parties = {party: _seen(leg, state) for leg in talking for party in (leg.party, *leg.company)}
        return tuple((one, lit) for one, lit in parties.items() if lit and one.startswith(_PREFIX))

    def _lines(self, lit: Lit) -> LinesOfCall:
        call, _ = self._parties.belongs_to
        return {
            record_lamp(party.removeprefix(_PREFIX)): (
                LineDialog(id=call, state=state, direction="recipient"),
            )
            for party, state in lit
        }


def _state(recorder: Recorder) -> LineState | None:
    """What the recording of a call shows; a message is none of a call."""
    if recorder.state != "recording" or recorder.is_message:
        return None
    return "early" if recorder.paused is not None else "confirmed"


def _seen(leg: Leg, state: LineState | None) -> LineState | None:
    """Who sits in a conference is recorded by that, if it keeps what he says, or by his own call."""
    if not leg.is_kept_in_room or state == "confirmed":
        return state
    return "early" if leg.is_room_paused else "confirmed"
