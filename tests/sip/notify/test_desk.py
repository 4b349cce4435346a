"""The door: what goes to the subscriptions and what does not."""

from pbx.core.address import Remote
from pbx.sip.effects import SetLine
from pbx.sip.events import TransportFailed
from pbx.sip.notify.line import LineDialog
from tests.sip.notify.conftest import Site

RINGING = LineDialog(id="d", state="early", direction="recipient")


def test_the_same_extension_of_another_tenant_is_not_told(site: Site) -> None:
    site.subscribe()
    site.take()
    site.order(SetLine(tenant="umbrella", extension="1002", dialogs=(RINGING,)))
    site.order(SetLine(tenant="acme", extension="1003", dialogs=(RINGING,)))
    assert site.take() == []


def test_a_lost_connection_is_opened_again(site: Site) -> None:
    site.source = Remote("tcp", "10.0.0.2", 40000, 7)
    site.subscribe()
    assert site.sent_to[-1] == site.source
    site.absorb(site.endpoint.handle(TransportFailed(remote=site.source), site.now))
    site.order(SetLine(tenant="acme", extension="1002", dialogs=(RINGING,)))
    assert site.sent_to[-1] == Remote("tcp", "10.0.0.2", 5060)
    assert site.endpoint.n_subscriptions == 1
