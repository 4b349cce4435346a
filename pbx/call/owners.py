"""Which call a leg, a party, a token or a recording belongs to."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from pbx.call.effects import CallEffect
from pbx.call.events import (
    CallerChecked,
    CallerOrder,
    CallEvent,
    CallFailed,
    EntryDelivered,
    OfNobody,
    ProgramAnswered,
    PromptsMissing,
    PromptsReady,
    RecordingOrdered,
    SecureEntryOrdered,
    WithdrawalOrdered,
)
from pbx.core.ids import CallId, LegId, Token
from pbx.dialplan.routes import Route, ToExtension
from pbx.ivr.events import SwitchEnded
from pbx.media.effects import OpenLeg
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped
from pbx.sip.effects import LookUpAor
from pbx.sip.events import AorFound, DeviceOrigin, Origin

NameT = TypeVar("NameT", bound=Hashable)


class Owners(Generic[NameT]):
    """Names of one kind by call and calls by name; a call is forgotten in the time of its own names."""

    __slots__ = ("_names", "_owner")

    def __init__(self) -> None:
        self._owner: dict[NameT, CallId] = {}
        self._names: dict[CallId, list[NameT]] = {}

    def __len__(self) -> int:
        return len(self._owner)

    def claim(self, name: NameT, call: CallId) -> None:
        """`name` belongs to `call` from now on; again changes nothing."""
        if self._owner.get(name) != call:
            self._owner[name] = call
            self._names.setdefault(call, []).append(name)

    def of(self, name: NameT) -> CallId | None:
        """The call of this name."""
        return self._owner.get(name)

    def take(self, name: NameT) -> CallId | None:
        """The call of a name that is used once, which this was."""
        return self._owner.pop(name, None)

    def forget(self, call: CallId) -> None:
        """The call is over."""
        for name in self._names.pop(call, ()):
            if self._owner.get(name) == call:
                del self._owner[name]


class Directory:
    """The names of all live calls; a party's call is its last one."""

    __slots__ = ("legs", "parties", "recordings", "tokens")

    def __init__(self) -> None:
        self.legs: Owners[LegId] = Owners()
        self.parties: Owners[tuple[str, str]] = Owners()  # tenant and party
        self.tokens: Owners[Token] = Owners()
        self.recordings: Owners[str] = Owners()

    def claim(self, call: CallId, party: tuple[str, str], leg: LegId) -> None:
        """A new call: its first leg, and whose it is (tenant and party)."""
        self.legs.claim(leg, call)
        self.parties.claim(party, call)

    def claim_ordered(self, call: CallId, effects: Iterable[CallEffect]) -> None:
        """What a call has ordered: new legs and look-ups are its own."""
        for effect in effects:
            match effect:
                case OpenLeg():
                    self.legs.claim(effect.leg, call)
                case LookUpAor():
                    self.tokens.claim(effect.token, call)

    def beside(self, origin: Origin, route: Route) -> CallId | None:
        """A call of the same people: should they join the two, media have to be in one place."""
        names = [f"extension/{origin.extension}"] if isinstance(origin, DeviceOrigin) else []
        names += [f"extension/{route.extension}"] if isinstance(route, ToExtension) else []
        calls = (self.parties.of((origin.tenant, name)) for name in names)
        return next((call for call in calls if call is not None), None)

    def owner(self, event: CallEvent) -> CallId | None:
        """The call an event belongs to, None = to none; a token is used up."""
        if isinstance(event, OfNobody):
            return None
        match event:
            case PromptsReady() | PromptsMissing() | CallerChecked() | CallFailed() | SwitchEnded():
                return event.call
            case RecordingOrdered() | WithdrawalOrdered():
                return event.call
            case _ if isinstance(event, CallerOrder):
                return event.call
            case SecureEntryOrdered() | EntryDelivered() | ProgramAnswered():
                return event.call
            case AorFound():
                return self.tokens.take(event.token)
            case RecordingStarted() | RecordingFailed() | RecordingStopped():
                return self.recordings.of(event.recording)
            case _:
                return self.legs.of(event.leg)

    def forget(self, call: CallId) -> None:
        """The call is over."""
        for owners in (self.legs, self.parties, self.tokens, self.recordings):
            owners.forget(call)
