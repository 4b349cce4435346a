"""How a call went, of what its record says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pbx.call.record import LegRecord
from pbx.core.ids import LegId
from pbx.rehearsal.scenario import Phone
from pbx.rehearsal.way import Entered, reason_of, target_of, way_of
from tests.rehearsal.conftest import Play
from tests.rehearsal.test_kept import AT, record


def leg(name: str, offered: float, party: str, **told: Any) -> LegRecord:
    """A leg of a callee; `answered` and `ended` in seconds since the call began."""
    times: dict[str, Any] = {
        f"{key}_at": AT + timedelta(seconds=told.pop(key)) for key in ("answered", "ended") if key in told
    }
    at = AT + timedelta(seconds=offered)
    return LegRecord(leg=LegId(name), role="callee", party=party, number="", offered_at=at, **times, **told)


def test_the_first_target_the_steps_and_who_was_called() -> None:
    way = way_of(record())
    assert (way.target, way.why, way.place) == ("flow s", "did x -> flow s", "acme/dialplan.yaml:2")
    assert way.steps == (Entered(name="s.agents", at_s=3.0, place="acme/flows/s.yaml:4"),)
    assert [(one.party, one.at_s, one.refused) for one in way.rings] == [
        ("extension/1002", 3.0, 486),
        ("extension/1001", 3.0, 0),
        ("extension/1003", 3.0, 0),
    ]
    assert (way.answered_by, way.wait_s) == ("extension/1001", 9.0)
    assert (way.ring_place(3.0), way.ring_place(1.0)) == ("acme/flows/s.yaml:4", "acme/dialplan.yaml:2")


def test_who_is_called_after_the_answer_was_not_called_by_the_plan() -> None:
    made = record()
    added = (*made.legs, leg("e", 20.0, "extension/1004", answered=22.0))
    assert [one.party[-4:] for one in way_of(replace(made, legs=added)).rings] == ["1002", "1001", "1003"]


def test_who_picks_a_ringing_call_up_was_not_called_by_the_plan() -> None:
    rang = leg("b", 3.0, "extension/1001", ended=9.1, cause="cancel")
    taker = leg("c", 9.0, "extension/1003", answered=9.1)
    way = way_of(replace(record(), legs=(record().legs[0], rang, taker)))
    assert ([one.party for one in way.rings], way.answered_by) == (["extension/1001"], "")
    machine = leg("b", 3.0, "extension/1001", answered=3.05)
    way = way_of(replace(record(), legs=(record().legs[0], machine)))
    assert ([one.party for one in way.rings], way.answered_by) == (["extension/1001"], "extension/1001")


def test_a_call_is_clipped_with_the_steps_that_began_then() -> None:
    clipped = way_of(record()).until(3.0)
    assert ([one.name for one in clipped.steps], clipped.rings) == (["s.agents"], ())
    assert (clipped.answered_by, clipped.wait_s) == ("", 3.0)


def test_each_kind_of_rule_has_its_target() -> None:
    for words, target in [
        ("did +441 -> flow support, when verdict failed, attestation A", "flow support"),
        ("did +441 -> extension 1003, dialled from inside", "extension 1003"),
        ("extension 1003", "extension 1003"),
        ("outbound by trunk carrier", "trunk carrier"),
        ("emergency by trunk carrier", "emergency by trunk carrier"),
        ("sales", "sales"),
    ]:
        assert target_of([("from extension 1001", ""), (words, "a.yaml:1")]) == (target, words, "a.yaml:1")
    assert target_of([]) == ("", "", "")


def test_what_stands_behind_the_rule_does_not_hide_it() -> None:
    trace = ("from extension 1", "a.yaml:3: outbound by trunk x", "a.yaml:9: a marketing call, as all of 1")
    assert reason_of(trace) == ("trunk x", "outbound by trunk x", "a.yaml:3")


def test_the_record_of_a_played_call_has_the_way_of_its_play(play: Play) -> None:
    played = play(phones={"extension/1001": Phone(answers_s=5.0), "extension/1002": Phone(is_away=True)})
    assert played.record is not None
    way = way_of(played.record)
    assert (way.target, tuple(one.name for one in way.steps)) == (played.route, played.path)
    assert (way.away, way.answered_by) == (("1002",), "extension/1001")
