"""Where two ways part."""

from dataclasses import replace

from pbx.ivr.steps import FlowPlan, Menu, Ring, Say
from pbx.rehearsal.turn import Turn, answered, others, parted, step_of
from pbx.rehearsal.way import Entered, Rung, Way

MENU = Menu(text="Press 1.", keys={"1": "sales"}, fallback="bye", invalid_text="No.")
FLOWS = {
    "s": FlowPlan(
        name="s",
        start="ask",
        steps={
            "ask": MENU,
            "sales": Ring(target="group/sales", ring_s=20.0, no_answer="bye", busy="bye"),
            "bye": Say(text="Bye.", next=None),
        },
    )
}


def way(*names: str, **changed: object) -> Way:
    """A way through steps of ten seconds each, whose lines are 1, 2, 3 ..."""
    steps = tuple(Entered(name=f"s.{name}", at_s=10.0 * i, place=f"s:{i}") for i, name in enumerate(names, 1))
    made = Way(target="flow s", why="", place="d:1", steps=steps, wait_s=100.0)
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_call_that_comes_further_does_not_part() -> None:
    assert parted(way("ask"), way("ask", "bye"), FLOWS) == (None, "")


def test_another_first_step_and_an_earlier_end() -> None:
    turn, until = parted(way("ask"), way("hello"), FLOWS)
    assert turn == Turn(what="path", before="s.ask", now="s.hello", before_place="s:1", now_place="s:1")
    turn, until = parted(way("sales", "bye"), way("sales"), FLOWS)
    assert turn is not None and (turn.now, until) == ("s.sales > the end of the call", "")


def test_what_a_caller_could_still_choose_is_not_known() -> None:
    assert parted(way("ask", "sales"), way("ask", "bye"), FLOWS) == (None, "s.ask")


def test_what_he_cannot_choose_any_more_is_told_with_what_he_can() -> None:
    turn, until = parted(way("ask", "support"), way("ask", "bye"), FLOWS)
    assert turn is not None and until == ""
    assert (turn.before, turn.now) == ("s.ask > s.support", "s.ask > s.sales or s.bye")
    assert (turn.before_place, turn.now_place) == ("s:2", "s:1")


def rings(*parties: str, at_s: float = 20.0) -> tuple[Rung, ...]:
    return tuple(Rung(party=party, at_s=at_s) for party in parties)


def test_others_are_called() -> None:
    kept = way("ask", "sales", rings=rings("extension/1", "extension/2"))
    assert others(kept, kept, frozenset()) is None
    turn = others(kept, way("ask", "sales", rings=rings("extension/2", "extension/3")), frozenset())
    assert turn == Turn(what="called", before="1, 2", now="2, 3", before_place="s:2", now_place="s:2")
    turn = others(kept, way("ask", "sales"), frozenset())
    assert turn is not None and (turn.now, turn.now_place) == ("nobody", "s:2")


def test_who_would_be_called_later_than_the_call_lasted_is_no_difference() -> None:
    kept = way("ask", "sales", rings=rings("extension/1"), wait_s=25.0)
    longer = (*rings("extension/1"), *rings("extension/2", at_s=26.0))
    assert others(kept, way("ask", "sales", rings=longer), frozenset()) is None
    further = (*rings("extension/1"), *rings("extension/2", at_s=30.0))
    assert others(kept, way("ask", "sales", "bye", rings=further), frozenset()) is None


def test_another_trunk_of_a_group_is_no_difference() -> None:
    one, two = way(rings=rings("trunk/a")), way(rings=rings("trunk/b"))
    assert others(one, two, frozenset({"trunk/a", "trunk/b"})) is None
    assert others(one, two, frozenset({"trunk/a"})) is not None


def test_who_answered_may_not_be_reached_in_time() -> None:
    kept = way("sales", rings=rings("extension/1", at_s=10.0), answered_by="extension/1", wait_s=18.0)
    assert answered(kept, kept) is None
    turn = answered(kept, replace(kept, answered_by=""))
    assert turn == Turn(what="answer", before="1", now="nobody", before_place="s:1", now_place="s:1")
    assert answered(replace(kept, answered_by=""), kept) is None


def test_a_step_that_is_not_there() -> None:
    assert (step_of("s.ask", FLOWS), step_of("s.x", FLOWS), step_of("x.ask", FLOWS)) == (MENU, None, None)
