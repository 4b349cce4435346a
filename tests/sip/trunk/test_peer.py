"""Which carriers could be mistaken for each other."""

import pytest

from pbx.core.errors import ConfigError
from pbx.sip.trunk.peer import TrunkPeer, are_ambiguous, overlaps


def peer(**more: object) -> TrunkPeer:
    return TrunkPeer(name="a", tenant="acme", **more)  # type: ignore[arg-type]


NET, INNER, OTHER = ("192.0.2.0/24",), ("192.0.2.7/32",), ("198.51.100.0/24",)


@pytest.mark.requirement("SIP-22")
@pytest.mark.parametrize(
    ("one", "other", "ambiguous"),
    [
        (peer(networks=NET), peer(networks=OTHER), False),
        (peer(networks=NET), peer(networks=INNER), True),  # a longer prefix is no other kind of proof
        (peer(networks=NET), peer(networks=("2001:db8::/32",)), False),
        (peer(networks=NET, port=5060), peer(networks=NET, port=5070), False),
        (peer(networks=NET, port=5060), peer(networks=NET), False),
        (peer(networks=NET), peer(networks=NET, domain="b.example"), False),
        (peer(networks=NET, domain="a.example"), peer(networks=NET, domain="B.example"), False),
        (peer(networks=NET, domain="b.example"), peer(networks=NET, domain="B.example"), True),
        (peer(networks=NET, port=5060), peer(networks=NET, domain="b.example"), True),
        (peer(domain="b.example"), peer(number="200"), True),
        (peer(networks=NET, header=("X-Id", "1")), peer(networks=NET, header=("x-id", "2")), False),
        (peer(networks=NET, header=("X-Id", "1")), peer(networks=NET, header=("X-Me", "2")), True),
        (peer(certificate="a.example"), peer(certificate="b.example"), False),
        (peer(line="t1"), peer(line="t2"), False),
        (peer(line="t1"), peer(networks=NET), False),  # nobody else has the token
        (peer(certificate="a.example"), peer(networks=NET, port=5060), False),
        (peer(line="t1"), peer(certificate="a.example"), True),
        (peer(line="t1", networks=NET), peer(line="t1"), False),
        (peer(user="one"), peer(user="two"), False),
        (peer(user="one"), peer(user="one"), True),
        (peer(user="one"), peer(networks=NET), False),
        (peer(networks=NET, user="one"), peer(networks=NET), True),  # who sends no credentials is which?
        (peer(networks=NET, user="one"), peer(networks=NET, user="two"), False),
        (peer(), peer(networks=NET), False),
        (peer(), peer(), False),
    ],
)
def test_which_two_trunks_could_be_mistaken(one: TrunkPeer, other: TrunkPeer, ambiguous: bool) -> None:
    assert are_ambiguous(one, other) is ambiguous
    assert are_ambiguous(other, one) is ambiguous


def test_overlap_is_a_common_address() -> None:
    assert overlaps(peer(networks=(*OTHER, *NET)), peer(networks=INNER))
    assert not overlaps(peer(networks=NET), peer())


def test_a_network_that_is_none() -> None:
    with pytest.raises(ConfigError, match="is not an IP network"):
        assert peer(networks=("192.0.2.0/33",)).sources
