"""Counts for registered telephones that did not subscribe."""

from dataclasses import replace

import pytest

from pbx.sip.effects import SetMessages
from pbx.sip.events import MessagesAsked
from tests.sip.notify.conftest import DIRECTORY, Site

ASKED = MessagesAsked(tenant="acme", box="1001")
COUNTED = SetMessages(tenant="acme", box="1001", new=1, old=0)


def registered(site: Site, *fields: tuple[str, str]) -> None:
    request = site.request("REGISTER", "sip:acme.test", *fields, to="<sip:1001@acme.test>")
    assert site.ask(request).status == 200


@pytest.mark.requirement("REG-07")
def test_a_registered_telephone_is_told_if_the_tenant_wants_it() -> None:
    site = Site(replace(DIRECTORY, pushes_messages=True))
    registered(site)
    assert ASKED in site.events
    site.order(COUNTED)
    (notify,) = site.take()
    assert notify.start_line == "NOTIFY sip:1001@10.0.0.2:5060 SIP/2.0"
    assert notify.headers.get("Event") == "message-summary"
    assert notify.headers.get("Subscription-State") == "terminated"
    assert b"Voice-Message: 1/0 (0/0)" in notify.body


def test_a_telephone_that_subscribed_is_told_once() -> None:
    site = Site(replace(DIRECTORY, pushes_messages=True))
    registered(site)
    site.subscribe("sip:1001@acme.test", "message-summary")
    site.order(COUNTED)
    assert site.states() == ["active;expires=3600"]


def test_nobody_is_told_who_did_not_ask(site: Site) -> None:
    registered(site)
    assert ASKED not in site.events
    site.order(COUNTED)
    assert site.take() == []


def test_a_telephone_that_leaves_is_not_told() -> None:
    site = Site(replace(DIRECTORY, pushes_messages=True))
    registered(site)
    registered(site, ("Expires", "0"))
    site.events.clear()
    site.order(COUNTED)
    assert site.take() == []


@pytest.mark.rfc("3327", "5.3")
def test_a_telephone_behind_an_edge_is_told_through_it() -> None:
    site = Site(replace(DIRECTORY, pushes_messages=True))
    edge = "<sip:edge.acme.test;lr>"
    registered(site, ("Path", edge), ("Supported", "path"))
    site.order(COUNTED)
    assert site.take()[0].headers.get("Route") == edge
