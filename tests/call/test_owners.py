"""Names and their calls."""

from pbx.call.events import CallFailed
from pbx.call.owners import Directory, Owners
from pbx.core.ids import CallId, LegId
from pbx.media.events import ActiveTalker, MediaStarted

ONE, TWO = CallId("one"), CallId("two")


def test_a_name_belongs_to_the_call_that_claimed_it() -> None:
    owners: Owners[LegId] = Owners()
    owners.claim(LegId("a"), ONE)
    owners.claim(LegId("a"), ONE)
    owners.claim(LegId("b"), TWO)
    assert (owners.of(LegId("a")), owners.of(LegId("b")), owners.of(LegId("c"))) == (ONE, TWO, None)
    assert len(owners) == 2


def test_a_call_is_forgotten_with_all_its_names_and_no_other() -> None:
    owners: Owners[LegId] = Owners()
    for name, call in (("a", ONE), ("b", TWO), ("c", ONE)):
        owners.claim(LegId(name), call)
    owners.forget(ONE)
    owners.forget(ONE)
    assert [owners.of(LegId(name)) for name in "abc"] == [None, TWO, None]


def test_a_name_may_be_taken_once() -> None:
    owners: Owners[int] = Owners()
    owners.claim(1, ONE)
    assert (owners.take(1), owners.take(1)) == (ONE, None)
    owners.forget(ONE)
    assert len(owners) == 0


def test_a_name_that_moved_stays_with_its_new_call() -> None:
    owners: Owners[int] = Owners()
    owners.claim(1, ONE)
    owners.claim(1, TWO)
    owners.forget(ONE)
    assert owners.of(1) == TWO


def test_an_event_belongs_to_the_call_it_names_or_whose_leg_it_names() -> None:
    names = Directory()
    names.legs.claim(LegId("a"), ONE)
    assert names.owner(MediaStarted(leg=LegId("a"))) == ONE
    assert names.owner(CallFailed(call=TWO, cause="x")) == TWO
    assert names.owner(ActiveTalker(room="r", talker=LegId("a"))) is None
    names.forget(ONE)
    assert names.owner(MediaStarted(leg=LegId("a"))) is None
