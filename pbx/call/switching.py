"""Switching: a flow has a schedule opened or closed; whose call it is goes on the record."""

from datetime import datetime

from pbx.call.context import CallContext
from pbx.call.effects import SetSchedule
from pbx.call.leg import Leg
from pbx.core.ids import CallId
from pbx.ivr.effects import OrderSwitch
from pbx.schedules.flip import flipped


class Switching:
    """The orders of one call's flows."""

    __slots__ = ("_call", "_caller", "_context")

    def __init__(self, whose: tuple[CallId, Leg], context: CallContext) -> None:
        """`whose` = the call and its caller."""
        self._call, self._caller = whose
        self._context = context

    def order(self, order: OrderSwitch, at: datetime) -> SetSchedule:
        """Return what is to be kept; SwitchEnded follows."""
        known, tenant = self._context.schedules, self._context.tenant
        switched = flipped(known, order.schedule, order.to, self._caller.party, at)
        schedule = known.schedules.get(order.schedule)
        by_hours = schedule is not None and schedule.at(at).kind == "open"
        return SetSchedule(
            call=self._call,
            tenant=tenant,
            schedule=order.schedule,
            switched=switched,
            by=self._caller.party,
            opens=switched.position == "open" if switched is not None else by_hours,
        )
