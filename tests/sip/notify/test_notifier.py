"""Who may watch what, and how many."""

from dataclasses import replace

import pytest

from pbx.sip.capabilities import EVENTS
from pbx.sip.effects import SetLine
from pbx.sip.notify import notifier
from pbx.sip.notify.directory import Directory
from pbx.sip.notify.line import LineDialog, record_lamp
from pbx.sip.settings import TrunkPeer
from tests.sip.notify.conftest import DIRECTORY, Site, settings


@pytest.mark.rfc("6665", "4.2.1.2")
@pytest.mark.requirement("SIP-35")
def test_nobody_watches_without_credentials(site: Site) -> None:
    for target in ("sip:1002@acme.test", "sip:4711@acme.test"):
        site.receive(site.request("SUBSCRIBE", target, ("Event", "dialog")))
        assert site.responses[-1].status == 401
    assert site.take() == []


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("sip:1002@acme.test", 200),
        ("sip:1002@10.0.0.1", 200),
        ("sip:4711@acme.test", 404),
        ("sip:support@acme.test", 404),
        ("sip:1002@other.test", 404),
        ("sip:acme.test", 404),
    ],
)
def test_what_may_be_watched(site: Site, target: str, status: int) -> None:
    assert site.subscribe(target).status == status
    assert site.endpoint.n_subscriptions == (status == 200)


@pytest.mark.rfc("6665", "7.2")
@pytest.mark.rfc("6665", "8.3.2")
def test_an_unknown_package_is_489(site: Site) -> None:
    refused = site.subscribe(event="conference")
    assert refused.status == 489
    assert refused.headers.get("Allow-Events") == ", ".join(EVENTS)


def test_the_packages_are_those_we_say_we_have(site: Site) -> None:
    for event in EVENTS:
        assert site.subscribe("sip:1001@acme.test", event).status == 200


def test_an_unacceptable_document_is_406(site: Site) -> None:
    assert site.subscribe("sip:1002@acme.test", "dialog", ("Accept", "text/plain")).status == 406


@pytest.mark.requirement("REG-08")
@pytest.mark.rfc("6665", "4.1.2.1")
@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/xpidf+xml", "application/xpidf+xml"),
        ("application/xpidf+xml, application/pidf+xml", "application/pidf+xml"),
        ("*/*", "application/pidf+xml"),
    ],
)
def test_the_older_presence_is_for_who_accepts_nothing_else(site: Site, accept: str, form: str) -> None:
    assert site.subscribe("sip:1002@acme.test", "presence", ("Accept", accept)).status == 200
    (notify,) = site.take()
    assert notify.headers.get("Content-Type") == form
    assert (b"xpidf.dtd" in notify.body) is (form == "application/xpidf+xml")


def test_a_subscription_needs_a_contact(site: Site) -> None:
    request = site.request("SUBSCRIBE", "sip:1002@acme.test", ("Event", "dialog"))
    request.headers.remove("Contact")
    assert site.ask(request).status == 400


@pytest.mark.rfc("6665", "4.2.1.4")
def test_requests_inside_the_dialog(site: Site) -> None:
    granted = site.subscribe()
    assert site.again(granted, method="OPTIONS").status == 405
    assert site.again(granted, ("Event", "dialog;id=2")).status == 403
    assert site.again(granted, ("Event", "conference")).status == 489
    assert site.again(granted, ("Expires", "1")).status == 423
    assert site.again(granted, ("CSeq", "1 SUBSCRIBE")).status == 500
    assert site.again(granted, ("Call-ID", "other")).status == 481
    assert site.endpoint.n_subscriptions == 1


@pytest.mark.rfc("6665", "4.5.1")
def test_a_subscription_is_the_only_usage_of_its_dialog(site: Site) -> None:
    granted = site.subscribe()
    assert site.again(granted, method="BYE").status in (405, 481)
    assert site.again(granted, method="REFER").status in (403, 405, 481)
    assert site.endpoint.n_subscriptions == 1
    assert site.subscribe().to.tag != granted.to.tag
    assert site.endpoint.n_subscriptions == 2


@pytest.mark.rfc("3261", "12.1.1")
def test_the_route_set_of_an_edge_is_kept(site: Site) -> None:
    edge = "<sip:edge.acme.test;lr>"
    granted = site.subscribe("sip:1002@acme.test", "dialog", ("Record-Route", edge))
    assert granted.headers.get("Record-Route") == edge
    assert site.take()[0].headers.get("Route") == edge


@pytest.mark.requirement("REG-04")
def test_after_a_restart_the_telephone_subscribes_anew_and_gets_everything(site: Site) -> None:
    granted = site.subscribe()
    restarted = Site()
    assert restarted.again(granted).status == 481
    assert restarted.subscribe().status == 200
    assert b'version="0" state="full"' in restarted.take()[0].body


def test_a_carrier_watches_nobody(site: Site) -> None:
    trunk = TrunkPeer(name="carrier", tenant="acme", networks=("10.0.0.0/8",))
    site.endpoint.swap(replace(settings(), trunks=(trunk,)))
    site.receive(site.request("SUBSCRIBE", "sip:1002@acme.test", ("Event", "dialog")))
    assert site.responses[-1].status == 403


def test_the_oldest_subscription_makes_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "MAX_PER_SUBSCRIBER", 2)
    first = site.subscribe("sip:1002@acme.test")
    site.subscribe("sip:1003@acme.test")
    site.take()
    site.subscribe("sip:1001@acme.test")
    assert site.states() == ["terminated;reason=deactivated", "active;expires=3600"]
    assert site.endpoint.n_subscriptions == 2
    assert site.again(first).status == 481
    assert site.subscribe("sip:1001@acme.test", user="1002").status == 200


def test_a_full_house_refuses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "MAX_SUBSCRIPTIONS", 1)
    assert site.subscribe().status == 200
    refused = site.subscribe("sip:1003@acme.test")
    assert (refused.status, refused.headers.get("Retry-After")) == (503, "30")


@pytest.mark.parametrize(
    ("lines", "state"),
    [({"1001"}, ["terminated;reason=noresource"]), ({"1002"}, ["terminated;reason=rejected"])],
)
def test_a_reload_ends_what_is_no_longer_allowed(site: Site, lines: set[str], state: list[str]) -> None:
    site.subscribe()
    site.take()
    site.swap(DIRECTORY)
    assert site.take() == []
    site.swap(Directory(lines=frozenset(lines)))
    assert site.states() == state
    assert site.endpoint.n_subscriptions == 0


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize(
    ("target", "event", "status"),
    [
        ("recording-1001", "dialog", 200),
        ("recording-1002", "dialog", 403),
        ("recording-4711", "dialog", 404),
        ("recording-", "dialog", 404),
        ("recording-1001", "presence", 404),
        ("recording-1001", "reg", 404),
    ],
)
def test_whether_somebody_is_recorded_is_told_to_himself(
    site: Site, target: str, event: str, status: int
) -> None:
    assert site.subscribe(f"sip:{target}@acme.test", event).status == status


@pytest.mark.requirement("R-17")
def test_a_lamp_of_recording_tells_its_states_and_of_nobody_else(site: Site) -> None:
    for tenant in ("acme", "umbrella"):
        dialog = LineDialog(id="c", state="early", direction="recipient")
        site.subscribe("sip:recording-1001@acme.test")
        site.take()
        site.order(SetLine(tenant=tenant, extension=record_lamp("1001"), dialogs=(dialog,)))
        told = [notify.body for notify in site.take()]
        assert [b"<state>early</state>" in one and b"remote" not in one for one in told] == (
            [True] if tenant == "acme" else []
        )
