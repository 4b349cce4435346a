"""One Contact of a REGISTER."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.bindings.contact import MAX_INSTANCE, AskedContact, read_contact
from pbx.sip.bindings.policy import DEFAULT_POLICY
from pbx.sip.headers import parse_name_addr
from pbx.sip.message import Headers, Request


def read(text: str, *, is_secure: bool = False) -> AskedContact:
    request = Request("REGISTER", "sip:example.com", Headers())
    return read_contact(parse_name_addr(text), request, DEFAULT_POLICY, is_secure=is_secure)


@pytest.mark.rfc("5626", "4.1")
def test_instance_and_reg_id() -> None:
    asked = read('<sip:a@host>;reg-id=7;q=0.7;+sip.instance="<urn:uuid:0000-1000-000A95A0E128>"')
    assert (asked.instance, asked.reg_id, asked.q) == (
        "urn:uuid:0000-1000-000A95A0E128",
        7,
        700,
    )


@pytest.mark.parametrize("reg_id", ["0", "-1", "x", "2147483648", "99999999999"])
def test_a_reg_id_out_of_range_is_none(reg_id: str) -> None:
    assert read(f"<sip:a@host>;reg-id={reg_id}").reg_id == 0


@pytest.mark.parametrize("n_octets, is_taken", [(MAX_INSTANCE, True), (MAX_INSTANCE + 1, False)])
def test_an_instance_has_a_limit(n_octets: int, is_taken: bool) -> None:
    urn = "urn:" + "x" * (n_octets - 4)
    assert bool(read(f'<sip:a@host>;+sip.instance="<{urn}>"').instance) is is_taken
    assert read(f'<sip:a@host>;+sip.instance="{urn[:40]}"').instance == ""


@pytest.mark.rfc("3261", "25.1")
@pytest.mark.parametrize(("q", "expected"), [("0", 0), ("0.", 0), ("0.05", 50), ("1", 1000), ("1.000", 1000)])
def test_q_in_thousandths(q: str, expected: int) -> None:
    assert read(f"<sip:a@host>;q={q}").q == expected


@pytest.mark.parametrize("q", ["1.1", "2", ".5", "0.1234", "x"])
def test_a_malformed_q_is_400(q: str) -> None:
    with pytest.raises(PeerViolation):
        read(f"<sip:a@host>;q={q}")


def test_a_sips_contact_needs_a_secure_flow() -> None:
    assert read("<sips:a@host>", is_secure=True).uri == "sips:a@host"
    with pytest.raises(PeerViolation):
        read("<sips:a@host>")


@pytest.mark.rfc("8599", "4.1")
def test_parameters_for_push_stay_in_the_contact() -> None:
    uri = "sip:a@host;pn-provider=apns;pn-param=TEAM.app;pn-prid=00fc13adff78512"
    assert read(f"<{uri}>").uri == uri
