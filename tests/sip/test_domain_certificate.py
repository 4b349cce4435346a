"""Which domains a certificate speaks for."""

from pathlib import Path

import pytest

from pbx.sip.domain_certificate import domains_of
from tests.authority import Authority, der


@pytest.mark.rfc("5922", "7.1")
@pytest.mark.requirement("S-36")
@pytest.mark.parametrize(
    ("uris", "dns", "domains"),
    [
        (("sip:Carrier.example",), ("www.carrier.example",), ("carrier.example",)),
        ((), ("sip.carrier.example", "Carrier.example"), ("sip.carrier.example", "carrier.example")),
        (("sip:bob@carrier.example",), ("carrier.example",), ("carrier.example",)),
        (("https://other.example",), ("carrier.example",), ("carrier.example",)),
        ((), ("*.carrier.example",), ()),
        ((), (), ()),
    ],
)
def test_uris_come_first_then_dns_names_and_never_the_common_name(
    uris: tuple[str, ...], dns: tuple[str, ...], domains: tuple[str, ...], tmp_path: Path
) -> None:
    pair = Authority(tmp_path).issue("peer", uris=uris, dns=dns, common_name="common.example")
    assert domains_of(der(pair)) == domains


def test_what_is_no_certificate_speaks_for_nobody() -> None:
    assert domains_of(b"") == domains_of(b"\x30\x03abc") == ()
