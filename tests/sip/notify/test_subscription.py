"""Sequences of NOTIFYs: what is told when, whatever the telephone answers."""

import pytest

from pbx.sip.effects import SetLine
from pbx.sip.events import TransportFailed
from pbx.sip.message import Request
from pbx.sip.notify.line import LineDialog, LineState
from pbx.sip.responses import response_to
from tests.sip.notify.conftest import PHONE, Site


def line(*states: LineState, extension: str = "1002") -> SetLine:
    dialogs = tuple(
        LineDialog(id=f"d{n}", state=state, direction="recipient") for n, state in enumerate(states)
    )
    return SetLine(tenant="acme", extension=extension, dialogs=dialogs)


def told(notifies: list[Request]) -> list[str]:
    """Return `version: states` of each NOTIFY."""
    found = []
    for one in notifies:
        text = one.body.decode()
        version = text.partition('version="')[2].partition('" state')[0].rpartition('version="')[2]
        states = [part.partition("<")[0] for part in text.split("<state>")[1:]]
        found.append(f"{version}: {' '.join(states)}".strip())
    return found


GOLDEN = """\
NOTIFY sip:1001@10.0.0.2:5060 SIP/2.0
Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch={branch}
Max-Forwards: 70
From: <sip:1002@acme.test>;tag={tag}
To: <sip:1001@acme.test>;tag=w1001
Call-ID: call-1
CSeq: {cseq} NOTIFY
Contact: <sip:pbx@10.0.0.1:5060>
Event: dialog
Subscription-State: {state}
User-Agent: pbx
Content-Type: application/dialog-info+xml
Content-Length: {length}

<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full" \
entity="sip:1002@acme.test">{dialogs}</dialog-info>
"""


@pytest.mark.rfc("6665", "4.2.2")
@pytest.mark.requirement("REG-04")
def test_the_whole_sequence_of_a_call_as_text(site: Site) -> None:
    granted = site.subscribe()
    site.take()
    site.order(line("early"))
    site.pass_time(2.0)
    site.order(line("confirmed"))
    site.pass_time(60.0)
    site.order(line())
    expected = [("2", "3600", "early"), ("3", "3598", "confirmed"), ("4", "3538", "terminated")]
    for notify, (cseq, left, state) in zip(site.take(), expected, strict=True):
        text = GOLDEN.format(
            branch=notify.top_via.branch,
            tag=granted.to.tag,
            cseq=cseq,
            state=f"active;expires={left}",
            length=len(notify.body),
            version=int(cseq) - 1,
            dialogs=f'<dialog id="d0" direction="recipient"><state>{state}</state></dialog>',
        )
        assert bytes(notify).decode() == text.replace("\n", "\r\n")


@pytest.mark.rfc("6665", "8.4")
@pytest.mark.rfc("6665", "4.2.4")
@pytest.mark.rfc("6665", "4.2.2")
@pytest.mark.rfc("6665", "4.4.1")
def test_a_granted_subscription_is_told_at_once_and_expires(site: Site) -> None:
    granted = site.subscribe("sip:1002@acme.test", "dialog;id=9", ("Expires", "600"))
    assert (granted.status, granted.expires) == (200, 600)
    assert site.notifies[0].headers.get("Event") == "dialog;id=9"
    assert site.states() == ["active;expires=600"]
    site.pass_time(599.0)
    assert site.endpoint.n_subscriptions == 1
    site.pass_time(2.0)
    assert site.states() == ["terminated;reason=timeout"]
    assert site.endpoint.n_subscriptions == 0


@pytest.mark.rfc("6665", "4.1.2.2")
def test_a_refresh_prolongs_and_tells_everything(site: Site) -> None:
    granted = site.subscribe("sip:1002@acme.test", "dialog", ("Expires", "600"))
    site.pass_time(500.0)
    site.take()
    again = site.again(granted, ("Expires", "900"), ("Contact", "<sip:moved@10.0.0.2:5070>"))
    assert (again.status, again.expires, again.to.tag) == (200, 900, granted.to.tag)
    (notify,) = site.take()
    assert notify.uri == "sip:moved@10.0.0.2:5070"
    assert notify.headers.get("Subscription-State") == "active;expires=900"
    assert told([notify]) == ["1:"]


@pytest.mark.rfc("6665", "4.2.2")
@pytest.mark.rfc("6665", "4.1.2.3")
def test_unsubscribe_gets_a_last_state(site: Site) -> None:
    granted = site.subscribe()
    site.order(line("early"))
    site.take()
    assert site.again(granted, ("Expires", "0")).status == 200
    assert told(site.notifies) == ["2: early"]
    assert site.states() == ["terminated;reason=timeout"]
    assert site.endpoint.n_subscriptions == 0
    assert site.again(granted).status == 481


@pytest.mark.rfc("6665", "4.4.3")
def test_a_fetch_is_one_look(site: Site) -> None:
    site.order(line("confirmed"))
    granted = site.subscribe("sip:1002@acme.test", "dialog", ("Expires", "0"))
    assert (granted.status, granted.expires) == (200, 0)
    assert told(site.notifies) == ["0: confirmed"]
    assert site.states() == ["terminated;reason=timeout"]
    assert site.endpoint.n_subscriptions == 0
    site.order(line())
    assert site.take() == []


@pytest.mark.rfc("6665", "4.2.2")
def test_what_changes_while_a_notify_is_on_its_way_is_told_together(site: Site) -> None:
    site.answer = lambda notify: None
    site.subscribe()
    (first,) = site.take()
    for states in (line("trying"), line("early"), line("confirmed", "early")):
        site.order(states)
    assert site.take() == []
    site.answer = lambda notify: 200
    site.receive(response_to(first, 200, to_tag="x"))
    assert told(site.take()) == ["1: confirmed early"]


def test_a_state_that_came_back_needs_no_notify(site: Site) -> None:
    site.answer = lambda notify: None
    site.subscribe()
    (first,) = site.take()
    site.order(line("early"), line())
    site.receive(response_to(first, 200, to_tag="x"))
    site.pass_time(10.0)
    assert site.take() == []


@pytest.mark.rfc("4235", "3.10")
def test_a_long_row_of_changes_is_slowed_down_without_losing_the_last(site: Site) -> None:
    site.subscribe()
    site.take()
    for n in range(40):
        site.order(line("early") if n % 2 else line("confirmed"))
        site.pass_time(0.1)
    site.order(line("trying", "early"))
    early = site.take()
    assert 5 <= len(early) <= 9
    site.pass_time(5.0)
    assert told(site.take())[-1].endswith(": trying early")


@pytest.mark.rfc("6665", "4.2.2")
@pytest.mark.parametrize("status", [404, 408, 481, 489, 501, 503])
def test_an_answer_that_nobody_is_there_ends_the_subscription(site: Site, status: int) -> None:
    site.subscribe()
    site.take()
    site.answer = lambda notify: status
    site.order(line("early"))
    assert site.endpoint.n_subscriptions == 0
    site.order(line("confirmed"))
    assert len(site.take()) == 1


@pytest.mark.rfc("6665", "4.2.2")
def test_a_silent_telephone_is_forgotten(site: Site) -> None:
    site.answer = lambda notify: None
    site.subscribe()
    site.pass_time(33.0)
    assert site.endpoint.n_subscriptions == 0
    assert site.endpoint.deadline is None


def test_a_dead_transport_ends_the_subscription(site: Site) -> None:
    site.answer = lambda notify: None
    site.subscribe()
    site.absorb(site.endpoint.handle(TransportFailed(remote=PHONE), site.now))
    assert site.endpoint.n_subscriptions == 0


@pytest.mark.parametrize(("failures", "alive"), [(3, 1), (4, 0)])
def test_another_failure_is_tried_again_a_few_times(site: Site, failures: int, alive: int) -> None:
    site.subscribe()
    site.take()
    answers = iter([500] * failures)
    site.answer = lambda notify: next(answers, 200)
    site.order(line("early"))
    site.pass_time(60.0)
    assert len(site.take()) == min(failures + 1, 4)
    assert site.endpoint.n_subscriptions == alive
