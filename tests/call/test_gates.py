"""Gates of a call: which are open, and what another media worker has to be told of them."""

from pbx.media.effects import SetGate
from tests.call.captures import AGENT, CALLER, LEG, NOW, capture, kinds, party, proof, running


def test_a_gate_is_open_for_the_next_worker_as_long_as_it_was_for_the_last() -> None:
    one = running()
    assert one.opened(LEG) == [SetGate(leg=LEG, open=True)]
    one.absent(LEG)
    assert one.opened(LEG) == []


def test_the_gate_of_who_is_somebody_else_now_shuts_and_is_shut_once() -> None:
    one = running()
    assert one.forget(LEG) == [SetGate(leg=LEG, open=False)]
    assert one.forget(LEG) == []
    assert one.standing(CALLER) == "unknown"


def test_what_a_party_said_is_on_record_and_opens_no_gate_by_itself() -> None:
    one = capture()
    assert kinds(one.heard(LEG, proof("granted"), True, NOW)) == ["consent.granted"]
    assert one.standing(CALLER) == "granted" and not one.opened_gates


def test_who_refuses_in_one_call_does_so_in_the_next() -> None:
    first, second = capture(), capture()
    first.heard(LEG, proof("declined"), False, NOW)
    second.inherit(first, [LEG, AGENT])
    assert second.refusing() == (LEG,)
    assert second.recalled(CALLER) is not None and second.recalled(party(AGENT, "trunk/carrier")) is None


def test_only_a_recording_that_runs_keeps_anything() -> None:
    one = running()
    assert one.keeps(LEG) and not one.keeps(AGENT)
    one.stop("recorded")
    assert not one.keeps(LEG)
