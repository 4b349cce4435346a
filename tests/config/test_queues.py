"""`queues.yaml` as it is written, at each limit, and the flow behind a queue."""

import pytest
from pydantic import ValidationError

from pbx.config.queues import MAX_LENGTH, MAX_MEMBERS, MISSES, WrittenAnnouncements, WrittenQueue, flow_into
from pbx.ivr.steps import Queue, Ring, Step, Voicemail


def queue(**written: object) -> WrittenQueue:
    return WrittenQueue.model_validate({"members": ["1001"], **written})


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("members", [str(n) for n in range(1000, 1000 + MAX_MEMBERS)], []),
        ("members", ["1001"], [str(n) for n in range(1000, 1001 + MAX_MEMBERS)]),
        ("members", ["1001"], ["1001", "1001"]),
        ("strategy", "round_robin", "random_robin"),
        ("ring", "3s", "2.9s"),
        ("ring", "180s", "181s"),
        ("retry", "600s", "601s"),
        ("wrap_up", "1h", "3601s"),
        ("wrap_up", None, "0s"),
        ("max_wait", "6h", "21601s"),
        ("max_wait", "1s", "900ms"),
        ("max_length", MAX_LENGTH, MAX_LENGTH + 1),
        ("max_length", 1, 0),
        ("max_misses", MISSES, MISSES + 1),
        ("max_misses", 0, -1),
        ("service_level", "1s", "900ms"),
        ("exit_key", "#", "10"),
        ("otherwise", "voicemail/support", "support"),
        ("otherwise", "queue/sales", "trunk/carrier"),
        ("login", "presumed", "never"),
        ("empty", "paused", "full"),
        ("name", "x" * 64, "x" * 65),
    ],
)
def test_a_key_at_its_limit_and_beyond(key: str, good: object, bad: object) -> None:
    queue(**{key: good})
    with pytest.raises(ValidationError):
        queue(**{key: bad})


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("every", "10s", "9.9s"),
        ("first", "1s", "900ms"),
        ("position", "Number {position}.", "Number."),
        ("position", "Number {position}.", "{position} {position}"),
        ("wait", "About {minutes} minutes.", "About {position} minutes."),
    ],
)
def test_an_announcement_at_its_limit_and_beyond(key: str, good: object, bad: object) -> None:
    WrittenAnnouncements.model_validate({key: good})
    with pytest.raises(ValidationError):
        WrittenAnnouncements.model_validate({key: bad})


def test_what_is_said_before_and_after_a_number_is_a_sentence_each() -> None:
    written = {"position": "You are {position} of all.", "wait": "{minutes} minutes.", "comfort": "Hold."}
    told = WrittenAnnouncements.model_validate(written)
    assert told.sentences == ("You are", "of all.", "minutes.", "Hold.")
    assert WrittenAnnouncements.model_validate({"position": "Number {position}."}).sentences == ("Number",)


@pytest.mark.parametrize(
    ("otherwise", "kind"),
    [
        ("voicemail/support", Voicemail),
        ("extension/1003", Ring),
        ("group/support", Ring),
        ("queue/sales", Queue),
    ],
)
def test_whoever_is_not_answered_goes_the_other_way(otherwise: str, kind: type[Step]) -> None:
    plan = flow_into("support", queue(otherwise=otherwise, exit_key="0"))
    assert plan.name == "queue/support"
    step = plan.steps["queue"]
    assert step.following == ("otherwise",) * 4
    assert isinstance(plan.steps["otherwise"], kind)


def test_without_another_way_the_call_ends_and_no_key_leads_anywhere() -> None:
    plan = flow_into("support", queue(exit_key="0"))
    assert plan.steps == {"queue": Queue(queue="support", timeout=None, full=None, no_agents=None)}
