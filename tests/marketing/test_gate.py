"""The gate: what it orders for calls that pass, are blocked, are abandoned, and for who wants no more."""

from datetime import timedelta

import pytest

from pbx.core.ids import CallId, LegId
from pbx.core.wall import Wall
from pbx.marketing.effects import Block, GateEffect, KeepContact, KeepStop, Tell
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
from pbx.marketing.gate import MarketingGate, plain_tag
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Agreement, Changes, Register, Screening
from tests.marketing.known import LONDON, MIAMI, OURS, RULES, TUESDAY

CALL, LEG = CallId("c"), LegId("l")
NOON = 100.0
MIAMI_NOON = NOON + 5 * 3600


class Room:
    """A gate on a manual clock, with two tenants of one controller and a stranger."""

    def __init__(self) -> None:
        self.register = Register()
        self.gate = MarketingGate(RULES, self.register, Wall(TUESDAY, NOON))
        group = MarketingPolicy(controller="group", campaign="spring", numbers=frozenset({OURS}))
        other = MarketingPolicy(controller="other", numbers=frozenset({OURS}))
        self.gate.swap({"acme": group, "sister": group, "stranger": other})
        for controller in ("group", "other"):
            for number in (LONDON, MIAMI):
                self.allow(controller, number)

    def allow(self, controller: str, number: str) -> None:
        tag = plain_tag(controller, number)
        screenings = tuple(
            Screening(tag=tag, name=name, registered=False, screened_at=TUESDAY)
            for name in ("tps", "ctps", "dnc")
        )
        self.register.take(Changes(screenings=screenings))

    def do(self, event: GateEvent, now: float = NOON) -> list[GateEffect]:
        return self.gate.handle(event, now)

    def reason(self, tenant: str = "acme", number: str = LONDON, now: float = NOON) -> str:
        effects = self.do(asked(tenant, number), now)
        return next((one.reason for one in effects if isinstance(one, Block)), "")


def asked(tenant: str = "acme", number: str = LONDON) -> DialAsked:
    return DialAsked(call=CALL, tenant=tenant, account="1010", number=number, shown=(OURS,))


def wish(tenant: str = "acme") -> StopWished:
    return StopWished(call=CALL, tenant=tenant, number=LONDON, how="key", actor="trunk/carrier")


def facts(effects: list[GateEffect]) -> list[str]:
    return [one.fact.kind for one in effects if isinstance(one, Tell)]


@pytest.mark.requirement("C-14")
def test_a_call_that_passes_is_told_of_when_it_goes_out() -> None:
    room = Room()
    assert room.do(asked()) == []
    assert room.do(DialTried(leg=LEG, asked=asked())) == []
    (told,) = room.do(DialPlaced(leg=LEG, asked=asked()))
    assert isinstance(told, Tell)
    assert told.fact.kind == "marketing.passed"
    assert (told.fact.details["rules"], told.fact.details["campaign"]) == ("GB", "spring")
    assert LONDON not in str(told)


@pytest.mark.requirement("C-14")
def test_a_blocked_call_is_on_record_with_its_reason_and_a_masked_number() -> None:
    room = Room()
    room.do(wish())
    told, block = room.do(asked())
    assert isinstance(told, Tell)
    assert isinstance(block, Block)
    assert (told.fact.kind, told.fact.call, told.fact.tenant) == ("marketing.blocked", CALL, "acme")
    assert told.fact.details["reason"] == block.reason == "suppressed"
    assert block.text == "This person wants no marketing calls"
    assert LONDON not in str(told)


def test_a_tenant_without_policy_makes_no_marketing_calls() -> None:
    room = Room()
    assert room.reason("nobody") == "no_gate"
    assert room.do(wish("nobody")) == []


@pytest.mark.requirement("C-15")
def test_a_wish_counts_at_once_for_all_tenants_of_the_controller_and_for_nobody_else() -> None:
    room = Room()
    assert {room.reason(name) for name in ("acme", "sister", "stranger")} == {""}
    kept, told = room.do(wish())
    assert kept == KeepStop(
        tenant="acme",
        controller="group",
        number=LONDON,
        how="key",
        call=CALL,
        campaign="spring",
        actor="trunk/carrier",
    )
    assert LONDON not in repr(kept)
    assert facts([told]) == ["marketing.opted_out"]
    assert [room.reason(name) for name in ("acme", "sister", "stranger")] == ["suppressed", "suppressed", ""]
    assert room.do(wish("sister")) == []  # known: nothing is written twice


@pytest.mark.requirement("C-15")
def test_consent_undoes_no_wish() -> None:
    room = Room()
    room.do(wish())
    agreement = Agreement(tag=plain_tag("group", LONDON), given_at=TUESDAY, expires_at=None)
    room.register.take(Changes(agreements=(agreement,)))
    assert room.reason() == "suppressed"


def test_calls_are_counted_where_a_rule_counts_them() -> None:
    room = Room()
    for n in range(3):
        assert room.reason(number=MIAMI, now=MIAMI_NOON) == ""
        effects = room.do(DialPlaced(leg=LegId(f"l{n}"), asked=asked(number=MIAMI)), MIAMI_NOON)
        (kept,) = [one for one in effects if isinstance(one, KeepContact)]
        assert (kept.contact, kept.what) == (f"l{n}/placed", "placed")
        assert kept.at == TUESDAY + timedelta(seconds=MIAMI_NOON - NOON)
    assert room.reason(number=MIAMI, now=MIAMI_NOON) == "too_often"
    assert room.reason(number=MIAMI, now=MIAMI_NOON + 86_400) == ""
    assert room.reason("stranger", MIAMI, MIAMI_NOON) == ""


@pytest.mark.parametrize(
    ("after_s", "by_peer", "is_abandoned"), [(2.0, False, True), (2.001, False, False), (0.5, True, False)]
)
def test_who_answers_and_meets_silence_rests(after_s: float, by_peer: bool, is_abandoned: bool) -> None:
    room = Room()
    room.do(DialTried(leg=LEG, asked=asked()))
    room.do(DialAnswered(leg=LEG))
    effects = room.do(DialEnded(leg=LEG, by_peer=by_peer), NOON + after_s)
    assert [one.what for one in effects if isinstance(one, KeepContact)] == ["abandoned"] * is_abandoned
    assert room.reason(now=NOON + 60) == ("resting" if is_abandoned else "")
    assert room.do(DialEnded(leg=LEG, by_peer=by_peer), NOON + after_s) == []


def test_a_port_that_moves_ends_no_call() -> None:
    room = Room()
    room.do(DialTried(leg=LEG, asked=asked()))
    room.do(DialAnswered(leg=LEG))
    room.do(DialClosed(leg=LEG), NOON + 1)
    assert room.do(DialEnded(leg=LEG, by_peer=False), NOON + 300) == []
    room.do(DialTried(leg=LEG, asked=asked()))
    room.do(DialAnswered(leg=LEG))
    room.do(DialClosed(leg=LEG), NOON + 1)
    assert room.do(DialEnded(leg=LEG, by_peer=False), NOON + 1) != []


def test_a_leg_that_was_never_answered_is_forgotten_when_it_is_closed() -> None:
    room = Room()
    room.do(DialTried(leg=LEG, asked=asked()))
    room.do(DialClosed(leg=LEG))
    room.do(DialAnswered(leg=LEG))
    assert room.do(DialEnded(leg=LEG, by_peer=False)) == []


def test_who_does_not_answer_and_legs_of_others_count_for_nothing() -> None:
    room = Room()
    room.do(DialTried(leg=LEG, asked=asked()))
    assert room.do(DialEnded(leg=LEG, by_peer=False), NOON + 1) == []
    assert room.do(DialAnswered(leg=LegId("x"))) == []
    assert room.do(DialEnded(leg=LegId("x"), by_peer=False)) == []


def test_a_number_without_a_rule_is_not_called_and_can_opt_out() -> None:
    room = Room()
    assert room.reason(number="+61291234567") == "no_rule"
    effects = room.do(StopWished(call=CALL, tenant="acme", number="+61291234567", how="agent", actor="x"))
    assert facts(effects) == ["marketing.opted_out"]
    assert room.reason(number="+61291234567") == "suppressed"


@pytest.mark.requirement("C-15")
def test_without_its_store_for_a_minute_nothing_passes() -> None:
    room = Room()
    room.register = Register(is_followed=True)
    room.gate = MarketingGate(RULES, room.register, Wall(TUESDAY, NOON))
    room.gate.swap({"acme": MarketingPolicy(controller="group", numbers=frozenset({OURS}))})
    room.allow("group", LONDON)
    room.register.heard(NOON)
    assert room.reason(now=NOON + 60.0) == ""
    assert room.reason(now=NOON + 60.1) == "stale_register"
