"""When a REGISTER sets a flow."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.bindings.contact import AskedContact
from pbx.sip.bindings.outbound import check_flow, supports
from pbx.sip.message import Headers, Request


def request(supported: str, n_vias: int = 1) -> Request:
    headers = Headers()
    for number in range(n_vias):
        headers.add("Via", f"SIP/2.0/UDP 10.0.0.{number};branch=z9hG4bK{number}")
    headers.add("Supported", supported)
    return Request("REGISTER", "sip:example.com", headers)


def contact(reg_id: int = 1, instance: str = "urn:x:1", expires_s: int = 60) -> AskedContact:
    return AskedContact(uri="sip:a@h", expires_s=expires_s, q=1000, instance=instance, reg_id=reg_id)


@pytest.mark.rfc("5626", "6")
def test_instance_reg_id_and_the_option_tag_make_a_flow() -> None:
    asked = request("path, OUTBOUND")
    assert check_flow(asked, [contact()], ())
    assert not check_flow(asked, [contact(reg_id=0)], ())
    assert not check_flow(asked, [contact(instance="")], ())
    assert not check_flow(request("path"), [contact()], ())


def test_one_flow_at_a_time() -> None:
    asked = request("outbound")
    assert check_flow(asked, [contact(1), contact(2, expires_s=0)], ())
    with pytest.raises(PeerViolation) as caught:
        check_flow(asked, [contact(1), contact(2)], ())
    assert caught.value.status == 400


def test_the_first_hop_keeps_the_flow_or_says_so() -> None:
    with pytest.raises(PeerViolation) as caught:
        check_flow(request("outbound", 2), [contact()], ("<sip:p;lr>",))
    assert caught.value.status == 439
    assert check_flow(request("outbound", 2), [contact()], ("<sip:p;lr;ob>",))


def test_a_malformed_list_supports_nothing() -> None:
    assert not supports(request("outbound,,path"), "outbound")
    assert not supports(request(""), "outbound")
