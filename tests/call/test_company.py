"""Those who are together in a room: the strictest rule of all holds in each recording."""

from dataclasses import replace

import pytest

from pbx.call.capture import Capture
from pbx.call.company import Present, meet, part
from pbx.call.effects import CallEffect, SaveConsent
from pbx.call.leg import Leg
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.media.effects import NoteInRecording, SetGate, StopRecording
from pbx.recording.rules import RecordingRules, Rule
from tests.call.captures import CONTEXT, LEG, NOW, UNKNOWN_ROW, capture, kinds, party, proof, running

pytestmark = pytest.mark.requirement("R-07")
RULES = [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "DE", "mode": "optin_all"}]
STRICT = replace(CONTEXT, rules=ConsentRules.from_data({"version": "1", "rules": RULES}))
CALLER = party(LEG, "trunk/carrier", "+447700900123")
GERMAN = party(LegId("german"), "trunk/carrier", "+493012345678")
COLLEAGUE = party(LegId("colleague"), "extension/1001")
STRANGER = party(LegId("stranger"), "trunk/carrier", "+447700900999")


def present(leg: Leg, its: Capture) -> Present:
    return Present(leg=leg, capture=its)


def gates(effects: list[CallEffect]) -> dict[LegId, bool]:
    return {one.leg: one.open for one in effects if isinstance(one, SetGate)}


def test_a_colleague_is_kept_and_a_stranger_is_not() -> None:
    here = [present(CALLER, running()), present(COLLEAGUE, capture()), present(STRANGER, capture())]
    met = meet(here, NOW)
    assert gates(met) == {CALLER.id: True, COLLEAGUE.id: True, STRANGER.id: False}
    assert isinstance(met[0], SetGate) and not met[0].open, "what shuts does so first"
    assert kinds(met) == ["consent.granted", "consent.unknown"]
    notes = [(one.kind, one.details) for one in met if isinstance(one, NoteInRecording)]
    assert [kind for kind, _ in notes] == ["party.joined"] * 2 + ["party.seated"] * 2
    assert notes[2:] == [
        ("party.seated", {"leg": COLLEAGUE.id, "party": "extension/1001"}),
        ("party.seated", {"leg": STRANGER.id, "party": "trunk/carrier"}),
    ]
    again = meet(here, NOW)
    assert gates(again) == gates(met)
    assert not [one for one in again if isinstance(one, NoteInRecording)], "it is said by now"
    assert not [one for one in meet(here, NOW) if isinstance(one, SaveConsent)], "it is known by now"


def test_what_somebody_said_in_his_own_call_counts_in_the_others() -> None:
    told = party(LegId("told"), "trunk/carrier", "+447700900999")
    his = capture()
    his.settle(told.id, proof(), True, NOW)
    met = meet([present(CALLER, running()), present(told, his)], NOW)
    assert gates(met) == {CALLER.id: True, told.id: True}
    assert "consent.granted" in kinds(met)


def test_the_strictest_rule_shuts_the_gate_of_who_was_only_told() -> None:
    its = running(STRICT)
    met = meet([present(CALLER, its), present(GERMAN, capture(STRICT))], NOW)
    assert gates(met)[GERMAN.id] is False
    assert "consent.resolved" in kinds(met)


def test_who_leaves_is_forgotten_and_the_rule_is_that_of_who_stays() -> None:
    its, far = running(STRICT), present(GERMAN, capture(STRICT))
    me = present(CALLER, its)
    meet([me, far], NOW)
    parted = part(far, [me], NOW)
    assert gates(parted)[CALLER.id] is True
    again = meet([me, far], NOW)
    assert "consent.unknown" in kinds(again), "he is somebody new when he comes back"
    alone = part(me, [far], NOW)
    assert gates(alone)[CALLER.id] is True


def test_a_call_that_may_not_be_recorded_with_somebody_stops_there() -> None:
    rule = Rule(mode="off", place="recording.yaml:1", extensions=frozenset({"1001"}))
    its = running(replace(CONTEXT, recording=RecordingRules(rules=(rule,))))
    met = meet([present(CALLER, its), present(COLLEAGUE, capture())], NOW)
    assert [type(one) for one in met].count(StopRecording) == 1


def test_nobody_is_kept_where_nothing_is_recorded() -> None:
    me, other = present(CALLER, capture()), present(COLLEAGUE, capture())
    assert meet([me, other], NOW) == part(me, [other], NOW) == []
