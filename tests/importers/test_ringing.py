"""Who rings by `Dial` and `Queue`."""

import pytest

from pbx.importers.ringing import LONGEST_S, is_number, trunk_of
from tests.importers.plans import flow_of


@pytest.mark.parametrize(
    ("line", "ring", "for_s"),
    [
        ("Dial(PJSIP/1001,20)", "extension/1001", 20),
        ("Dial(SIP/1001&PJSIP/1002)", ["extension/1001", "extension/1002"], LONGEST_S),
        ("Dial(Local/1003@main/n,900)", "extension/1003", LONGEST_S),
        ("Dial(${PJSIP_DIAL_CONTACTS(1001)},5,tTr)", "extension/1001", 5),
    ],
)
def test_targets(line: str, ring: object, for_s: int) -> None:
    flow, _ = flow_of(line)
    assert flow.steps[flow.start] == {
        "ring": ring,
        "for": f"{for_s}s",
        "no_answer": "end",
        "busy": "end-busy",
    }


def test_what_follows_knows_how_it_ended() -> None:
    flow, left = flow_of(
        "Dial(PJSIP/1001,20)\nGoto(s-${DIALSTATUS},1)",
        rest="exten => s-BUSY,1,Playback(vm-goodbye)\nexten => _s-.,1,VoiceMail(1001)\n",
    )
    assert left == []
    step = flow.steps[flow.start]
    assert flow.steps[step["busy"]]["say"] == "Goodbye."
    assert flow.steps[step["no_answer"]] == {"voicemail": "1001"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Dial(PJSIP/${EXTEN}@carrier)", "it calls the network"),
        ("Dial(DAHDI/1)", "DAHDI/1 is no telephone that was found"),
        ("Queue(none)", "nobody is a member of the queue none"),
    ],
)
def test_nobody_rings(line: str, why: str) -> None:
    flow, left = flow_of(line)
    assert flow.steps[flow.start] == {"hang_up": None} and left[0].endswith(why)


def test_an_option_that_does_something_else_is_reported() -> None:
    _, left = flow_of("Dial(PJSIP/1001,20,L(60000)t)")
    assert len(left) == 1 and "L(60000)" in left[0]


def test_trunks_and_numbers() -> None:
    assert trunk_of("PJSIP/123@carrier") == ("carrier", "123")
    assert trunk_of("SIP/carrier/123") == ("carrier", "123")
    assert trunk_of("PJSIP/1001") is None
    assert is_number("01632960100", "GB") and not is_number("600", "GB")


def test_who_is_paged() -> None:
    flow, left = flow_of("Page(PJSIP/1001&PJSIP/1003,d)\nEcho()")
    assert flow.steps[flow.start] == {"page": "group/ring-1001", "next": "echo", "none": "echo"}
    assert left == ["page(PJSIP/1001&PJSIP/1003,d): who is paged is not heard"]


def test_who_waits_in_a_queue_goes_on_by_its_status() -> None:
    text = 'Queue(sales,t,,,30)\nGotoIf($["${QUEUESTATUS}" = "FULL"]?4)\nBusy()\nEcho()'
    flow, left = flow_of(text)
    step = flow.steps[flow.start]
    assert step == {
        "queue": "sales",
        "otherwise": "end-busy",
        "timeout": "end-busy",
        "full": "echo",
        "no_agents": "end-busy",
    }
    assert left == []
