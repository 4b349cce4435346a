"""From touches to people."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.reach import WITHHELD, Reaching, Speaker, Touch, gather

AT = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
ANN = Speaker(who="+441632960123", tenant="acme", customers=(("c-1", "Ann"), ("c-2", "")))
BOB = Speaker(who="extension/1001", tenant="acme")
UNKNOWN = Speaker(who=WITHHELD, tenant="acme")


def touch(recording: str, call: str, hours: int = 0, how: str = "play") -> Touch:
    return Touch(recording=recording, call=call, at=AT + timedelta(hours=hours), how=how)


@pytest.mark.requirement("D-16")
def test_each_person_once_with_all_that_was_reached() -> None:
    touches = [
        touch("r-1", "c-1", 2),
        touch("r-1", "c-1", 1, "wav"),
        touch("r-2", "c-2"),
        touch("", "c-2", 3, "listen"),
    ]
    found = gather(touches, {"c-1": [ANN, BOB], "c-2": [ANN]})
    ann, bob = found.people
    assert (ann.who, ann.customers, ann.names) == ("+441632960123", ("c-1", "c-2"), ("Ann",))
    assert (ann.recordings, ann.calls) == (("r-1", "r-2"), ("c-1", "c-2"))
    assert ann.how == ("play", "wav", "listen")
    assert (ann.first_at, ann.last_at) == (AT, AT + timedelta(hours=3))
    assert (bob.who, bob.recordings) == ("extension/1001", ("r-1",))
    assert (found.unknown, found.n_touches) == ((), 4)


def test_whoever_withheld_his_number_is_one_for_each_call() -> None:
    found = gather([touch("r-1", "c-1"), touch("r-2", "c-2")], {"c-1": [UNKNOWN], "c-2": [UNKNOWN]})
    assert [one.recordings for one in found.people] == [("r-1",), ("r-2",)]


def test_what_nobody_knows_any_more_is_not_passed_over() -> None:
    found = gather([touch("r-1", ""), touch("r-1", ""), touch("", "c-9")], {"c-1": [ANN]})
    assert (found.people, found.unknown) == ((), ("r-1", "c-9"))


def test_one_number_at_two_tenants_is_two_people() -> None:
    other = Speaker(who=ANN.who, tenant="globex")
    found = gather([touch("r-1", "c-1"), touch("r-2", "c-2")], {"c-1": [ANN], "c-2": [other]})
    assert [one.tenant for one in found.people] == ["acme", "globex"]


def test_from_when_to_when() -> None:
    asked = Reaching(since_at=AT, before_at=AT + timedelta(hours=1))
    assert [asked.is_within(AT + timedelta(minutes=m)) for m in (-1, 0, 59, 60)] == [False, True, True, False]
    assert Reaching().is_within(AT)
