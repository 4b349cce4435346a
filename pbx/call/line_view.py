"""What those who watch an extension see of one call (RFC 4235 §3.7.1)."""

from collections.abc import Iterable, Iterator, Mapping

from pbx.call.leg import Leg, LegState
from pbx.call.parties import Parties
from pbx.call.start import CallStart
from pbx.services.lines import LinesOfCall
from pbx.sip.notify.line import LineDialog, LineState

_PREFIX = "extension/"
_CALLER: Mapping[LegState, LineState] = {
    LegState.OPENING: "trying",
    LegState.RINGING: "early",
    LegState.ANSWERED: "confirmed",
}
# A callee's leg that waits for its port has not been called yet.
_CALLEE: Mapping[LegState, LineState] = {
    LegState.CALLING: "trying",
    LegState.RINGING: "early",
    LegState.ANSWERED: "confirmed",
}
_RANK: tuple[LineState, ...] = ("trying", "early", "confirmed")


class LineView:
    """What one call shows; worked out again only when one of its legs has changed."""

    __slots__ = ("_parties", "_seen", "_shown", "_start")

    def __init__(self, parties: Parties, start: CallStart) -> None:
        self._parties, self._start = parties, start
        self._seen: tuple[object, ...] = ()
        self._shown: LinesOfCall = {}

    @property
    def shown(self) -> LinesOfCall:
        """The dialogs by extension; the same object as long as nothing has changed."""
        parties = self._parties
        winner = parties.winner.id if parties.winner else ""
        seen = (parties.caller.id, winner, *_facts(parties.legs.values()))
        if seen != self._seen:
            self._seen, self._shown = seen, line_dialogs(parties, self._start)
        return self._shown


def _facts(legs: Iterable[Leg]) -> Iterator[object]:
    """Yield what `line_dialogs` reads of each leg."""
    for leg in legs:
        yield leg.id
        yield leg.role
        yield leg.state
        yield leg.party
        yield leg.number


def line_dialogs(parties: Parties, start: CallStart) -> LinesOfCall:
    """Return the dialogs by extension; the devices of one extension in one call are one dialog.

    So a phone that lost the race to another phone of the same desk does not make the lamp flicker.
    """
    groups: dict[tuple[str, str], list[Leg]] = {}
    for leg in parties.legs.values():
        if leg.party.startswith(_PREFIX):
            groups.setdefault((leg.party.removeprefix(_PREFIX), leg.role), []).append(leg)
    shown: dict[str, tuple[LineDialog, ...]] = {}
    for (extension, role), devices in groups.items():
        state = _state(devices, _CALLER if role == "caller" else _CALLEE)
        if state is not None:
            dialog = _dialog(devices, state, parties, start)
            shown[extension] = (*shown.get(extension, ()), dialog)
    return shown


def _state(devices: list[Leg], states: Mapping[LegState, LineState]) -> LineState | None:
    found = [states[leg.state] for leg in devices if leg.state in states]
    return max(found, key=_RANK.index, default=None)


def _dialog(devices: list[Leg], state: LineState, parties: Parties, start: CallStart) -> LineDialog:
    """The identifier is that of the first device, which stays when it loses the race."""
    user, display = _remote(devices, parties, start)
    return LineDialog(
        id=devices[0].id,
        state=state,
        direction="initiator" if devices[0].role == "caller" else "recipient",
        remote_user=user,
        remote_display=display,
    )


def _remote(devices: list[Leg], parties: Parties, start: CallStart) -> tuple[str, str]:
    """Return number and name of the other party: who talks with a device, or waits for one."""
    if parties.caller in devices:
        if parties.winner is None:
            return start.offered.called, ""
        other = parties.winner
    else:
        other = parties.caller
    if other.id != start.offered.leg:
        return other.number, ""
    is_shown = bool(other.number) and not start.offered.private
    return (other.number, start.offered.from_display) if is_shown else ("", "")
