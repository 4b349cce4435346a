"""What those who watch an extension see of one call (RFC 4235 §3.7.1)."""

from collections.abc import Iterable, Mapping

from pbx.call.leg import Leg, LegState
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


def line_dialogs(legs: Iterable[Leg], start: CallStart) -> LinesOfCall:
    """Return the dialogs by extension; the devices of one extension in one call are one dialog.

    So a phone that lost the race to another phone of the same desk does not make the lamp flicker.
    """
    groups: dict[tuple[str, str], list[Leg]] = {}
    for leg in legs:
        if leg.party.startswith(_PREFIX):
            groups.setdefault((leg.party.removeprefix(_PREFIX), leg.role), []).append(leg)
    shown: dict[str, tuple[LineDialog, ...]] = {}
    for (extension, role), devices in groups.items():
        state = _state(devices, _CALLER if role == "caller" else _CALLEE)
        if state is not None:
            shown[extension] = (*shown.get(extension, ()), _dialog(devices[0], state, start))
    return shown


def _state(devices: list[Leg], states: Mapping[LegState, LineState]) -> LineState | None:
    found = [states[leg.state] for leg in devices if leg.state in states]
    return max(found, key=_RANK.index, default=None)


def _dialog(first: Leg, state: LineState, start: CallStart) -> LineDialog:
    """The identifier is that of the first device, which stays when it loses the race."""
    if first.role == "caller":
        return LineDialog(id=first.id, state=state, direction="initiator", remote_user=start.offered.called)
    return LineDialog(
        id=first.id,
        state=state,
        direction="recipient",
        remote_user=start.number or "",
        remote_display=start.offered.from_display if start.number else "",
    )
