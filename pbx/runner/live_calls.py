"""Live calls: what is told of one now, to whoever asks at the control socket."""

from dataclasses import replace

from pbx.call.call import Call
from pbx.call.leg import LegState
from pbx.call.live import LiveCall, live_call
from pbx.call.recorded_room import RecordedRoom
from pbx.core.io.clock import utc_now


def told(call: Call | RecordedRoom) -> LiveCall:
    """A call or a recorded conference as it is at this moment."""
    if isinstance(call, RecordedRoom):
        return live_call(call.record, call.capture.paused, call.refusing, ())
    parts = call.parts
    both = (parts.connect.caller, parts.connect.winner)
    talkers = [leg for leg in both if leg is not None and leg.state is LegState.ANSWERED]
    known = (parts.grants.known, utc_now())
    live = live_call(call.record(), parts.capture.paused, parts.withdrawals.parties, talkers, known=known)
    return replace(live, secure_entry=parts.assisted.is_on)
