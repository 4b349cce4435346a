"""Route sets, targets and sequence numbers of a dialog."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import PeerViolation
from pbx.sip.dialog import Dialog
from pbx.sip.message import Headers, Request, Response

SOURCE = Remote("tcp", "10.0.0.2", 40000, 3)
ROUTES = ("<sip:p1.example.test;lr>", "<sip:p2.example.test;lr>")
VIA = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKv"


def headers(*more: tuple[str, str]) -> Headers:
    fields = Headers()
    for name, value in (
        ("Via", VIA),
        ("From", '"A" <sip:a@example.test>;tag=from'),
        ("To", "<sip:b@example.test>"),
        ("Call-ID", "id"),
        ("CSeq", "5 INVITE"),
        *more,
    ):
        fields.add(name, value)
    return fields


def invite(*more: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:b@example.test", headers(*more))


def uas(*routes: str) -> Dialog:
    contact = ("Contact", "<sip:a@10.0.0.2:5070>")
    return Dialog.of_uas(invite(contact, *(("Record-Route", one) for one in routes)), "mine", SOURCE)


def uac(*routes: str) -> Dialog:
    fields = headers(("Contact", "<sip:b@10.0.0.3>"), *(("Record-Route", one) for one in routes))
    fields.set("To", "<sip:b@example.test>;tag=theirs")
    return Dialog.of_uac(invite(), Response(200, "OK", fields), SOURCE)


@pytest.mark.rfc("3261", "12.2.1.1")
@pytest.mark.rfc("3261", "12.1.1")
def test_uas_keeps_the_route_set_in_order_and_swaps_the_ends() -> None:
    dialog = uas(*ROUTES)
    assert dialog.id == ("id", "mine", "from")
    bye = dialog.request("BYE", VIA)
    assert bye.start_line == "BYE sip:a@10.0.0.2:5070 SIP/2.0"
    assert bye.headers.get_all("Route") == list(ROUTES)
    assert bye.headers.get("From") == "<sip:b@example.test>;tag=mine"
    assert bye.headers.get("To") == '"A" <sip:a@example.test>;tag=from'


@pytest.mark.rfc("3261", "12.2.1.1")
@pytest.mark.rfc("3261", "12.1.2")
def test_uac_reverses_the_route_set_and_counts_on() -> None:
    dialog = uac(*ROUTES)
    assert dialog.id == ("id", "from", "theirs")
    bye = dialog.request("BYE", VIA)
    assert bye.headers.get_all("Route") == list(reversed(ROUTES))
    assert bye.headers.get("CSeq") == "6 BYE"
    assert dialog.ack(VIA, 5).headers.get("CSeq") == "5 ACK"


@pytest.mark.rfc("3261", "8.1.2")
@pytest.mark.rfc("3261", "12.2.1.1")
def test_a_strict_router_gets_its_own_uri() -> None:
    dialog = uas("<sip:old.example.test>", ROUTES[0])
    bye = dialog.request("BYE", VIA)
    assert bye.uri == "sip:old.example.test"
    assert bye.headers.get_all("Route") == [ROUTES[0], "<sip:a@10.0.0.2:5070>"]


@pytest.mark.rfc("3261", "12.2.2")
@pytest.mark.parametrize(("number", "is_late"), [(4, True), (5, False), (6, False)])
def test_an_older_request_is_500(number: int, is_late: bool) -> None:
    dialog = uas()
    request = invite()
    request.headers.set("CSeq", f"{number} INFO")
    if not is_late:
        dialog.receive(request, SOURCE)
        assert dialog.remote_cseq == number
        return
    with pytest.raises(PeerViolation) as caught:
        dialog.receive(request, SOURCE)
    assert caught.value.status == 500
    assert dialog.remote_cseq == 5


@pytest.mark.rfc("3261", "12.2.1.1")
def test_target_refresh_keeps_the_route_set() -> None:
    dialog = uas(*ROUTES)
    dialog.refresh_target(invite(("Contact", "<sip:new@10.0.0.9>"), ("Record-Route", "<sip:x;lr>")))
    assert (dialog.remote_target, dialog.route_set) == ("sip:new@10.0.0.9", ROUTES)


def test_a_lost_connection_is_replaced_by_the_port_of_the_target() -> None:
    dialog = uas()
    dialog.lose_connection()
    assert dialog.peer == Remote("tcp", "10.0.0.2", 5070)


def test_an_invite_without_contact_makes_no_dialog() -> None:
    with pytest.raises(PeerViolation) as caught:
        Dialog.of_uas(invite(), "mine", SOURCE)
    assert caught.value.status == 400
