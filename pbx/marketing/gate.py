"""The gate before marketing calls: each passes or not, and what people wish counts from then on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pbx.core.ids import CallId, LegId
from pbx.core.phone import mask
from pbx.core.wall import Wall
from pbx.marketing.decision import TEXTS, Blocked, Question, Verdict, decide
from pbx.marketing.effects import Block, GateEffect, KeepContact, KeepStop, What, fact
from pbx.marketing.events import (
    DialAnswered,
    DialAsked,
    DialClosed,
    DialEnded,
    DialPlaced,
    DialTried,
    GateEvent,
    StopWished,
)
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Contact, Register
from pbx.marketing.rules import CallingRules

ABANDONED_S = 2.0  # Ofcom: who answers has to be spoken to within two seconds
Tag = Callable[[str, str], bytes]  # of a controller and an E.164 number


def plain_tag(controller: str, number: str) -> bytes:
    """A tag without a key, where nothing of it is stored."""
    return f"{controller}|{number}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dial:
    """A leg of a marketing call; `answered` None = nobody has."""

    asked: DialAsked
    answered: float | None = None


class MarketingGate:
    """Asked once for each marketing call; a tenant without policy makes none."""

    __slots__ = ("_dials", "_policies", "_register", "_rules", "_tag", "_wall")

    def __init__(self, rules: CallingRules, register: Register, wall: Wall, tag: Tag = plain_tag) -> None:
        self._rules, self._register, self._wall, self._tag = rules, register, wall, tag
        self._policies: dict[str, MarketingPolicy] = {}
        self._dials: dict[LegId, _Dial] = {}

    def swap(self, policies: Mapping[str, MarketingPolicy]) -> None:
        """Decide by other policies from now on."""
        self._policies = dict(policies)

    def policy(self, tenant: str) -> MarketingPolicy | None:
        """What a tenant's admin decided."""
        return self._policies.get(tenant)

    def handle(self, event: GateEvent, now: float) -> list[GateEffect]:
        """Something happened to a marketing call, or somebody wishes no more."""
        match event:
            case DialAsked():
                return self._asked(event, now)
            case DialTried():
                self._dials[event.leg] = _Dial(asked=event.asked)
                return []
            case DialPlaced():
                return self._placed(event, now)
            case DialAnswered() | DialClosed():
                self._goes_on(event, now)
                return []
            case DialEnded():
                return self._ended(event, now)
            case StopWished():
                return self._stopped(event)

    def _asked(self, event: DialAsked, now: float) -> list[GateEffect]:
        policy = self._policies.get(event.tenant)
        verdict = Blocked(reason="no_gate") if policy is None else self._verdict(event, policy, now)
        if not isinstance(verdict, Blocked):
            return []
        details = {"account": event.account, "number": mask(event.number), "reason": verdict.reason}
        told = fact(
            "marketing.blocked", event.tenant, event.call, **details, detail=verdict.detail, **self._version
        )
        return [told, Block(reason=verdict.reason, text=TEXTS[verdict.reason])]

    def _verdict(self, event: DialAsked, policy: MarketingPolicy, now: float) -> Verdict:
        place = self._rules.place(event.number)
        question = Question(
            place=place,
            rules=self._rules.of(event.number, place) if place is not None else (),
            shown=event.shown,
            at=self._wall.time(now),
            is_stale=self._register.is_stale(now),
        )
        standing = self._register.standing(self._tag(policy.controller, event.number))
        return decide(question, standing, policy)

    def _placed(self, event: DialPlaced, now: float) -> list[GateEffect]:
        """The call goes out: it is on record, and counted where a rule counts."""
        asked = event.asked
        policy, place = self._policies.get(asked.tenant), self._rules.place(asked.number)
        if policy is None or place is None:
            return []
        rules = self._rules.of(asked.number, place)
        details = {"account": asked.account, "number": mask(asked.number), "controller": policy.controller}
        passed = fact(
            "marketing.passed",
            asked.tenant,
            asked.call,
            **details,
            campaign=policy.campaign,
            rules=", ".join(rule.region for rule in rules),
            **self._version,
        )
        is_counted = any(rule.at_most for rule in rules)
        return [passed, *(self._contact(asked, event.leg, "placed", now) if is_counted else ())]

    def _goes_on(self, event: DialAnswered | DialClosed, now: float) -> None:
        dial = self._dials.get(event.leg)
        if dial is None:
            return
        if isinstance(event, DialAnswered):
            self._dials[event.leg] = replace(dial, answered=now)
        elif dial.answered is None:
            del self._dials[event.leg]

    def _ended(self, event: DialEnded, now: float) -> list[GateEffect]:
        """Who answers and is hung up on at once was called for nothing."""
        dial = self._dials.pop(event.leg, None)
        if dial is None or dial.answered is None or event.by_peer or now - dial.answered > ABANDONED_S:
            return []
        return self._contact(dial.asked, event.leg, "abandoned", now)

    def _contact(self, asked: DialAsked, leg: LegId, what: What, now: float) -> list[GateEffect]:
        policy, at = self._policies.get(asked.tenant), self._wall.time(now)
        if policy is None:
            return []
        name = f"{leg}/{what}"
        tag = self._tag(policy.controller, asked.number)
        self._register.contacted(Contact(contact=name, tag=tag, what=what, at=at))
        return [
            KeepContact(
                contact=name,
                tenant=asked.tenant,
                controller=policy.controller,
                number=asked.number,
                what=what,
                at=at,
            )
        ]

    def _stopped(self, event: StopWished) -> list[GateEffect]:
        """It counts here at once, and elsewhere when the others read it."""
        policy = self._policies.get(event.tenant)
        if policy is None:
            return []
        is_news = self._register.stop(self._tag(policy.controller, event.number))
        kept = KeepStop(
            tenant=event.tenant,
            controller=policy.controller,
            number=event.number,
            how=event.how,
            call=event.call,
            campaign=policy.campaign,
            actor=event.actor,
        )
        told = opted_out(
            event.tenant, event.call, (event.number, policy.controller), (event.how, event.actor)
        )
        return [kept, told] if is_news else []

    @property
    def _version(self) -> dict[str, str]:
        return {"rules_version": self._rules.version}


def opted_out(tenant: str, call: CallId | None, whom: tuple[str, str], by: tuple[str, str]) -> GateEffect:
    """The fact that a number wants no more calls of a controller, how that is known, and by whom."""
    number, controller = whom
    how, actor = by
    return fact(
        "marketing.opted_out",
        tenant,
        call,
        number=mask(number),
        controller=controller,
        how=how,
        actor=actor,
    )
