"""Key orders: codes that parties press in a call: for its recording, against calls, to type unheard."""

from pbx.call.assisted_entry import AssistedEntry
from pbx.call.effects import CallEffect, EntryField
from pbx.call.key_sequence import KeySequence
from pbx.call.leg import Leg, LegState
from pbx.call.opt_outs import OptOuts
from pbx.call.ordering import Ordering
from pbx.call.withdrawals import Withdrawals
from pbx.dialplan.rules import KeyCodes


class KeyOrders:
    """Codes of extensions count of two who talk: whoever is alone presses keys for a flow.

    What is taken back by any party itself is heard of at once, whatever else its keys are for.
    """

    __slots__ = (
        "_assisted",
        "_begun",
        "_on",
        "_opt_out",
        "_opt_outs",
        "_orders",
        "_typed",
        "_withdraw",
        "_withdrawals",
    )

    def __init__(
        self,
        codes: KeyCodes,
        orders: Ordering,
        refusals: tuple[Withdrawals, OptOuts],
        assisted: AssistedEntry,
    ) -> None:
        self._on = {code: on for code, on in ((codes.pause, False), (codes.resume, True)) if code is not None}
        self._withdraw, self._opt_out = codes.withdraw, codes.opt_out
        said = (code for code in (codes.withdraw, codes.opt_out) if code is not None)
        fields: tuple[tuple[str | None, EntryField], ...] = (
            (codes.birth_date, "date_of_birth"),
            (codes.digits, "digits"),
        )
        self._typed = {code: what for code, what in fields if code is not None}
        self._begun = KeySequence((*self._on, *said, *self._typed))
        self._orders, self._assisted = orders, assisted
        self._withdrawals, self._opt_outs = refusals

    def pressed(self, leg: Leg, other: Leg | None, key: str, now: float) -> list[CallEffect]:
        """A key that counts, once; `other` = whom its party talks with."""
        done = [*self._withdrawals.pressed(leg, key, now), *self._opt_outs.pressed(leg, other, key, now)]
        return [*done, *self._code(leg, other, key, now)]

    def _code(self, leg: Leg, other: Leg | None, key: str, now: float) -> list[CallEffect]:
        if not leg.party.startswith("extension/") or other is None:
            return []
        if any(one.state is not LegState.ANSWERED for one in (leg, other)):
            return []
        code = self._begun.pressed(leg.id, key, now)
        if code and code == self._withdraw:
            return self._withdrawals.by_agent(leg, other, now)
        if code and code == self._opt_out:
            return self._opt_outs.by_agent(leg, other, now)
        if code in self._typed:
            return self._assisted.by_agent(leg, other, self._typed[code], now)
        return self._orders.code(leg.party, now, on=self._on[code]) if code else []
