"""HelpAlert: a call to somebody of the house who has to know that help was called, and from where."""

from dataclasses import dataclass, replace

from pbx.call.context import HelpDesk, Wall
from pbx.call.help_sought import HelpSought
from pbx.call.made_call import MadeCall
from pbx.call.outgoing import device_call
from pbx.call.start import CallStart
from pbx.core.ids import Ids
from pbx.dialplan.routes import HELP_RING_S
from pbx.ivr.steps import FlowPlan, Say
from pbx.phrases.phrase import Spoken
from pbx.sip.alert import Alert
from pbx.sip.events import Contact

FLOW = "emergency/desk"
RING = "emergency"  # the name of the ring; a telephone that has none of that name rings as always
TIMES = 2  # a first sentence is easily missed
_MOST_NAME = 40  # of what a small display shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What there is to say: who calls for help, and the leg that was called for it."""

    extension: str
    name: str
    sought: HelpSought

    @property
    def label(self) -> str:
        """What a display shows before anybody answers."""
        where = self.sought.location.words if self.sought.location is not None else ""
        shown = f"EMERGENCY {self.sought.number} {self.name or self.extension}".strip()
        return f"{shown[:_MOST_NAME]}, {where}" if where else shown[:_MOST_NAME]


class HelpAlert(MadeCall):
    """The machine of one such call, to one telephone; it is never recorded, as the call for help is not."""

    __slots__ = ("_alarm", "_desk")

    def __init__(
        self, start: CallStart, to: tuple[HelpDesk, Alarm, Contact], by: tuple[Ids, Wall], now: float
    ) -> None:
        """`start` is as if the telephone had called; it is shown the number of who calls for help."""
        self._desk, self._alarm, contact = to
        super().__init__(start, by, now, ring_s=HELP_RING_S)
        self.caller.help = self._alarm.sought
        shown = replace(start, number=self._alarm.extension or self._alarm.sought.number)
        extension = start.party.partition("/")[2]
        order = device_call(self.caller.id, extension, contact, shown, label=self._alarm.label)
        self.parts.connect.call(self.caller, replace(order, alert=Alert(info=RING)))

    @property
    def flow(self) -> FlowPlan:
        """The same sentence some times, and the end."""
        names = [f"say{n}" for n in range(1, TIMES + 1)]
        following = (*names[1:], None)
        parts = said(self._desk, self._alarm)
        text = " ".join(one for one in parts if isinstance(one, str))
        steps = {
            name: Say(text=text, parts=parts, next=then) for name, then in zip(names, following, strict=True)
        }
        return FlowPlan(name=FLOW, start=names[0], steps={**steps})


def said(desk: HelpDesk, alarm: Alarm) -> tuple[str | Spoken, ...]:
    """Return what is said: who it is, and where."""
    who: tuple[str | Spoken, ...] = (desk.says,)
    if alarm.name:
        who = (*who, alarm.name)
    if alarm.extension:
        who = (*who, Spoken(kind="digits", value=alarm.extension))
    place = alarm.sought.location
    return who if place is None else (*who, desk.where, place.words)
