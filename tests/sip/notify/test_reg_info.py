"""Registrations as their own telephone sees them."""

import re

import pytest

from pbx.sip.message import Request
from tests.sip.notify.conftest import Site


def register(site: Site, contact: str = "<sip:1001@10.0.0.2:5060>", expires: int = 600) -> None:
    fields = (("Contact", contact), ("Expires", str(expires)))
    request = site.request("REGISTER", "sip:acme.test", *fields, to="<sip:1001@acme.test>")
    assert site.ask(request).status == 200


def seen(notify: Request) -> str:
    """Return the document without declaration and identifiers."""
    text = notify.body.decode().partition("?>\r\n")[2].strip()
    return re.sub(r' id="[0-9a-f]{16}"', "", text)


HEAD = '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="{}" state="full">'
RECORD = '<registration aor="sip:1001@acme.test" state="{}"'
ACTIVE = '<contact q="1" state="active" event="registered" expires="{}"><uri>{}</uri></contact>'


@pytest.mark.rfc("3680", "5.1")
@pytest.mark.requirement("REG-19")
def test_registered_refreshed_and_expired(site: Site) -> None:
    assert site.subscribe("sip:1001@acme.test", "reg").status == 200
    (first,) = site.take()
    assert seen(first) == HEAD.format(0) + RECORD.format("init") + " /></reginfo>"
    register(site)
    (second,) = site.take()
    uri = "sip:1001@10.0.0.2:5060"
    one = ACTIVE.format(600, uri)
    end = "</registration></reginfo>"
    assert seen(second) == HEAD.format(1) + RECORD.format("active") + ">" + one + end
    site.pass_time(100.0)
    register(site)
    assert site.take() == []
    site.pass_time(601.0)
    (third,) = site.take()
    gone = f'<contact q="1" state="terminated" event="expired"><uri>{uri}</uri></contact>'
    assert seen(third) == HEAD.format(2) + RECORD.format("terminated") + ">" + gone + end


@pytest.mark.rfc("3680", "5.2")
def test_a_telephone_that_leaves_while_another_stays(site: Site) -> None:
    register(site)
    register(site, "<sip:1001@10.0.0.3:5060;x=&amp>;q=0.5")
    site.subscribe("sip:1001@acme.test", "reg")
    before = site.take()[0].body.decode()
    assert 'q="0.5"' in before and "x=&amp;amp</uri>" in before
    register(site, expires=0)
    (notify,) = site.take()
    assert '<contact q="1" state="terminated" event="unregistered">' in seen(notify)
    assert 'state="active"' in seen(notify)
    ids = re.findall(r'<contact id="([0-9a-f]+)"', before)
    assert sorted(re.findall(r'<contact id="([0-9a-f]+)"', notify.body.decode())) == sorted(ids)


@pytest.mark.parametrize(("target", "status"), [("1001", 200), ("1002", 403), ("4711", 404)])
def test_nobody_learns_where_others_are(site: Site, target: str, status: int) -> None:
    assert site.subscribe(f"sip:{target}@acme.test", "reg").status == status
