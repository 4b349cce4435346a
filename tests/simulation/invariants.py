"""What holds at every moment of the simulation, and what is left at its end."""

from pbx.call.call import Call
from pbx.call.leg import Leg, LegState
from pbx.core.ids import CallId, LegId
from tests.simulation.town import Town
from tests.simulation.world import World

MAX_LEGS = 2 * 400  # no more can be alive at once at this rate of calls
SOON_S = 300.0  # no ringing, prompt or transfer waits longer
TOLD_S = 100.0  # two exchanges that time out after 64*T1, and a BYE
LONELY_S = 40.0  # for a port, an ACK (timer H), a prompt to its end


class Watch:
    """Looks after each event; remembers since when a call has nobody who talks."""

    def __init__(self) -> None:
        self._alone_since: dict[CallId, float] = {}
        self._untold_since: dict[LegId, float] = {}
        self._n_deaths = 0

    def check(self, world: World) -> None:
        """AssertionError for whatever does not hold."""
        assert world.pbx.n_legs <= MAX_LEGS
        calls = world.switchboard.calls
        self._alone_since = {call: since for call, since in self._alone_since.items() if call in calls}
        self._check_told(world, [leg for call in calls.values() for leg in call.parts.connect.legs.values()])
        for call in calls.values():
            deadline = call.deadline  # of which a call asks each of its parts, so once
            assert deadline is not None, f"call {call.id} waits for nothing"
            self._check_ports(world, call)
            if deadline - world.now > SOON_S and self._is_alone(call):
                since = self._alone_since.setdefault(call.id, world.now)
                assert world.now - since < LONELY_S, f"nobody talks in call {call.id}: {call.record()}"
            else:
                self._alone_since.pop(call.id, None)

    def _check_ports(self, world: World, call: Call) -> None:
        """Whoever talks is bridged, and whoever has a port is a leg of a call."""
        connect = call.parts.connect
        for leg in connect.legs.values():
            has_port = leg.id in world.media.peers or leg.id in world.media.waiting
            assert not leg.port_open or has_port or leg.is_port_closing, leg
        other = connect.other(connect.caller)
        if call.parts.ending.is_closing or other is None:
            return
        is_rescue = connect.caller.is_lost or other.is_lost  # until both have another port
        states = {connect.caller.state, other.state}
        assert states == {LegState.ANSWERED}, f"talks with nobody: {call.record()}"
        is_bridged = world.media.peers.get(connect.caller.id) == other.id
        assert is_bridged or is_rescue, f"not bridged: {call.record()}"

    def _check_told(self, world: World, legs: list[Leg]) -> None:
        """Whose media worker died hears where to send from now on, or his call ends."""
        known = self._untold_since if world.media.n_deaths == self._n_deaths else {}
        untold = [leg.id for leg in legs if leg.state is LegState.ANSWERED and _is_untold(leg)]
        self._n_deaths = world.media.n_deaths
        self._untold_since = {leg: known.get(leg, world.now) for leg in untold}
        late = [leg for leg, since in self._untold_since.items() if world.now - since > TOLD_S]
        assert not late, f"not told of their new port: {late}"

    def _is_alone(self, call: Call) -> bool:
        """Whether nobody talks; a call that waits for nothing else either has left somebody behind."""
        if call.parts.ending.is_closing or call.parts.connect.other(call.parts.connect.caller):
            return False
        entered = call.parts.start.trail.entries
        is_echoed = bool(entered) and entered[-1].step == "echo" and not call.parts.transfers.trace
        return not is_echoed


def _is_untold(leg: Leg) -> bool:
    return leg.is_lost or leg.tell_due is not None or not leg.is_told


def leftovers(world: World) -> dict[str, int]:
    """Return what no machine should have any more."""
    found = {
        "calls": len(world.switchboard.calls),
        "ports": len(world.media.peers) + len(world.media.waiting),
        "recordings": len(world.media.recordings),
    }
    for at, endpoint in world.endpoints.items():
        found[f"legs of {at}"] = endpoint.n_legs
        found[f"dialogs of {at}"] = endpoint.n_dialogs
        found[f"transfers of {at}"] = endpoint.n_referrals
        found[f"transactions of {at}"] = endpoint.n_transactions
        found[f"timers of {at}"] = endpoint.deadline is not None
    found["timers of calls"] = world.switchboard.deadline is not None
    return {what: number for what, number in found.items() if number}


def without_end(town: Town) -> list[str]:
    """Return the legs that nobody told the end of, or told it twice; who refused is not told."""
    return [
        f"{leg} of {phone.at}: {outcome}"
        for phone in town.phones
        for leg, outcome in phone.outcomes.items()
        if len(outcome.ends) != (0 if outcome.refused else 1)
    ]


def unsettled(town: Town) -> list[str]:
    """Return the transfers whose transferor has never heard what came of them."""
    return [
        f"{leg} of {person.phone.at}" for person in town.people.values() for leg in person.transferor.awaited
    ]


def without_cause(world: World) -> list[str]:
    """Return the call records that do not say how, by whom or when each part ended."""
    return [
        str(record)
        for record in world.records.values()
        if record.ended_at is None
        or not (record.cause and record.ended_by)
        or not all(leg.ended_at is not None and leg.cause for leg in record.legs)
    ]
