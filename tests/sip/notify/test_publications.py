"""PUBLISH, and presence as its watchers see it."""

from dataclasses import replace

import pytest

from pbx.sip.effects import SetLine
from pbx.sip.message import Request, Response
from pbx.sip.notify.line import Direction, LineDialog, LineState
from pbx.sip.notify.pidf import MAX_BODY, Presence, parse_pidf
from pbx.sip.notify.publications import MAX_PUBLICATIONS
from tests.sip.notify.conftest import DIRECTORY, Site

PIDF = ("Content-Type", "application/pidf+xml")


def pidf(note: str = "", basic: str = "open") -> bytes:
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="x"><tuple id="t"><status>'
        f"<basic>{basic}</basic></status></tuple><note>{note}</note></presence>"
    ).encode()


def publish(site: Site, body: bytes, *fields: tuple[str, str], target: str = "1001") -> Response:
    more = (("Event", "presence"), *((PIDF,) if body else ()), *fields)
    return site.ask(site.request("PUBLISH", f"sip:{target}@acme.test", *more), body=body)


def register(site: Site, expires: int = 3600) -> None:
    expiry = ("Expires", str(expires))
    site.ask(site.request("REGISTER", "sip:acme.test", expiry, to="<sip:1001@acme.test>"))


def line(state: LineState, direction: Direction = "recipient") -> SetLine:
    dialog = LineDialog(id="d", state=state, direction=direction)
    return SetLine(tenant="acme", extension="1001", dialogs=(dialog,))


def shown(notifies: list[Request]) -> list[Presence]:
    return [parse_pidf(notify.body) for notify in notifies]


def tag(response: Response) -> tuple[str, str]:
    assert response.status == 200
    return ("SIP-If-Match", response.headers.get("SIP-ETag") or "")


@pytest.fixture
def watched(site: Site) -> Site:
    """1001 is registered and watched."""
    register(site)
    assert site.subscribe("sip:1001@acme.test", "presence", user="1002").status == 200
    assert shown(site.take()) == [Presence(is_open=True)]
    return site


@pytest.mark.rfc("3903", "4")
@pytest.mark.requirement("REG-08")
def test_published_refreshed_modified_and_removed(watched: Site) -> None:
    first = publish(watched, pidf("lunch"))
    assert first.expires == 3600
    assert shown(watched.take()) == [Presence(is_open=True, note="lunch")]
    second = publish(watched, b"", tag(first), ("Expires", "600"))
    assert (second.expires, tag(second) == tag(first)) == (600, False)
    assert watched.take() == []
    third = publish(watched, pidf("back at 2"), tag(second))
    assert shown(watched.take()) == [Presence(is_open=True, note="back at 2")]
    assert publish(watched, b"", tag(third), ("Expires", "0")).status == 200
    assert shown(watched.take()) == [Presence(is_open=True)]


@pytest.mark.rfc("3903", "6")
@pytest.mark.parametrize(
    ("body", "fields", "status"),
    [
        (b"", (), 400),
        (b"<presence/>", (), 400),
        (pidf(), (("Content-Type", "text/plain"),), 415),
        (pidf().ljust(MAX_BODY + 1), (), 413),
        (pidf(), (("Expires", "59"),), 423),
        (pidf(), (("SIP-If-Match", "unknown"),), 412),
        (pidf(), (("Event", "dialog"),), 489),
    ],
)
def test_refusals(watched: Site, body: bytes, fields: tuple[tuple[str, str], ...], status: int) -> None:
    assert publish(watched, body, *fields).status == status
    assert watched.take() == []


@pytest.mark.rfc("3903", "6")
def test_a_tag_is_good_once(watched: Site) -> None:
    first = publish(watched, pidf("a"))
    publish(watched, b"", tag(first))
    assert publish(watched, b"", tag(first)).status == 412


def test_nobody_publishes_for_another(watched: Site) -> None:
    assert publish(watched, pidf(), target="1002").status == 403


def test_a_publication_expires(watched: Site) -> None:
    publish(watched, pidf("lunch"), ("Expires", "60"))
    watched.take()
    watched.pass_time(61.0)
    assert shown(watched.take()) == [Presence(is_open=True)]


def test_the_newest_device_counts_and_the_oldest_makes_room(watched: Site) -> None:
    first = publish(watched, pidf("0"))
    for n in range(MAX_PUBLICATIONS):
        publish(watched, pidf(str(n + 1)))
    watched.pass_time(60.0)
    assert shown(watched.take())[-1].note == str(MAX_PUBLICATIONS)
    assert publish(watched, b"", tag(first)).status == 412


@pytest.mark.rfc("3856", "6.6")
@pytest.mark.requirement("REG-08")
def test_the_telephone_knows_better(watched: Site) -> None:
    publish(watched, pidf("here"))
    watched.order(line("early"))
    watched.pass_time(10.0)
    watched.order(line("confirmed"))
    watched.pass_time(10.0)
    watched.order(SetLine(tenant="acme", extension="1001", dialogs=()))
    watched.pass_time(10.0)
    watched.order(line("trying", "initiator"))
    watched.pass_time(10.0)
    register(watched, expires=0)
    watched.pass_time(10.0)
    here = Presence(is_open=True, note="here")
    talking = Presence(is_open=True, note="here", activity="on-the-phone")
    assert shown(watched.take()) == [here, talking, here, talking, replace(talking, is_open=False)]


def test_closed_is_closed_however_registered(watched: Site) -> None:
    publish(watched, pidf(basic="closed"))
    assert shown(watched.take()) == [Presence(is_open=False)]


def test_notes_are_hidden_if_the_tenant_says_so() -> None:
    site = Site(replace(DIRECTORY, shows_notes=False))
    register(site)
    publish(site, pidf("lunch"))
    site.subscribe("sip:1001@acme.test", "presence", user="1002")
    assert shown(site.take()) == [Presence(is_open=True)]
