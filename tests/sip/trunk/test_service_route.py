"""The route set that a registrar gives us, and the calls that follow it (RFC 3608)."""

from dataclasses import replace

import pytest

from pbx.sip.effects import HangUp
from pbx.sip.events import LegAnswered
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Message, Response, parse_message
from pbx.sip.trunk.effects import RegistrationWish
from pbx.sip.trunk.service_route import MAX_ROUTES, first_hop, service_route
from tests.sip.conftest import CARRIER, PBX, place
from tests.sip.trunk.conftest import SERVER, WISH, Client, carrier

BORDER, HOME = "<sip:border@192.0.2.7:5080;lr>", "<sip:orig@home.carrier.example;lr>"
KEY = ("acme", "blue")
TLS = ServerName(host="carrier.example", transport="tls")


def ok(*lines: str) -> Response:
    head = [
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
        "From: <sip:acme7@carrier.example>;tag=a",
        "To: <sip:acme7@carrier.example>;tag=b",
        "Call-ID: c",
        "CSeq: 1 REGISTER",
    ]
    response = parse_message("\r\n".join([*head, *lines, "Content-Length: 0", "\r\n"]).encode())
    assert isinstance(response, Response)
    return response


def registered(*lines: str, wish: RegistrationWish = WISH) -> Client:
    client = Client(carrier(wish))
    client.answer(200, "Expires: 3600", *lines)
    client.changes()
    return client


def call(client: Client) -> tuple[str, Message]:
    """Call 200 by the trunk; where the INVITE goes, and the INVITE."""
    client.network.order(PBX, place(CARRIER, trunk=KEY))
    return client.requests("INVITE")[-1]


@pytest.mark.rfc("3608", "5")
@pytest.mark.rfc("3608", "6.1")
@pytest.mark.requirement("SIP-18")
def test_a_call_takes_the_way_that_the_registrar_named() -> None:
    host, invite = call(registered(f"Service-Route: {BORDER}, {HOME}"))
    assert host == "192.0.2.7"
    assert invite.start_line == "INVITE sip:200@192.0.2.9 SIP/2.0"
    assert invite.headers.get_all("Route") == [BORDER, HOME]


@pytest.mark.rfc("3608", "6.1")
def test_a_call_goes_straight_to_who_named_no_way() -> None:
    host, invite = call(registered())
    assert (host, invite.headers.get_all("Route")) == ("192.0.2.9", [])


@pytest.mark.rfc("3608", "6.1")
@pytest.mark.parametrize("status", [200, 403])
def test_the_latest_answer_of_the_registrar_counts(status: int) -> None:
    client = registered(f"Service-Route: {BORDER}")
    client.next_in()
    client.answer(status)
    host, invite = call(client)
    assert (host, invite.headers.get_all("Route")) == ("192.0.2.9", [])


def test_only_calls_by_this_trunk_take_its_way() -> None:
    client = registered(f"Service-Route: {BORDER}")
    client.network.order(PBX, place(CARRIER))
    host, invite = client.requests("INVITE")[-1]
    assert (host, invite.headers.get_all("Route")) == ("192.0.2.9", [])


def test_a_trunk_that_is_registered_anew_loses_nothing_by_its_end_before() -> None:
    client = registered(f"Service-Route: {HOME}")
    client.serve(replace(carrier(WISH), account=None))  # the old binding is removed, a new one made
    (_, leaving), (_, fresh) = client.requests("REGISTER")[-2:]
    assert [one.headers.get("Expires") for one in (leaving, fresh)] == ["0", "3600"]
    client.answer(200, "Expires: 3600", f"Service-Route: {BORDER}")
    assert call(client)[0] == "192.0.2.7"


@pytest.mark.rfc("3261", "12.2.1.1")
def test_the_route_of_a_dialog_is_the_one_that_was_recorded() -> None:
    client = registered(f"Service-Route: {BORDER}")
    call(client)
    recorded = "<sip:192.0.2.7:5080;lr;did=1>"
    client.answer(200, "Contact: <sip:200@192.0.2.9>", f"Record-Route: {recorded}", method="INVITE")
    client.network.take(PBX, LegAnswered)
    client.network.order(PBX, HangUp(leg=place().leg))
    host, bye = client.requests("BYE")[-1]
    assert (host, bye.headers.get_all("Route")) == ("192.0.2.7", [recorded])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"Service-Route: {BORDER}", f"Service-Route: {HOME}"), (BORDER, HOME)),
        ((), ()),
        ((f"Service-Route: {BORDER}, <sip:strict.example>",), ()),
        (("Service-Route: <tel:+441632960000;lr>",), ()),
        (("Service-Route: <sip:",), ()),
        (("Service-Route: ,",), ()),
        (("Service-Route: " + ", ".join([HOME] * MAX_ROUTES),), (HOME,) * MAX_ROUTES),
        (("Service-Route: " + ", ".join([HOME] * (MAX_ROUTES + 1)),), ()),
    ],
)
@pytest.mark.rfc("3608", "5")
def test_what_is_no_way_of_loose_routers_is_none(lines: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert service_route(ok(*lines)) == expected


@pytest.mark.rfc("3261", "8.1.2")
@pytest.mark.parametrize(
    ("route", "registrar", "expected"),
    [
        (BORDER, SERVER, ServerName(host="192.0.2.7", port=5080)),
        (HOME, SERVER, ServerName(host="home.carrier.example")),
        ("<sip:a.example;transport=tcp;lr>", SERVER, ServerName(host="a.example", transport="tcp")),
        ("<sips:a.example;lr>", SERVER, ServerName(host="a.example", transport="tls")),
        ("<sips:a.example;transport=tcp;lr>", SERVER, ServerName(host="a.example", transport="tls")),
        ("<sip:a.example;transport=ws;lr>", SERVER, None),
        (HOME, TLS, ServerName(host="home.carrier.example", transport="tls")),
        ("<sip:a.example;transport=udp;lr>", TLS, None),
        (BORDER, replace(TLS, proves="x.example"),
         ServerName(host="192.0.2.7", port=5080, transport="tls", proves="x.example")),
    ],
)  # fmt: skip
def test_the_first_hop(route: str, registrar: ServerName, expected: ServerName | None) -> None:
    assert first_hop((route,), registrar) == expected
