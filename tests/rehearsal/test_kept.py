"""The story of a call that was made, against the story of the same call as it was played."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pbx.call.record import CallRecord, ConsentRecord, LegRecord
from pbx.consent.effects import ConsentDecision, ConsentProof, RuleTrace
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.rehearsal.kept import kept_story
from pbx.rehearsal.scenario import Phone
from tests.rehearsal.conftest import Play

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


def record(**changed: Any) -> CallRecord:
    """A call that extension 1001 answered after 1002 had refused."""

    def later(seconds: float) -> datetime:
        return AT + timedelta(seconds=seconds)

    legs = (
        LegRecord(leg=LegId("a"), role="caller", party="trunk/carrier", number="", offered_at=AT),
        LegRecord(
            leg=LegId("b"), role="callee", party="extension/1002", number="1002", offered_at=later(3),
            ended_at=later(4), cause="486",
        ),
        LegRecord(
            leg=LegId("c"), role="callee", party="extension/1001", number="1001", offered_at=later(3),
            answered_at=later(9), ended_at=later(60), cause="bye",
        ),
        LegRecord(
            leg=LegId("d"), role="callee", party="extension/1003", number="1003", offered_at=later(3),
            ended_at=later(9), cause="cancel",
        ),
    )  # fmt: skip
    made = CallRecord(
        call=CallId("c-1"), tenant="acme", direction="inbound", called="01632960100", caller_number="",
        offered_at=AT, ended_at=later(61), ended_by="callee", cause="bye", legs=legs,
        route="from trunk carrier > acme/dialplan.yaml:2: did x -> flow s"
        " > acme/flows/s.yaml:4: s.agents +3.0s > extension 1001 transferred to 1003: 603",
    )  # fmt: skip
    return replace(made, **changed)


def told(made: CallRecord, *facts: tuple[datetime, AuditFact]) -> list[str]:
    return [str(line).strip() for line in kept_story(made, (), facts)]


def test_each_ring_refusal_answer_and_end_has_its_time_and_line() -> None:
    assert told(record()) == [
        "0.0s  trunk carrier (without a number) calls 01632960100, 2026-06-01 09:00 UTC",
        "0.0s  from trunk carrier",
        "0.0s  acme/dialplan.yaml:2: did x -> flow s",
        "3.0s  acme/flows/s.yaml:4: step s.agents",
        "3.0s  extension 1002 is called",
        "3.0s  extension 1001 is called",
        "3.0s  extension 1003 is called",
        "4.0s  extension 1002: 486 busy",
        "9.0s  extension 1001 answers",
        "9.0s  extension 1003 stops ringing",
        "60.0s  extension 1001 is gone",
        "61.0s  extension 1001 transferred to 1003: 603",
        "61.0s  the call is over: ended by callee, bye; recording: none",
    ]


def test_facts_stand_at_their_time_even_when_the_clock_was_set_back() -> None:
    fact = AuditFact(kind="recording.paused", call=CallId("c-1"), details={"by": "flow", "recording": "r"})
    assert "4.5s  noted: recording.paused (by flow)" in told(record(), (AT + timedelta(seconds=4.5), fact))
    early = told(record(), (AT - timedelta(hours=1), fact))
    assert "0.0s  noted: recording.paused (by flow)" in early


def test_a_call_that_goes_on_or_of_which_little_is_left() -> None:
    assert told(record(ended_at=None))[-1] == "60.0s  the call is not over"
    bare = told(record(route="", legs=(), ended_by="", cause=""))
    assert bare[0].startswith("0.0s  somebody (without a number) calls 01632960100")
    assert bare[1:] == ["61.0s  the call is over: no cause; recording: none"]


def test_the_record_of_a_played_call_tells_the_steps_of_its_play(play: Play) -> None:
    played = play(phones={"extension/1001": Phone(answers_s=5.0), "extension/1002": Phone(is_away=True)})
    assert played.record is not None
    kept = kept_story(played.record, (), ())
    steps = [line.words.removeprefix("step ") for line in kept if line.words.startswith("step ")]
    assert tuple(steps) == played.path
    words = [line.words for line in kept]
    for one in (
        "extension 1002 has no telephone: skipped",
        "extension 1001 is called",
        "extension 1001 answers",
    ):
        assert one in words
    places = {line.place for line in kept if line.place}
    assert places == {line.place for line in played.story if line.place}


def test_a_consent_tells_rule_by_rule_and_its_facts_not_again() -> None:
    trace = RuleTrace(role="caller", region="GB", source="number", rule="GB", mode="notify")
    decision = ConsentDecision(
        mode="notify", regions=("GB",), rules=("GB",), rules_version="1", rules_sha256="0", trace=(trace,)
    )
    proof = ConsentProof(
        party="caller", decision=decision, state="informed", prompt="notify", prompt_sha256="1",
        language="en-GB", played_ms=4000,
    )  # fmt: skip
    at = AT + timedelta(seconds=2)
    consent = ConsentRecord(consent="o-1", call=CallId("c-1"), tenant="acme", at=at, proof=proof)
    again = AuditFact(kind="consent.informed", call=CallId("c-1"))
    words = [line.words for line in kept_story(record(), (consent,), [(at, again)])]
    assert "rule of recording GB: notify (caller in GB by number)" in words
    assert "consent of the caller: notify, informed" in words
    assert not [one for one in words if "consent.informed" in one]
