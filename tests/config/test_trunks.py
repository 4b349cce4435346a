"""Trunks as written and as built."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.config.trunks import (
    Account,
    FailoverPolicy,
    RegisterPolicy,
    TrunkMember,
    TrunksFile,
    WrittenOutbound,
    WrittenTrunk,
    build_group,
    build_trunk,
    peer_of,
    port_of,
)
from pbx.core.address import Address

WRITTEN = {
    "trunks": {
        "main": {
            "source": ["192.0.2.0/24"],
            "identify": {"port": 5060, "header": {"name": "X-Id", "value": "7"}, "line": True},
            "outbound": {"host": "sip.carrier.example", "transport": "tcp"},
            "account": {"user": "acme7", "secret_file": "secrets/main"},
            "register": {"expires": "10 min"},
            "health": {"interval": "15s"},
            "max_calls": 30,
            "may_transfer": True,
            "failover": {"next": [404], "no_reply": "3s"},
            "early_media": {"ring_after": False, "empty": "ignore"},
            "media_networks": ["203.0.113.0/24"],
        }
    },
    "groups": {"pstn": {"members": [{"trunk": "main", "priority": 2, "weight": 5}]}},
}


def test_everything_that_can_be_written() -> None:
    file = TrunksFile.model_validate(WRITTEN)
    trunk = build_trunk("main", file.trunks["main"], "+441632960100")
    assert trunk.outbound == Address("sip.carrier.example", 0)  # DNS knows the port
    assert trunk.account == Account(
        user="acme7", secret_file=Path("secrets/main"), realm="sip.carrier.example"
    )
    assert trunk.registration == RegisterPolicy(domain="sip.carrier.example", expires_s=600)
    assert trunk.health is not None
    assert (trunk.health.interval_s, trunk.health.down_after, trunk.health.up_after) == (15.0, 3, 2)
    assert (trunk.failover.next, trunk.failover.no_reply_s) == ((404,), 3.0)
    assert (trunk.early_media.ring_after, trunk.early_media.empty) == (False, "ignore")
    assert (trunk.max_calls, trunk.caller_id) == (30, "+441632960100")
    assert trunk.may_transfer
    assert trunk.media_networks == ("203.0.113.0/24",)
    group = build_group("pstn", file.groups["pstn"])
    assert group.members == (TrunkMember(trunk="main", priority=2, weight=5),)


def test_what_its_calls_are_known_by() -> None:
    trunk = build_trunk("main", TrunksFile.model_validate(WRITTEN).trunks["main"], "")
    peer = peer_of("acme", trunk, "t0ken")
    assert (peer.name, peer.tenant, peer.account, peer.user) == ("main", "acme", "acme7", "")
    assert peer.conditions == {
        "source": ("192.0.2.0/24",),
        "port": 5060,
        "header": ("X-Id", "7"),
        "line": "t0ken",
    }


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("192.0.2.1", None, 5060),
        ("2001:db8::1", None, 5060),
        ("a.example", None, 0),
        ("a.example", 5070, 5070),
    ],
)
def test_the_port_of_an_address_and_of_a_name(host: str, port: int | None, expected: int) -> None:
    assert port_of(WrittenOutbound(host=host, port=port)) == expected


@pytest.mark.parametrize("host", ["carrier", "Carrier.Example", "a_b.example", "192.0.2", "1.2.3.4.5", "::g"])
def test_what_is_neither_address_nor_name(host: str) -> None:
    with pytest.raises(ValidationError):
        WrittenOutbound(host=host)


@pytest.mark.parametrize(
    "wrong", [{"next": [399]}, {"stop": [700]}, {"no_reply": "0.5s"}, {"no_progress": "61s"}]
)
def test_limits_of_the_failover_policy(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FailoverPolicy.model_validate(wrong)


@pytest.mark.requirement("SIP-39")
@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"outbound": {"host": "sip.carrier.example", "transport": "tls"}}, "sip.carrier.example"),
        (
            {"outbound": {"host": "192.0.2.9", "transport": "tls"}, "tls": {"name": "carrier.example"}},
            "carrier.example",
        ),
        (
            {
                "outbound": {"host": "192.0.2.9", "transport": "tls"},
                "identify": {"certificate": "carrier.example"},
            },
            "carrier.example",
        ),
    ],
)
def test_the_name_that_a_tls_carrier_proves(written: dict[str, object], name: str) -> None:
    trunk = build_trunk("carrier", WrittenTrunk.model_validate(written), "")
    assert (trunk.tls_name, trunk.certified_names) == (name, frozenset({name}))
    assert trunk.outbound is not None and trunk.outbound.port in (0, 5061)


def test_certificates_of_a_trunk_are_in_the_folder_of_its_tenant() -> None:
    written = WrittenTrunk.model_validate(
        {"source": ["192.0.2.0/24"], "tls": {"ca": "ca.pem", "certificate": {"chain": "c.pem", "key": "/k"}}}
    )
    tls = build_trunk("carrier", written, "", Path("/srv/acme")).tls
    assert tls.ca == Path("/srv/acme/ca.pem") and tls.certificate is not None
    assert (tls.certificate.chain, tls.certificate.key) == (Path("/srv/acme/c.pem"), Path("/k"))
    assert build_trunk("carrier", written, "").certified_names == frozenset()
