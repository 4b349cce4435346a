"""Captures in the states that tests begin with."""

from datetime import UTC, datetime

from pbx.call.capture import Capture
from pbx.call.context import CallContext, Wall
from pbx.call.effects import Audit, CallEffect
from pbx.call.leg import Leg
from pbx.consent.effects import ConsentDecision, ConsentProof, ConsentState, Mode
from pbx.consent.rules import ConsentRules
from pbx.consent.texts import ConsentTexts
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.media.events import RecordingStarted
from tests.consent.rows import rule_row

CALL, LEG, AGENT = CallId("call-1"), LegId("caller"), LegId("agent")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = 1000.0
UNKNOWN_ROW = rule_row(region="unknown", mode="notify_optout")
CONTEXT = CallContext(
    tenant="acme",
    domain="acme.test",
    country="GB",
    language="en-GB",
    groups={},
    trunks={},
    flows={},
    rules=ConsentRules.from_data({"version": "1", "rules": [UNKNOWN_ROW]}),
    texts=ConsentTexts(by_language={}, sha256="7e87"),
    default_unknown="notify_optout",
    staff_notice="2026-01",
    staff_acknowledged=frozenset({"1001"}),
    recipients=("age1acme",),
)


def capture(context: CallContext = CONTEXT) -> Capture:
    return Capture(CALL, context, SeededIds("capture"), Wall(AT, NOW))


def decision(mode: Mode = "notify_optout") -> ConsentDecision:
    return ConsentDecision(
        mode=mode, regions=("GB",), rules=(f"GB: {mode}",), rules_version="1", rules_sha256="00"
    )


def proof(state: ConsentState = "granted", mode: Mode = "notify_optout") -> ConsentProof:
    return ConsentProof(
        party="caller",
        decision=decision(mode),
        state=state,
        prompt="This call is recorded.",
        prompt_sha256="beef",
        language="en-GB",
        played_ms=2000,
    )


def kinds(effects: list[CallEffect]) -> list[str]:
    return [effect.fact.kind for effect in effects if isinstance(effect, Audit)]


def running(context: CallContext = CONTEXT) -> Capture:
    """A capture whose caller has agreed and whose journal is open."""
    one = capture(context)
    one.settle(LEG, proof(), True, NOW)
    assert one.recording is not None
    one.handle(RecordingStarted(recording=one.recording))
    return one


def party(leg: LegId, name: str, number: str = "") -> Leg:
    return Leg(id=leg, role="callee", party=name, number=number, offered_at=AT)


CALLER = party(LEG, "trunk/carrier", "+447700900123")
