"""PutThrough: where a call may not go on unrecorded, nobody talks before the journal is open (R-16).

    an answer -> WAITING -> put through                the journal is open
                 WAITING -> put through, both are told it is not: announce_unrecorded
                 WAITING -> the caller is told         it is not: refuse; the callees are let go

What a callee answers is held back meanwhile, some milliseconds: to the call it still rings. Where it is known
before anybody rings that there can be no recording, nobody does.
"""

from typing import Literal

from pbx.call.announcement import Announcement
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.ending import UNRECORDED
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import FeatureEvent
from pbx.call.recorder import NO_KEY
from pbx.media.effects import StopPlay
from pbx.recording.failure import FailurePolicy
from pbx.recording.indication import indication
from pbx.recording.notice import JOURNAL_LIMIT_S, sentence
from pbx.sip.events import LegAnswered

Verdict = Literal["recorded", "announced", "refused"]


class PutThrough:
    """At most one journal is waited for, whoever answers meanwhile."""

    __slots__ = ("_announcement", "_capture", "_connect", "_due", "_held", "_policy", "_released")

    def __init__(self, connect: Connect, capture: Capture, announcement: Announcement) -> None:
        self._connect, self._capture, self._announcement = connect, capture, announcement
        self._held: list[LegAnswered] = []
        self._released: list[LegAnswered] = []
        self._policy: FailurePolicy = "continue"
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the journal, or whoever hears that there is none, has taken too long."""
        dues = (self._due, self._announcement.deadline)
        return min((due for due in dues if due is not None), default=None)

    def forbids(self, callee: Leg, no_room: str) -> list[CallEffect]:
        """A callee is about to be called: what there is to tell if that is in vain, as the spool says."""
        why = no_room or ("" if self._capture.may_begin else NO_KEY)
        policy = self._needed(callee) if why and not self._announcement.is_running else None
        return self._capture.fails(why) if policy == "refuse" else []

    def answered(self, event: LegAnswered, now: float) -> list[CallEffect] | None:
        """A callee has answered: hold that back and open the journal, None = there is nothing to wait for."""
        callee = self._connect.legs.get(event.leg)
        if event in self._released or callee is None:
            return None
        if self._held:
            self._held.append(event)
            return []
        policy = self._needed(callee)
        if policy is None or policy == "continue":
            return None
        if not self._capture.begins_at_once(self._connect.caller, callee):
            return None
        self._held, self._policy, self._due = [event], policy, now + JOURNAL_LIMIT_S
        return self._capture.prepare(self._connect.caller, callee, now)

    def verdict(self) -> Verdict | None:
        """What becomes of those who have answered, None = nobody has, or it is not known yet."""
        if not self._held or self._capture.state == "starting":
            return None
        if self._capture.state != "failed":
            return "recorded"  # or it is over, because somebody does not want it
        return "refused" if self._policy == "refuse" else "announced"

    def release(self) -> list[LegAnswered]:
        """Give back the answers that were held, each once, without those of who is gone."""
        held, self._held, self._due = self._held, [], None
        legs = self._connect.legs
        self._released = [one for one in held if legs[one.leg].state is not LegState.ENDED]
        return self._released

    def announced(self) -> list[CallEffect]:
        """They are put through unrecorded, and are told so."""
        return [self._capture.facts.audit("recording.notice", outcome="announced")]

    def take(self, event: FeatureEvent) -> tuple[list[CallEffect], bool]:
        """An event of the call; True = with it the caller has heard why he is not put through."""
        return self._announcement.take(event)

    def overdue(self, now: float) -> list[CallEffect]:
        """The worker does not say whether it records: it has failed after a second (R-17)."""
        if self._due is None or now < self._due:
            return []
        self._due = None
        return self._capture.give_up("no answer") if self._capture.state == "starting" else []

    def is_unheard(self, now: float) -> bool:
        """Whether the caller takes too long to hear why he is not put through."""
        due = self._announcement.deadline
        return due is not None and due <= now

    def let_go(self) -> list[CallEffect]:
        """Those who were called are not to be reached."""
        self._held, self._due = [], None
        told = self._capture.facts.audit("recording.notice", outcome="refused")
        return [told, *self._connect.give_up(*UNRECORDED)]

    def refuse(self, now: float) -> tuple[list[CallEffect], bool]:
        """Tell the caller why, if he can hear it; False = there is nothing to wait for.

        An extension that was not answered hears it as early media (RFC 3960); a carrier has the status.
        """
        caller = self._connect.caller
        heard = self._heard(caller)
        if heard is None:
            return [], False
        is_ours = caller.party.startswith("extension/")
        language = self._connect.start.context.language
        said = None if is_ours else sentence("refuse", language)
        begun = self._announcement.begin(caller.id, said or indication("unconnected", language), now)
        return [*heard, *begun], True

    def _heard(self, caller: Leg) -> list[CallEffect] | None:
        if caller.state is LegState.ANSWERED:
            return [StopPlay(leg=caller.id)]
        return self._connect.speak() if caller.party.startswith("extension/") else None

    def stop(self) -> list[CallEffect]:
        """The call is over."""
        self._held, self._due = [], None
        return self._announcement.stop()

    def _needed(self, callee: Leg) -> FailurePolicy | None:
        """By which policy these two have to be recorded, None = they need not be, or are already."""
        caller, capture = self._connect.caller, self._capture
        if capture.is_running or caller.is_help or callee.is_help or callee.is_paged:
            return None
        policy = capture.ruling.foresee((caller.party, callee.party))
        return policy if policy is not None and capture.may_keep(caller, callee) else None
